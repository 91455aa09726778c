import MailProtocol
import Testing

@Suite("Which mechanism is chosen")
struct SASLSelectionTests {
    private static let password = Credentials.password(login: "u", password: Secret("p"))
    private static let bearer = Credentials.bearer(login: "u", token: Secret("t"))
    private static let binding = ChannelBinding(type: "tls-server-end-point", data: [1])

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var offered: [String]
        var credentials = SASLSelectionTests.password
        var isEncrypted = true
        var allowPlaintext = false
        var binding: ChannelBinding?
        var expected: [SASLMechanism]
    }

    static let rows: [Row] = [
        Row(
            testDescription: "Postfix over TLS: the strongest first",
            offered: ["PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"],
            expected: [.scramSHA256, .scramSHA1, .cramMD5, .plain, .login]),
        Row(
            testDescription: "Cyrus with channel binding", offered: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "PLAIN"],
            binding: binding,
            expected: [.scramSHA256Plus, .scramSHA1Plus, .scramSHA256, .plain]),
        Row(testDescription: "no binding data, no -PLUS", offered: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"], expected: [.scramSHA256]),
        Row(testDescription: "lower case names", offered: ["plain", "login"], expected: [.plain, .login]),
        Row(testDescription: "PLAIN without TLS is not sent", offered: ["PLAIN", "LOGIN"], isEncrypted: false, expected: []),
        Row(
            testDescription: "without TLS only what hides the password", offered: ["PLAIN", "CRAM-MD5", "SCRAM-SHA-1"], isEncrypted: false,
            expected: [.scramSHA1, .cramMD5]),
        Row(
            testDescription: "provider says None", offered: ["PLAIN", "CRAM-MD5"], isEncrypted: false, allowPlaintext: true,
            expected: [.cramMD5, .plain]),
        Row(
            testDescription: "a token fits OAuth only", offered: ["PLAIN", "XOAUTH2", "OAUTHBEARER"], credentials: bearer,
            expected: [.oauthBearer, .xoauth2]),
        Row(testDescription: "a token never without TLS", offered: ["XOAUTH2"], credentials: bearer, isEncrypted: false, expected: []),
        Row(testDescription: "a password never as a token", offered: ["XOAUTH2", "EXTERNAL"], expected: []),
        Row(
            testDescription: "a certificate fits EXTERNAL only", offered: ["PLAIN", "EXTERNAL"], credentials: .external(login: ""),
            expected: [.external]),
        Row(testDescription: "nothing we know", offered: ["GSSAPI", "NTLM", "X-FOO"], expected: []),
    ]

    @Test("candidates", arguments: rows)
    func candidates(_ row: Row) {
        let found = SASLSelection.candidates(
            offered: row.offered, credentials: row.credentials, isEncrypted: row.isEncrypted, allowPlaintext: row.allowPlaintext,
            channelBinding: row.binding)
        #expect(found == row.expected)
    }

    @Test("A refused password is tried once more where only a stored hash may be at fault, and then no more")
    func credentialFailure() {
        let all: [SASLMechanism] = [.scramSHA256, .scramSHA1, .cramMD5, .plain, .login]
        #expect(SASLSelection.next(after: .scramSHA256, isCredentialFailure: true, in: all) == .plain)
        #expect(SASLSelection.next(after: .plain, isCredentialFailure: true, in: all) == nil)
        #expect(SASLSelection.next(after: .scramSHA256Plus, isCredentialFailure: true, in: [.scramSHA256Plus, .plain]) == .plain)
        let withoutPlain: [SASLMechanism] = [.scramSHA256Plus, .scramSHA1Plus, .scramSHA256]
        #expect(SASLSelection.next(after: .scramSHA256Plus, isCredentialFailure: true, in: withoutPlain) == .scramSHA256)
        #expect(SASLSelection.next(after: .scramSHA256, isCredentialFailure: true, in: withoutPlain) == nil)
        #expect(SASLSelection.next(after: .oauthBearer, isCredentialFailure: true, in: [.oauthBearer, .xoauth2]) == nil)
    }

    @Test("A mechanism the server does not take after all costs one candidate")
    func mechanismFailure() {
        #expect(
            SASLSelection.next(after: .scramSHA256Plus, isCredentialFailure: false, in: [.scramSHA256Plus, .scramSHA256]) == .scramSHA256)
        #expect(SASLSelection.next(after: .login, isCredentialFailure: false, in: [.plain, .login]) == nil)
    }
}
