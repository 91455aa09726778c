/// What a refused sign-in means, by the words of services that have no code for it (yet).
///
/// The words are those that the services really send; each row has its test. Checked in order: what is said most exactly comes first.
public enum SignInRefusal {
    /// nil: login or password are wrong as far as the words tell.
    public static func cause(of words: String) -> DiagnosisCause? {
        let text = words.lowercased()
        // Yandex says both at once: which of the two it is, nobody can tell.
        if text.contains("invalid credentials or imap is disabled") { return nil }
        return table.first { row in row.words.contains { text.contains($0) } }?.cause
    }

    static let table: [(cause: DiagnosisCause, words: [String])] = [
        // Google, Yahoo, iCloud, Yandex, Mail.ru (also in the transliteration it sends).
        (
            .appPasswordRequired,
            [
                "application-specific password", "app-specific password", "app password", "application password", "parol prilozheniya",
                "пароль приложения", "пароль для внешнего приложения", "authorization code", "授权码",
            ]
        ),
        // Microsoft: 535 5.7.139 and its relatives, for a tenant, a mailbox or a policy.
        (
            .basicAuthenticationDisabled,
            [
                "basic authentication is disabled", "basic auth is disabled", "basic authentication is not supported",
                "smtpclientauthentication is disabled", "security defaults policy", "basicauthblocked", "logondenied-basicauthblocked",
                "please use oauth", "less secure apps",
            ]
        ),
        (
            .imapDisabled,
            [
                "imap is disabled", "imap access is disabled", "imap4 is disabled", "not enabled for imap", "imap access is not",
                "imap not enabled",
                "imap service is not", "enable imap", "authenticated but not connected", "imap отключ", "disabled for imap",
                "pop3/imap", "imap protocol is disabled",
            ]
        ),
        // Google: 534-5.7.14; Dovecot and others: [ALERT] with a link.
        (
            .webSignInRequired,
            [
                "web browser", "log in via", "login via your web", "sign in via", "unusual sign-in", "suspicious", "verify your identity",
                "verify your account", "sign in on the web", "weblogin",
            ]
        ),
        (
            .accountLocked,
            [
                "account is locked", "account has been locked", "account locked", "is locked", "suspended", "account is disabled",
                "account disabled",
                "user is disabled", "has been disabled", "account is blocked", "has been blocked", "deactivated", "заблокирован",
            ]
        ),
        (
            .tooManyConnections,
            [
                "too many simultaneous", "too many connections", "maximum number of connections", "concurrent connections",
                "connection limit",
            ]
        ),
        (
            .rateLimited,
            [
                "too many login", "too many failed", "too many bad", "too many auth", "rate limit", "throttled", "too many attempts",
                "try again later",
            ]
        ),
    ]
}
