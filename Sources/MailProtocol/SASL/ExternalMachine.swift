/// EXTERNAL (RFC 4422, appendix A): the TLS client certificate is the proof, the one message is the authorisation identity.
struct ExternalMachine: SASLMachine {
    let login: String
    private var isSent = false

    init(login: String) { self.login = login }

    mutating func initialResponse() -> [UInt8]? {
        isSent = true
        return Array(login.utf8)
    }

    mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        guard !isSent else { throw .malformedChallenge(.external) }
        isSent = true
        return Array(login.utf8)
    }
}
