/// SCRAM (RFC 5802, RFC 7677): both sides prove that they know the password and neither sends it.
///
/// No authorisation identity is sent: a server with a default realm would compare it with a name that has gained one.
/// The password's bytes go in as they are; RFC 4013 changes nothing in ASCII, and the servers we know do not apply it elsewhere.
struct ScramMachine: SASLMachine {
    /// RFC 7677 section 4 asks servers for 4096; less makes a recorded proof cheap to break.
    static let fewestIterations = 4096
    /// Half a second of our processor is the most a stranger may order.
    static let mostIterations = 600_000

    private enum State {
        case fresh, waitingForSalt, waitingForProof(signature: [UInt8]), proven
    }

    private let mechanism: SASLMechanism
    private let hash: ScramHash
    private let password: Secret
    private let header: [UInt8]
    private let binding: [UInt8]
    private let nonce: String
    private let clientFirstBare: String
    private var state = State.fresh

    init(_ mechanism: SASLMechanism, hash: ScramHash, login: String, password: Secret, binding: ChannelBinding?, nonce: String)
        throws(SASLError)
    {
        guard !login.utf8.contains(0) else { throw .forbiddenCharacter }
        self.mechanism = mechanism
        self.hash = hash
        self.password = password
        // "n" and never "y": we may hold back a binding the server does offer, when its type is not one it takes.
        self.header = Array((binding.map { "p=\($0.type),," } ?? "n,,").utf8)
        self.binding = binding?.data ?? []
        self.nonce = nonce
        self.clientFirstBare = "n=\(gs2Name(login)),r=\(nonce)"
    }

    mutating func initialResponse() -> [UInt8]? {
        state = .waitingForSalt
        return header + Array(clientFirstBare.utf8)
    }

    mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        switch state {
        case .fresh:
            state = .waitingForSalt
            return header + Array(clientFirstBare.utf8)
        case .waitingForSalt: return try prove(challenge)
        case .waitingForProof(let signature):
            try check(challenge, signature: signature)
            state = .proven
            return []
        case .proven: throw .malformedChallenge(mechanism)
        }
    }

    mutating func finish(_ additionalData: [UInt8]?) throws(SASLError) {
        switch state {
        case .proven: return
        case .waitingForProof(let signature):
            guard let additionalData else { throw .serverNotProven }
            try check(additionalData, signature: signature)
            state = .proven
        case .fresh, .waitingForSalt: throw .serverNotProven
        }
    }

    /// server-first-message in, client-final-message out (RFC 5802, section 3).
    private mutating func prove(_ serverFirst: [UInt8]) throws(SASLError) -> [UInt8] {
        let fields = try attributes(serverFirst)
        if let error = fields.first(where: { $0.key == UInt8(ascii: "e") }) { throw .refused(error.text) }
        guard fields.count >= 3, fields[0].key == UInt8(ascii: "r"), fields[1].key == UInt8(ascii: "s"), fields[2].key == UInt8(ascii: "i"),
            let salt = Base64.decode(fields[1].value), !salt.isEmpty, let iterations = Int(fields[2].text)
        else { throw .malformedChallenge(mechanism) }
        let fullNonce = fields[0].text
        guard fullNonce.utf8.starts(with: nonce.utf8), fullNonce.utf8.count > nonce.utf8.count else { throw .nonceMismatch }
        guard (Self.fewestIterations...Self.mostIterations).contains(iterations) else { throw .iterationCount(iterations) }

        let withoutProof = "c=\(Base64.encode(header + binding)),r=\(fullNonce)"
        let authMessage = Array(clientFirstBare.utf8) + [UInt8(ascii: ",")] + serverFirst + [UInt8(ascii: ",")] + Array(withoutProof.utf8)
        guard let salted = password.withBytes({ hash.saltedPassword($0, salt: salt, iterations: iterations) }) else {
            throw .malformedChallenge(mechanism)
        }
        let clientKey = hash.hmac(salted, Array("Client Key".utf8))
        let clientSignature = hash.hmac(hash.hash(clientKey), authMessage)
        let proof = zip(clientKey, clientSignature).map { $0 ^ $1 }
        state = .waitingForProof(signature: hash.hmac(hash.hmac(salted, Array("Server Key".utf8)), authMessage))
        return Array("\(withoutProof),p=\(Base64.encode(proof))".utf8)
    }

    private func check(_ serverFinal: [UInt8], signature: [UInt8]) throws(SASLError) {
        let fields = try attributes(serverFinal)
        guard let first = fields.first else { throw .malformedChallenge(mechanism) }
        if first.key == UInt8(ascii: "e") { throw .refused(first.text) }
        guard first.key == UInt8(ascii: "v"), let claimed = Base64.decode(first.value) else { throw .malformedChallenge(mechanism) }
        guard Secret(bytes: claimed) == Secret(bytes: signature) else { throw .serverNotProven }
    }

    private struct Attribute {
        var key: UInt8
        var value: ArraySlice<UInt8>
        var text: String { String(decoding: value, as: UTF8.self) }
    }

    /// `k=value` pairs between commas.
    private func attributes(_ message: [UInt8]) throws(SASLError) -> [Attribute] {
        var result: [Attribute] = []
        for part in message.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard part.count >= 2, part[part.startIndex + 1] == UInt8(ascii: "=") else { throw .malformedChallenge(mechanism) }
            result.append(Attribute(key: part[part.startIndex], value: part.dropFirst(2)))
        }
        return result
    }
}
