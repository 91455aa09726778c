/// The OAuth 2.0 side of a large mail service, as it publishes it: what a provider's form needs not ask for.
///
/// The one table of these facts; the catalogue of providers refers to its rows by `name`. Checked on 2026-11-23 against the
/// services' own documentation and Mozilla's list of mail OAuth servers.
public struct OAuthService: Sendable, Hashable {
    /// Stable name, `google`.
    public let name: String
    /// How people call it.
    public let title: String
    /// RFC 8414 issuer; `{tenant}` stands for a Microsoft organisation.
    public let issuer: String
    /// May carry a query of its own, which stays (RFC 6749 §3.1): Google gives refresh tokens only with `access_type=offline`.
    public let authorizeURL: String
    public let tokenURL: String
    public var revocationURL: String?
    public var deviceURL: String?
    public var userinfoURL: String?
    public let scopes: [String]
    /// IMAP servers of the service, exact names.
    public let hosts: [String]
    /// Where an administrator registers an application.
    public let registrationURL: String
    public var clientAuthentication: OAuthClientAuthentication = .post

    /// Whether addresses carry an organisation's name or id.
    public var hasTenant: Bool { tokenURL.contains("{tenant}") }

    public static func named(_ name: String) -> OAuthService? { all.first { $0.name == name } }

    /// The service behind an IMAP server.
    public static func serving(host: String) -> OAuthService? { all.first { $0.hosts.contains(host.lowercased()) } }

    /// The public part of a registration at this service. `tenant`: a Microsoft organisation's domain or id, `common` for any account.
    public func settings(clientID: String = "", tenant: String = "common") -> OAuthSettings {
        func filled(_ text: String) -> String {
            text.split(separator: "{tenant}", omittingEmptySubsequences: false).joined(separator: tenant.isEmpty ? "common" : tenant)
        }
        var settings = OAuthSettings(
            clientID: clientID, authorizeURL: filled(authorizeURL), tokenURL: filled(tokenURL), revocationURL: revocationURL.map(filled),
            scopes: scopes)
        settings.deviceURL = deviceURL.map(filled)
        settings.userinfoURL = userinfoURL
        // Microsoft's shared endpoints name the tenant of whoever signed in as the issuer: no single value to compare with.
        settings.issuer = hasTenant && ["common", "organizations", "consumers", ""].contains(tenant) ? nil : filled(issuer)
        settings.clientAuthentication = clientAuthentication
        return settings
    }
}

extension OAuthService {
    public static let all: [OAuthService] = [google, microsoft, yahoo, aol, yandex, mailRu, fastmail, zoho]

    public static let google = OAuthService(
        name: "google", title: "Google", issuer: "https://accounts.google.com",
        authorizeURL: "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
        tokenURL: "https://oauth2.googleapis.com/token", revocationURL: "https://oauth2.googleapis.com/revoke",
        userinfoURL: "https://openidconnect.googleapis.com/v1/userinfo", scopes: ["https://mail.google.com/", "openid", "email"],
        hosts: ["imap.gmail.com", "imap.googlemail.com"], registrationURL: "https://console.cloud.google.com/apis/credentials")

    public static let microsoft = OAuthService(
        name: "microsoft", title: "Microsoft", issuer: "https://login.microsoftonline.com/{tenant}/v2.0",
        authorizeURL: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        tokenURL: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        deviceURL: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode",
        scopes: [
            "https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send", "offline_access", "openid", "email",
        ], hosts: ["outlook.office365.com", "imap-mail.outlook.com", "outlook.office.com"],
        registrationURL: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps")

    public static let yahoo = OAuthService(
        name: "yahoo", title: "Yahoo", issuer: "https://api.login.yahoo.com",
        authorizeURL: "https://api.login.yahoo.com/oauth2/request_auth", tokenURL: "https://api.login.yahoo.com/oauth2/get_token",
        revocationURL: "https://api.login.yahoo.com/oauth2/revoke", scopes: ["mail-w"], hosts: ["imap.mail.yahoo.com"],
        registrationURL: "https://developer.yahoo.com/apps/")

    public static let aol = OAuthService(
        name: "aol", title: "AOL", issuer: "https://api.login.aol.com", authorizeURL: "https://api.login.aol.com/oauth2/request_auth",
        tokenURL: "https://api.login.aol.com/oauth2/get_token", revocationURL: "https://api.login.aol.com/oauth2/revoke",
        scopes: ["mail-w"], hosts: ["imap.aol.com"], registrationURL: "https://developer.aol.com/apps/")

    public static let yandex = OAuthService(
        name: "yandex", title: "Yandex", issuer: "https://oauth.yandex.ru", authorizeURL: "https://oauth.yandex.ru/authorize",
        tokenURL: "https://oauth.yandex.ru/token", revocationURL: "https://oauth.yandex.ru/revoke_token",
        deviceURL: "https://oauth.yandex.ru/device/code", scopes: ["mail:imap_full", "mail:smtp"],
        hosts: ["imap.yandex.ru", "imap.yandex.com", "imap.ya.ru"], registrationURL: "https://oauth.yandex.ru/client/new")

    public static let mailRu = OAuthService(
        name: "mailru", title: "Mail.ru", issuer: "https://o2.mail.ru", authorizeURL: "https://o2.mail.ru/login",
        tokenURL: "https://o2.mail.ru/token", scopes: ["mail.imap"], hosts: ["imap.mail.ru"],
        registrationURL: "https://o2.mail.ru/app/", clientAuthentication: .basic)

    public static let fastmail = OAuthService(
        name: "fastmail", title: "Fastmail", issuer: "https://api.fastmail.com",
        authorizeURL: "https://api.fastmail.com/oauth/authorize", tokenURL: "https://api.fastmail.com/oauth/refresh",
        revocationURL: "https://api.fastmail.com/oauth/revoke",
        scopes: [
            "https://www.fastmail.com/dev/protocol-imap", "https://www.fastmail.com/dev/protocol-smtp", "offline_access",
        ], hosts: ["imap.fastmail.com"], registrationURL: "https://www.fastmail.com/dev/")

    /// Zoho publishes no scope for IMAP and SMTP: the administrator takes what its console shows for the application.
    public static let zoho = OAuthService(
        name: "zoho", title: "Zoho", issuer: "https://accounts.zoho.com",
        authorizeURL: "https://accounts.zoho.com/oauth/v2/auth?access_type=offline&prompt=consent",
        tokenURL: "https://accounts.zoho.com/oauth/v2/token", revocationURL: "https://accounts.zoho.com/oauth/v2/token/revoke",
        deviceURL: "https://accounts.zoho.com/oauth/v3/device/code", scopes: [],
        hosts: ["imap.zoho.com", "imappro.zoho.com"], registrationURL: "https://api-console.zoho.com/")
}
