import MailProtocol

/// A mail service that we know: one file in `Discovery/Catalogue/Providers`, as data (docs/decisions/0012-catalogue.md).
public struct CatalogueEntry: Sendable, Hashable, Codable, Identifiable {
    /// What is to be expected of it.
    public enum Status: String, Sendable, Codable, CaseIterable {
        /// Address and password are enough.
        case works
        /// The person must do something at the service first; ``hint`` says what.
        case preparation
        /// Reached through a program on the machine itself.
        case bridge
        /// Known not to work with mail programs now.
        case broken
    }

    /// How accounts may prove themselves, in the service's order of preference.
    public enum Method: String, Sendable, Codable, CaseIterable { case oauth2, password }

    /// What is published of the service's authorization server; an administrator adds client ID and secret.
    public struct OAuth: Sendable, Hashable, Codable {
        public var issuer: String
        public var authorizeUrl: String
        public var tokenUrl: String
        public var revocationUrl: String?
        public var deviceAuthorizationUrl: String?
        public var scopes: [String]
    }

    public struct AppPassword: Sendable, Hashable, Codable {
        /// Where one is made.
        public var url: String
        /// The usual password never works in mail programs.
        public var required: Bool
    }

    /// The file's name without its ending.
    public var id: String
    public var name: String
    public var website: String
    /// Lower case, A-labels; each domain stands in one file only.
    public var domains: [String]
    /// Mail exchangers of other domains that this service receives for: a host of one of these names, or below it.
    public var mx: [String]
    /// In the order to try.
    public var imap: [ServerEndpoint]
    public var smtp: [ServerEndpoint]
    public var loginFormat: LoginFormat
    public var authentication: [Method]
    /// SASL mechanisms that its servers offer.
    public var mechanisms: [String]
    public var oauth: OAuth?
    public var appPassword: AppPassword?
    /// What a person must know, by language (`en`, `ru`).
    public var hint: [String: String]?
    public var status: Status
    /// For administrators.
    public var notes: String?
    /// Year and month when somebody last compared the entry with what the service publishes.
    public var checked: String
}

extension CatalogueEntry {
    public func hint(in language: Language) -> String? { hint?[language.rawValue] ?? hint?["en"] }

    /// The settings of a provider made of the entry: with a password where the service takes one, else OAuth 2.0 without a registration.
    public func settings() -> ProviderSettings? {
        guard let imap = imap.first, let smtp = smtp.first else { return nil }
        let method: AuthenticationMethod = authentication.contains(.password) ? .basic : .oauth2
        return ProviderSettings(
            name: name, imap: imap, smtp: smtp, loginFormat: loginFormat, authentication: method,
            oauth: method == .oauth2 ? oauthSettings(clientID: "") : nil)
    }

    public func oauthSettings(clientID: String) -> OAuthSettings? {
        oauth.map {
            OAuthSettings(
                clientID: clientID, authorizeURL: $0.authorizeUrl, tokenURL: $0.tokenUrl, revocationURL: $0.revocationUrl, scopes: $0.scopes
            )
        }
    }
}
