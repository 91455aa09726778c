/// PLAIN (RFC 4616): one message, `authzid NUL authcid NUL password`, the authzid empty.
struct PlainMachine: SASLMachine {
    private let message: [UInt8]
    private var isSent = false

    init(login: String, password: Secret) throws(SASLError) {
        let isClean = !login.utf8.contains(0) && password.withBytes { !$0.contains(0) }
        guard isClean else { throw .forbiddenCharacter }
        message = password.withBytes { [0] + Array(login.utf8) + [0] + $0 }
    }

    mutating func initialResponse() -> [UInt8]? {
        isSent = true
        return message
    }

    mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        // A server without initial responses sends an empty challenge first; some write words into it.
        guard !isSent else { throw .malformedChallenge(.plain) }
        isSent = true
        return message
    }
}
