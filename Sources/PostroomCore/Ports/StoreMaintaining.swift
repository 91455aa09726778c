/// What an administrator does for the database as a whole while Postroom works, and what he wants to know of it.
public protocol StoreMaintaining: Sendable {
    /// Octets that the database takes on its disk.
    func databaseSize() async throws -> Int64
    /// Octets that the disk has left; nil where that is not for this machine to see (PostgreSQL).
    func freeSpace() -> Int64?
    /// Gives space that removed mail left behind back to the system. Writes wait meanwhile.
    func vacuum() async throws
    /// Removes what has had its time: expired uploads and sessions, bytes that nobody holds, and of each account's change log
    /// all but the newest `changeLogSteps` steps.
    func tidy(changeLogSteps: Int64) async throws

    /// Since when the disk is full; nil: all is well. New mail is not taken in meanwhile, everything can be read.
    var fullSince: Timestamp? { get }
    /// Returns when there is room again.
    func waitForRoom() async throws

    /// What an account takes and may take.
    func usage(of account: AccountID) async throws -> StorageUsage
    /// nil: what holds for all accounts.
    func setQuota(_ quota: StorageQuota?, of account: AccountID) async throws
}

/// How much of the store an account may take; nil: as much as there is.
public struct StorageQuota: Sendable, Hashable {
    public var maxBytes: Int64?
    public var maxEmails: Int64?

    public init(maxBytes: Int64? = nil, maxEmails: Int64? = nil) {
        self.maxBytes = maxBytes
        self.maxEmails = maxEmails
    }

    /// As it is kept in the settings: `bytes,emails`, empty for no bound.
    public var text: String { "\(maxBytes.map(String.init) ?? ""),\(maxEmails.map(String.init) ?? "")" }

    public init?(text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        self.init(maxBytes: Int64(parts[0]), maxEmails: Int64(parts[1]))
    }

    /// The setting of all accounts, and of one.
    public static let setting = "account-quota"
    public static func setting(of account: AccountID) -> String { "\(setting):\(account)" }
}

public struct StorageUsage: Sendable, Hashable {
    /// Octets of messages and uploads, before compression.
    public var bytes: Int64
    public var emails: Int64
    public var quota: StorageQuota
    /// The quota is the account's own, not the one of all.
    public var isOwn: Bool

    public init(bytes: Int64, emails: Int64, quota: StorageQuota, isOwn: Bool) {
        self.bytes = bytes
        self.emails = emails
        self.quota = quota
        self.isOwn = isOwn
    }
}
