/// XOAUTH2: `user=` login ^A `auth=Bearer ` token ^A ^A; a refusal comes as a JSON challenge that wants an empty answer.
struct XOAuth2Machine: SASLMachine {
    private let message: [UInt8]
    private var isSent = false
    private(set) var serverDiagnostic: String?

    init(login: String, token: Secret) throws(SASLError) {
        guard oauthCanCarry(login: login, token: token) else { throw .forbiddenCharacter }
        message = token.withBytes { Array("user=\(login)\u{1}auth=Bearer ".utf8) + $0 + [1, 1] }
    }

    mutating func initialResponse() -> [UInt8]? {
        isSent = true
        return message
    }

    mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        guard isSent else {
            isSent = true
            return message
        }
        guard serverDiagnostic == nil else { throw .malformedChallenge(.xoauth2) }
        serverDiagnostic = String(decoding: challenge, as: UTF8.self)
        return []
    }
}

/// OAUTHBEARER (RFC 7628): a GS2 header and key-value pairs; a refusal comes as a JSON challenge that wants a lone ^A.
struct OAuthBearerMachine: SASLMachine {
    private let message: [UInt8]
    private var isSent = false
    private(set) var serverDiagnostic: String?

    init(login: String, token: Secret, host: String, port: Int) throws(SASLError) {
        guard oauthCanCarry(login: login, token: token), !host.utf8.contains(1) else { throw .forbiddenCharacter }
        var head = "n,a=\(gs2Name(login)),\u{1}"
        if !host.isEmpty { head += "host=\(host)\u{1}" }
        if port > 0 { head += "port=\(port)\u{1}" }
        message = token.withBytes { Array((head + "auth=Bearer ").utf8) + $0 + [1, 1] }
    }

    mutating func initialResponse() -> [UInt8]? {
        isSent = true
        return message
    }

    mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        guard isSent else {
            isSent = true
            return message
        }
        guard serverDiagnostic == nil else { throw .malformedChallenge(.oauthBearer) }
        serverDiagnostic = String(decoding: challenge, as: UTF8.self)
        return [1]
    }
}

/// Whether both fit between the ^A separators; a token is printable ASCII (RFC 6750, section 2.1).
private func oauthCanCarry(login: String, token: Secret) -> Bool {
    login.utf8.allSatisfy { $0 > 1 } && token.withBytes { $0.allSatisfy { (0x21...0x7E).contains($0) } }
}

/// A `saslname`: `=` and `,` written as `=3D` and `=2C` (RFC 5801, section 4).
func gs2Name(_ name: String) -> String {
    var result = ""
    for character in name.unicodeScalars {
        switch character {
        case "=": result += "=3D"
        case ",": result += "=2C"
        default: result.unicodeScalars.append(character)
        }
    }
    return result
}
