import MailProtocol

/// What a person allowed Postroom at a provider that signs people in on its own page: one a mailbox. Its tokens are kept sealed
/// beside it, never in it.
public struct Grant: Sendable, Hashable {
    public enum State: String, Sendable, Codable {
        case active
        /// Final until the person signs in again.
        case signInNeeded = "sign-in-needed"
        /// Given back by the person; the tokens stay sealed until the service has taken them back.
        case disconnected
    }

    /// What happens, or must happen, next.
    public enum NextAction: String, Sendable {
        /// Renewed by itself at `refreshAt`.
        case refresh
        /// The last renewal failed for a reason that passes: tried again at `refreshAt`.
        case retry
        /// Postroom's registration at the service is refused: an administrator must correct it. Tried again meanwhile.
        case correctProvider = "correct-provider"
        case signIn = "sign-in"
    }

    public let accountID: AccountID
    public var state: State
    /// Who consented, as the service said; nil where it does not tell.
    public var identity: String?
    public var scopes: [String]
    public var grantedAt: Timestamp
    /// When the access token was issued, and until when it is good.
    public var issuedAt: Timestamp
    public var expiresAt: Timestamp
    /// The last renewal; nil before the first.
    public var refreshedAt: Timestamp?
    /// When the next renewal, or the next attempt to take back, is due; nil: never by itself.
    public var refreshAt: Timestamp?
    /// Failed attempts since the last success.
    public var failures: Int
    public var diagnosis: Diagnosis?

    public init(
        accountID: AccountID, state: State = .active, identity: String? = nil, scopes: [String], grantedAt: Timestamp, issuedAt: Timestamp,
        expiresAt: Timestamp, refreshedAt: Timestamp? = nil, refreshAt: Timestamp? = nil, failures: Int = 0, diagnosis: Diagnosis? = nil
    ) {
        self.accountID = accountID
        self.state = state
        self.identity = identity
        self.scopes = scopes
        self.grantedAt = grantedAt
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.refreshedAt = refreshedAt
        self.refreshAt = refreshAt
        self.failures = failures
        self.diagnosis = diagnosis
    }

    public var nextAction: NextAction {
        guard state == .active else { return .signIn }
        guard failures > 0 else { return .refresh }
        return diagnosis?.actor == .postroomAdministrator ? .correctProvider : .retry
    }
}

/// What is sealed for a grant.
struct GrantTokens: Sendable, Equatable {
    var access: Secret
    var refresh: Secret?

    /// Tokens are printable ASCII (RFC 6749 appendix A.12, A.17): a line end parts them.
    func sealed(by vault: any Vault, for id: AccountID) throws -> [UInt8] {
        let bytes = access.withBytes { $0 } + [0x0A] + (refresh?.withBytes { $0 } ?? [])
        return try vault.seal(bytes, context: "grant:\(id)")
    }

    init(access: Secret, refresh: Secret?) {
        self.access = access
        self.refresh = refresh
    }

    init(opening sealed: [UInt8], with vault: any Vault, for id: AccountID) throws {
        let bytes = try vault.open(sealed, context: "grant:\(id)")
        guard let end = bytes.firstIndex(of: 0x0A) else { throw VaultError.unreadable }
        access = Secret(bytes: bytes[..<end])
        refresh = end + 1 == bytes.count ? nil : Secret(bytes: bytes[(end + 1)...])
    }
}
