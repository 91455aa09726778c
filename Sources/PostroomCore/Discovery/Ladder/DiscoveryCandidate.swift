import MailProtocol

/// What a source proposes, before anybody has looked whether it works.
struct DiscoveryProposal: Sendable {
    var source: DiscoverySource
    var name: String
    var imap: [ServerEndpoint]
    var smtp: [ServerEndpoint]
    var loginFormat = LoginFormat.email
    /// For the format `manual`: what the source would type.
    var login: String?
    var methods: Set<AuthenticationMethod> = [.basic]
    var oauth: OAuthSettings?
    var oauthIssuer: String?
    var entry: CatalogueEntry?
    var documentationURL: String?
    var cautions: [DiscoveryCandidate.Caution] = []
}

/// Settings that discovery has found for an address, with what was seen of their servers.
public struct DiscoveryCandidate: Sendable, Equatable {
    public enum Verdict: String, Sendable, Codable {
        /// Both servers answer, their certificates hold, and there is a way to sign in.
        case verified
        /// Known settings whose servers could not be looked at now.
        case unverified
        case failed
    }

    /// Why a person must confirm before a password is asked for.
    public enum Caution: String, Sendable, Codable, CaseIterable {
        /// Nobody named these servers.
        case guessed
        /// They belong to another domain, and only unprotected DNS says so (RFC 6186 section 6).
        case otherDomain = "other-domain"
        /// A password would travel in the clear.
        case insecure
    }

    public var source: DiscoverySource
    public var name: String
    public var imap: ServerEndpoint
    public var smtp: ServerEndpoint
    public var loginFormat: LoginFormat
    public var login: String?
    public var authentication: AuthenticationMethod
    /// Addresses and scopes; the client ID is empty until an administrator registers one.
    public var oauth: OAuthSettings?
    public var oauthIssuer: String?
    public var entry: CatalogueEntry?
    public var documentationURL: String?
    public var cautions: [Caution]
    public var verdict: Verdict
    public var probes: [ServerProbe]

    public var needsConfirmation: Bool { !cautions.isEmpty }

    /// As an administrator would have typed them.
    public var settings: ProviderSettings {
        ProviderSettings(
            name: name, imap: imap, smtp: smtp, loginFormat: loginFormat, authentication: authentication,
            oauth: authentication == .oauth2 ? oauth : nil)
    }
}
