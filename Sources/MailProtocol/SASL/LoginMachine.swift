/// LOGIN (draft-murchison-sasl-login): the name, then the password, whatever words the server asks with.
struct LoginMachine: SASLMachine {
    private let login: [UInt8]
    private let password: Secret
    private var step = 0

    init(login: String, password: Secret) throws(SASLError) {
        let isClean = !login.utf8.contains(0) && password.withBytes { !$0.contains(0) }
        guard isClean else { throw .forbiddenCharacter }
        self.login = Array(login.utf8)
        self.password = password
    }

    mutating func initialResponse() -> [UInt8]? { nil }

    mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        defer { step += 1 }
        switch step {
        case 0: return login
        case 1: return password.withBytes { $0 }
        default: throw .malformedChallenge(.login)
        }
    }
}
