import Crypto

/// CRAM-MD5 (RFC 2195): `login SP hex(HMAC-MD5(password, challenge))`.
struct CramMD5Machine: SASLMachine {
    let login: String
    let password: Secret
    private var isSent = false

    init(login: String, password: Secret) {
        self.login = login
        self.password = password
    }

    mutating func initialResponse() -> [UInt8]? { nil }

    mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        guard !isSent, !challenge.isEmpty else { throw .malformedChallenge(.cramMD5) }
        isSent = true
        let digest = password.withBytes { HMAC<Insecure.MD5>.authenticationCode(for: challenge, using: SymmetricKey(data: $0)) }
        let digits = Array("0123456789abcdef".utf8)
        return Array(login.utf8) + [UInt8(ascii: " ")] + digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}
