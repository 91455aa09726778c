import Testing

@testable import PostroomCore

@Suite("What a refused sign-in means, by the services' own words")
struct SignInRefusalTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var words: String
        var cause: DiagnosisCause?
        var testDescription: String { words }
        init(_ words: String, _ cause: DiagnosisCause?) { (self.words, self.cause) = (words, cause) }
    }

    static let refusals: [Refusal] = [
        Refusal(
            "[ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
            .appPasswordRequired),
        Refusal("5.7.9 Application-specific password required. For more information, go to", .appPasswordRequired),
        Refusal(
            "NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Application password is REQUIRED",
            .appPasswordRequired),
        Refusal("5.7.139 Authentication unsuccessful, basic authentication is disabled.", .basicAuthenticationDisabled),
        Refusal("5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", .basicAuthenticationDisabled),
        Refusal(
            "5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy.",
            .basicAuthenticationDisabled),
        Refusal(
            "Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your account for IMAP access.",
            .imapDisabled),
        Refusal("User is authenticated but not connected.", .imapDisabled),
        Refusal("LOGIN invalid credentials or IMAP is disabled", nil),
        Refusal(
            "[ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)",
            .webSignInRequired),
        Refusal(
            "5.7.14 <https://accounts.google.com/signin/continue?x=1> Please log in via your web browser and then try again.",
            .webSignInRequired),
        Refusal("Your account has been locked", .accountLocked),
        Refusal("Too many simultaneous connections. (Failure)", .tooManyConnections),
        Refusal("4.7.0 Too many login attempts, please try again later.", .rateLimited),
        Refusal("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", nil),
        Refusal("5.7.8 Username and Password not accepted.", nil),
        Refusal("Authentication failed.", nil),
    ]

    @Test("words", arguments: refusals)
    func words(_ refusal: Refusal) { #expect(SignInRefusal.cause(of: refusal.words) == refusal.cause) }
}
