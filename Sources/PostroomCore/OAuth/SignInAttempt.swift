/// A sign-in at a provider's own page, from its beginning until the person has come back or given up.
public struct SignInAttempt: Sendable, Hashable {
    public enum Flow: String, Sendable, Codable, CaseIterable {
        /// In a browser: authorization code with PKCE.
        case code
        /// On another device: RFC 8628.
        case device
    }

    public enum Phase: String, Sendable, Codable {
        /// For the person, at the service.
        case waiting
        /// The person came back with a code; it is about to be exchanged.
        case arrived
        /// The service, or the person there, said no.
        case refused
        case finished
    }

    /// What the account becomes once the sign-in is finished.
    public struct Request: Sendable, Hashable, Codable {
        public var address: String
        public var login: String?
        public var senderName: String
        public var settings: AccountSettings
        /// Where the service sends the browser back to; the exchange must name the same (RFC 6749 §4.1.3).
        public var redirectURI: String
        /// Comes back in the `id_token`.
        public var nonce: String
        /// Seconds between questions (device).
        public var interval: Int64

        public init(
            address: String, login: String? = nil, senderName: String = "", settings: AccountSettings = AccountSettings(),
            redirectURI: String = "", nonce: String = "", interval: Int64 = 5
        ) {
            self.address = address
            self.login = login
            self.senderName = senderName
            self.settings = settings
            self.redirectURI = redirectURI
            self.nonce = nonce
            self.interval = interval
        }
    }

    /// Unguessable, but no proof of anything: the state parameter is another value, of which only the hash is kept.
    public let id: String
    public var flow: Flow
    public var stateHash: [UInt8]
    public var userID: UserID
    /// The browser session that began it; nil where a program did.
    public var sessionHash: [UInt8]?
    public var providerID: ProviderID
    /// The account that signs in again; nil: a new one.
    public var accountID: AccountID?
    public var request: Request
    public var phase: Phase
    public var diagnosis: Diagnosis?
    public var createdAt: Timestamp
    public var expiresAt: Timestamp

    public init(
        id: String, flow: Flow, stateHash: [UInt8], userID: UserID, sessionHash: [UInt8]?, providerID: ProviderID, accountID: AccountID?,
        request: Request, phase: Phase = .waiting, diagnosis: Diagnosis? = nil, createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.flow = flow
        self.stateHash = stateHash
        self.userID = userID
        self.sessionHash = sessionHash
        self.providerID = providerID
        self.accountID = accountID
        self.request = request
        self.phase = phase
        self.diagnosis = diagnosis
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
