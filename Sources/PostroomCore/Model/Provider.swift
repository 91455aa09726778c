import MailProtocol

/// A mail service: where its servers are, how its logins look and how they are proven.
public struct Provider: Sendable, Hashable {
    public let id: ProviderID
    public var settings: ProviderSettings
    /// nil: serves everybody. A provider that a member adds serves that member alone until an administrator shares it.
    public var ownerID: UserID?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(id: ProviderID, settings: ProviderSettings, ownerID: UserID?, createdAt: Timestamp, updatedAt: Timestamp) {
        self.id = id
        self.settings = settings
        self.ownerID = ownerID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// What an administrator types into the provider's window (DESIGN §7, screen 3).
public struct ProviderSettings: Sendable, Hashable, Codable {
    public var name: String
    public var imap: ServerEndpoint
    public var smtp: ServerEndpoint
    public var loginFormat: LoginFormat
    public var authentication: AuthenticationMethod
    /// Set exactly when `authentication` is `.oauth2`. The client secret is kept sealed beside it, never in it.
    public var oauth: OAuthSettings?
    /// SHA-256 of a server certificate that is trusted for this provider alone, 64 hex digits.
    public var pinnedCertificate: String?

    public init(
        name: String, imap: ServerEndpoint, smtp: ServerEndpoint, loginFormat: LoginFormat = .email,
        authentication: AuthenticationMethod = .basic, oauth: OAuthSettings? = nil, pinnedCertificate: String? = nil
    ) {
        self.name = name
        self.imap = imap
        self.smtp = smtp
        self.loginFormat = loginFormat
        self.authentication = authentication
        self.oauth = oauth
        self.pinnedCertificate = pinnedCertificate
    }
}

/// How an account's login is made from its address.
public enum LoginFormat: String, Sendable, Codable, CaseIterable {
    /// The person types it.
    case manual
    /// The whole address.
    case email
    /// The part before "@".
    case mailboxName = "mailbox-name"
}

/// How an account proves itself to its servers.
public enum AuthenticationMethod: String, Sendable, Codable, CaseIterable {
    /// Login and password (SASL PLAIN, SCRAM and relatives).
    case basic
    /// An OAuth 2.0 token (XOAUTH2, OAUTHBEARER).
    case oauth2
}

/// The public part of a provider's OAuth 2.0 registration. Addresses are https, or http to this machine itself.
public struct OAuthSettings: Sendable, Hashable, Codable {
    public var clientID: String
    public var authorizeURL: String
    public var tokenURL: String
    /// RFC 7009; nil: the service takes nothing back.
    public var revocationURL: String?
    public var scopes: [String]
    /// RFC 8628; nil: no sign-in from the command line.
    public var deviceURL: String?
    /// OpenID Connect's userinfo: tells who consented where no `id_token` does.
    public var userinfoURL: String?
    /// RFC 8414 issuer; compared with what comes back from the service (RFC 9207).
    public var issuer: String?
    /// The service promised to name itself in each answer (`authorization_response_iss_parameter_supported`).
    public var sendsIssuer: Bool?
    /// A client without secret, which PKCE alone protects (RFC 8252 §8.4).
    public var isPublic: Bool?
    /// nil: `post`.
    public var clientAuthentication: OAuthClientAuthentication?

    public init(clientID: String, authorizeURL: String, tokenURL: String, revocationURL: String? = nil, scopes: [String]) {
        self.clientID = clientID
        self.authorizeURL = authorizeURL
        self.tokenURL = tokenURL
        self.revocationURL = revocationURL
        self.scopes = scopes
    }
}

/// How a client proves itself at the token endpoint (RFC 6749 §2.3.1).
public enum OAuthClientAuthentication: String, Sendable, Codable, CaseIterable {
    /// HTTP Basic.
    case basic
    /// `client_id` and `client_secret` in the form.
    case post
}

/// A domain that belongs to a provider: an address below it needs no question about servers.
public struct ProviderDomain: Sendable, Hashable {
    /// Lower case, in A-labels (IDNA).
    public var domain: String
    public var providerID: ProviderID

    public init(domain: String, providerID: ProviderID) {
        self.domain = domain
        self.providerID = providerID
    }
}

/// A member's wish for a provider, where only administrators may add them.
public struct ProviderRequest: Sendable, Hashable {
    public var id: ID<ProviderRequest>
    public var userID: UserID
    public var address: String
    public var note: String
    public var createdAt: Timestamp
    public var resolvedAt: Timestamp?

    public init(id: ID<ProviderRequest>, userID: UserID, address: String, note: String, createdAt: Timestamp, resolvedAt: Timestamp? = nil)
    {
        self.id = id
        self.userID = userID
        self.address = address
        self.note = note
        self.createdAt = createdAt
        self.resolvedAt = resolvedAt
    }
}
