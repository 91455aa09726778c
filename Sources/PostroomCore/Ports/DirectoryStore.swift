import MailProtocol

/// The store of everything that is not mail: people, providers, accounts and settings.
///
/// Every method is one transaction. Failures are `StoreError`.
public protocol DirectoryStore: Sendable {
    // Users
    func users() async throws -> [User]
    func user(_ id: UserID) async throws -> User?
    func user(named name: String) async throws -> User?
    /// Throws `StoreError.duplicate` where the name is taken (compared without case).
    func addUser(name: String, displayName: String, isAdmin: Bool, passwordHash: String?) async throws -> User
    func updateUser(_ user: User) async throws
    /// Removes the user with sessions, tokens, accounts and private providers.
    func removeUser(_ id: UserID) async throws
    func passwordHash(of id: UserID) async throws -> String?
    /// Sets the hash and ends the user's sessions, but the one whose token hash is `keeping`.
    func setPasswordHash(_ hash: String, of id: UserID, keeping: [UInt8]?) async throws

    // Sessions and tokens: looked up by the SHA-256 of the secret.
    func addSession(_ session: Session) async throws
    func session(tokenHash: [UInt8]) async throws -> (Session, User)?
    func extendSession(tokenHash: [UInt8], expiresAt: Timestamp) async throws
    func removeSession(tokenHash: [UInt8]) async throws
    func removeExpiredSessions(before: Timestamp) async throws
    func addToken(userID: UserID, name: String, tokenHash: [UInt8], expiresAt: Timestamp?) async throws -> AccessToken
    func token(tokenHash: [UInt8]) async throws -> (AccessToken, User)?
    func tokens(of userID: UserID) async throws -> [AccessToken]
    func noteTokenUse(_ id: ID<AccessToken>, at: Timestamp) async throws
    func removeToken(_ id: ID<AccessToken>, of userID: UserID) async throws -> Bool

    // Settings: small values by name (`setup-token-hash`, `providers-by-administrators`, ...).
    func setting(_ name: String) async throws -> String?
    func setSetting(_ name: String, to value: String?) async throws
    /// Reads a setting and writes what `change` makes of it as one step; what that throws leaves it as it was.
    func changeSetting<Value: Sendable>(_ name: String, _ change: @escaping @Sendable (inout String?) throws -> Value) async throws -> Value

    // Providers
    func providers() async throws -> [Provider]
    func provider(_ id: ProviderID) async throws -> Provider?
    func addProvider(_ settings: ProviderSettings, ownerID: UserID?, sealedClientSecret: [UInt8]?) async throws -> Provider
    /// `sealedClientSecret` nil keeps the one that is there.
    func updateProvider(_ id: ProviderID, settings: ProviderSettings, sealedClientSecret: [UInt8]?) async throws
    /// nil shares the provider with everybody.
    func setProviderOwner(_ id: ProviderID, ownerID: UserID?) async throws
    func sealedClientSecret(of id: ProviderID) async throws -> [UInt8]?
    /// Throws `StoreError.inUse` where an account holds the provider: the database refuses, whoever asks.
    func removeProvider(_ id: ProviderID) async throws
    func domains() async throws -> [ProviderDomain]
    func domains(_ domain: String) async throws -> [ProviderDomain]
    /// Throws `StoreError.duplicate` where the pair exists.
    func addDomain(_ domain: ProviderDomain) async throws
    func removeDomain(_ domain: ProviderDomain) async throws -> Bool
    func addProviderRequest(userID: UserID, address: String, note: String) async throws -> ProviderRequest
    func providerRequests(includingResolved: Bool) async throws -> [ProviderRequest]
    func resolveProviderRequest(_ id: ID<ProviderRequest>) async throws -> Bool

    // Accounts
    func accounts() async throws -> [Account]
    func accounts(of userID: UserID) async throws -> [Account]
    /// The user's own accounts and those that are shared with him.
    func accounts(reachableBy userID: UserID) async throws -> [Account]
    /// Shares an account with a user, or changes the right; tells the change feed. Throws `StoreError.notFound`.
    func setShare(of id: AccountID, with userID: UserID, right: ShareRight) async throws -> AccountShare
    /// False where it was not shared with that user.
    func removeShare(of id: AccountID, with userID: UserID) async throws -> Bool
    func accounts(using providerID: ProviderID) async throws -> [Account]
    /// Those of one address, in whatever case it is written: one a user who connected it.
    func accounts(addressed address: String) async throws -> [Account]
    func account(_ id: AccountID) async throws -> Account?
    /// Throws `StoreError.duplicate` where the user has this address at this provider already.
    /// Also makes the account's first identity: `senderName` and the address.
    func addAccount(
        userID: UserID, providerID: ProviderID, address: String, login: String, settings: AccountSettings, senderName: String,
        sealedCredential: [UInt8]
    ) async throws -> Account
    /// Login, provider and settings; one default account a user is kept by the store.
    func updateAccount(_ account: Account) async throws
    func setStatus(_ status: AccountStatus, of id: AccountID) async throws
    func sealedCredential(of id: AccountID) async throws -> [UInt8]?
    func setSealedCredential(_ credential: [UInt8], of id: AccountID) async throws
    /// Removes the account and all of its mail from here; nothing on the server.
    func removeAccount(_ id: AccountID) async throws

    // Audit
    func addAudit(_ entry: AuditEntry) async throws
    func audit(limit: Int) async throws -> [AuditEntry]
}

/// One line of the audit trail: who did what to what.
public struct AuditEntry: Sendable, Hashable {
    public var at: Timestamp
    /// nil: the command line or Postroom itself.
    public var userID: UserID?
    /// `provider.add`, `account.remove`, ...
    public var action: String
    public var subject: String

    public init(at: Timestamp, userID: UserID?, action: String, subject: String) {
        self.at = at
        self.userID = userID
        self.action = action
        self.subject = subject
    }
}
