import Crypto
import MailProtocol
import Testing

@Suite("SASL exchanges")
struct SASLExchangeTests {
    private let user = Credentials.password(login: "user", password: Secret("pencil"))

    @Test("PLAIN sends login and password with an empty authorisation identity (RFC 4616)")
    func plain() throws {
        var exchange = try SASLExchange(.plain, credentials: .password(login: "tim", password: Secret("tanstaaftanstaaf")))
        #expect(exchange.initialResponse() == Array("\0tim\0tanstaaftanstaaf".utf8))
        #expect(throws: SASLError.malformedChallenge(.plain)) { try exchange.respond(to: []) }
    }

    @Test("PLAIN without initial response answers the empty challenge")
    func plainOnChallenge() throws {
        var exchange = try SASLExchange(.plain, credentials: user)
        #expect(try exchange.respond(to: []) == Array("\0user\0pencil".utf8))
    }

    @Test("A NUL in a password is refused, for it would end the field", arguments: [SASLMechanism.plain, .login])
    func nul(_ mechanism: SASLMechanism) {
        #expect(throws: SASLError.forbiddenCharacter) {
            try SASLExchange(mechanism, credentials: .password(login: "user", password: Secret("pen\0cil")))
        }
    }

    @Test("LOGIN answers two questions whatever their words, and no third")
    func login() throws {
        var exchange = try SASLExchange(.login, credentials: user)
        #expect(exchange.initialResponse() == nil)
        #expect(try exchange.respond(to: Array("User Name".utf8)) == Array("user".utf8))
        #expect(try exchange.respond(to: Array("Geslo".utf8)) == Array("pencil".utf8))
        #expect(throws: SASLError.malformedChallenge(.login)) { try exchange.respond(to: []) }
    }

    @Test("CRAM-MD5 gives the digest of RFC 2195 section 2")
    func cramMD5() throws {
        var exchange = try SASLExchange(.cramMD5, credentials: .password(login: "tim", password: Secret("tanstaaftanstaaf")))
        #expect(exchange.initialResponse() == nil)
        let answer = try exchange.respond(to: Array("<1896.697170952@postoffice.reston.mci.net>".utf8))
        #expect(answer == Array("tim b913a602c7eda7a495b4e6e7334d3890".utf8))
    }

    @Test("SCRAM-SHA-1 speaks RFC 5802 section 5 word by word")
    func scramSHA1() throws {
        var exchange = try SASLExchange(.scramSHA1, credentials: user, nonce: { "fyko+d2lbbFgONRv9qkxdawL" })
        #expect(exchange.initialResponse() == Array("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL".utf8))
        let final = try exchange.respond(to: Array("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096".utf8))
        #expect(
            String(decoding: final, as: UTF8.self)
                == "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
        #expect(try exchange.respond(to: Array("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=".utf8)).isEmpty)
        try exchange.finish()
    }

    @Test("SCRAM-SHA-256 speaks RFC 7677 section 3 word by word, the server's proof with the success")
    func scramSHA256() throws {
        var exchange = try SASLExchange(.scramSHA256, credentials: user, nonce: { "rOprNGfwEbeRWgbNEkqO" })
        #expect(exchange.initialResponse() == Array("n,,n=user,r=rOprNGfwEbeRWgbNEkqO".utf8))
        let final = try exchange.respond(
            to: Array("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8))
        #expect(
            String(decoding: final, as: UTF8.self)
                == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
        try exchange.finish(Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8))
    }

    @Test("SCRAM-SHA-256-PLUS carries the channel binding and its type")
    func scramPlus() throws {
        let binding = ChannelBinding(type: "tls-server-end-point", data: [1, 2, 3, 0xFF])
        var exchange = try SASLExchange(.scramSHA256Plus, credentials: user, channelBinding: binding, nonce: { "abc" })
        #expect(exchange.initialResponse() == Array("p=tls-server-end-point,,n=user,r=abc".utf8))
        let final = try exchange.respond(to: Array("r=abcdef,s=QSXCR+Q6sek8bf92,i=4096".utf8))
        let bound = Array("p=tls-server-end-point,,".utf8) + [1, 2, 3, 0xFF]
        #expect(String(decoding: final, as: UTF8.self).hasPrefix("c=\(SASLLine.encode(bound)),r=abcdef,p="))
    }

    @Test("A -PLUS mechanism without binding data cannot begin")
    func plusWithoutBinding() {
        #expect(throws: SASLError.noChannelBinding) { try SASLExchange(.scramSHA1Plus, credentials: user) }
    }

    @Test("SCRAM writes the comma and the equals sign of a login as RFC 5801 asks")
    func scramName() throws {
        var exchange = try SASLExchange(.scramSHA1, credentials: .password(login: "a=b,c", password: Secret("x")), nonce: { "n" })
        #expect(exchange.initialResponse() == Array("n,,n=a=3Db=2Cc,r=n".utf8))
    }

    @Test("A server that cannot prove itself is not signed in to")
    func impostor() throws {
        var exchange = try SASLExchange(.scramSHA1, credentials: user, nonce: { "fyko+d2lbbFgONRv9qkxdawL" })
        _ = exchange.initialResponse()
        _ = try exchange.respond(to: Array("r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=4096".utf8))
        var silent = exchange
        #expect(throws: SASLError.serverNotProven) { try silent.finish() }
        #expect(throws: SASLError.serverNotProven) { try exchange.respond(to: Array("v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=".utf8)) }
    }

    @Test(
        "SCRAM refuses what RFC 5802 does not allow",
        arguments: [
            ("r=other,s=QSXCR+Q6sek8bf92,i=4096", SASLError.nonceMismatch),
            ("r=nonce,s=QSXCR+Q6sek8bf92,i=4096", .nonceMismatch),
            ("r=nonceX,s=QSXCR+Q6sek8bf92,i=1", .iterationCount(1)),
            ("r=nonceX,s=QSXCR+Q6sek8bf92,i=2000000000", .iterationCount(2_000_000_000)),
            ("r=nonceX,s=,i=4096", .malformedChallenge(.scramSHA1)),
            ("r=nonceX,s=!!!!,i=4096", .malformedChallenge(.scramSHA1)),
            ("m=ext,r=nonceX,s=QSXCR+Q6sek8bf92,i=4096", .malformedChallenge(.scramSHA1)),
            ("", .malformedChallenge(.scramSHA1)),
            ("e=other-error", .refused("other-error")),
        ])
    func scramRefusals(_ challenge: String, _ error: SASLError) throws {
        var exchange = try SASLExchange(.scramSHA1, credentials: user, nonce: { "nonce" })
        _ = exchange.initialResponse()
        #expect(throws: error) { try exchange.respond(to: Array(challenge.utf8)) }
    }

    @Test("Success before the proof is no success")
    func earlySuccess() throws {
        var exchange = try SASLExchange(.scramSHA256, credentials: user)
        _ = exchange.initialResponse()
        #expect(throws: SASLError.serverNotProven) { try exchange.finish() }
    }

    @Test("XOAUTH2 sends the token, answers the refusal with nothing and keeps its words")
    func xoauth2() throws {
        var exchange = try SASLExchange(
            .xoauth2, credentials: .bearer(login: "someuser@example.com", token: Secret("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")))
        // Google's own example, decoded.
        #expect(
            SASLLine.encode(exchange.initialResponse() ?? [])
                == "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==")
        #expect(exchange.serverDiagnostic == nil)
        #expect(try exchange.respond(to: Array(#"{"status":"401"}"#.utf8)).isEmpty)
        #expect(exchange.serverDiagnostic == #"{"status":"401"}"#)
        #expect(throws: SASLError.malformedChallenge(.xoauth2)) { try exchange.respond(to: []) }
    }

    @Test("OAUTHBEARER is the message of RFC 7628 section 4.1 and answers a refusal with ^A")
    func oauthBearer() throws {
        let credentials = Credentials.bearer(login: "user@example.com", token: Secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="))
        var exchange = try SASLExchange(.oauthBearer, credentials: credentials, host: "server.example.com", port: 143)
        #expect(
            exchange.initialResponse()
                == Array(
                    "n,a=user@example.com,\u{1}host=server.example.com\u{1}port=143\u{1}auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u{1}\u{1}"
                        .utf8))
        #expect(try exchange.respond(to: Array(#"{"status":"invalid_token"}"#.utf8)) == [1])
        #expect(exchange.serverDiagnostic == #"{"status":"invalid_token"}"#)
    }

    @Test("A token with a control character is refused", arguments: [SASLMechanism.xoauth2, .oauthBearer])
    func tokenInjection(_ mechanism: SASLMechanism) {
        #expect(throws: SASLError.forbiddenCharacter) {
            try SASLExchange(mechanism, credentials: .bearer(login: "u", token: Secret("a\u{1}user=root")))
        }
    }

    @Test("EXTERNAL sends the identity, empty where the certificate names it")
    func external() throws {
        var exchange = try SASLExchange(.external, credentials: .external(login: ""))
        #expect(exchange.initialResponse() == [])
    }

    @Test("Credentials of one kind do not fit the mechanisms of another")
    func unsuitable() {
        #expect(throws: SASLError.unsuitableCredentials(.xoauth2)) { try SASLExchange(.xoauth2, credentials: user) }
        #expect(throws: SASLError.unsuitableCredentials(.plain)) {
            try SASLExchange(.plain, credentials: .bearer(login: "u", token: Secret("t")))
        }
    }

    @Test("An endless challenge is refused before it is parsed")
    func longChallenge() throws {
        var exchange = try SASLExchange(.login, credentials: user)
        #expect(throws: SASLError.challengeTooLong) {
            try exchange.respond(to: [UInt8](repeating: 65, count: SASLExchange.longestChallenge + 1))
        }
    }
}
