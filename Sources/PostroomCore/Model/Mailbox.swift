/// A folder of an account (RFC 3501; RFC 8621 §2).
public struct Mailbox: Sendable, Hashable {
    public let id: MailboxID
    public var parentID: MailboxID?
    /// The last component of `path`, for people.
    public var name: String
    /// The whole name as Unicode text, as the server separates it.
    public var path: String
    public var separator: String?
    public var role: MailboxRole?
    public var sortOrder: Int
    public var isSubscribed: Bool
    /// False for a name that only holds other folders (`\Noselect`, `\NonExistent`).
    public var isSelectable: Bool
    /// False where the owner has chosen not to mirror it.
    public var isSynced: Bool
    public var counts: MailboxCounts
    public var cursor: SyncCursor

    public init(
        id: MailboxID, parentID: MailboxID? = nil, name: String, path: String, separator: String? = "/", role: MailboxRole? = nil,
        sortOrder: Int = 0, isSubscribed: Bool = true, isSelectable: Bool = true, isSynced: Bool = true,
        counts: MailboxCounts = MailboxCounts(), cursor: SyncCursor = SyncCursor()
    ) {
        self.id = id
        self.parentID = parentID
        self.name = name
        self.path = path
        self.separator = separator
        self.role = role
        self.sortOrder = sortOrder
        self.isSubscribed = isSubscribed
        self.isSelectable = isSelectable
        self.isSynced = isSynced
        self.counts = counts
        self.cursor = cursor
    }
}

/// Roles of RFC 8621 §2 / IANA "IMAP Mailbox Name Attributes".
public enum MailboxRole: String, Sendable, Codable, CaseIterable {
    case inbox, drafts, sent, archive, junk, trash, all, flagged, important
}

/// Counts of RFC 8621 §2 over what is mirrored.
public struct MailboxCounts: Sendable, Hashable, Codable {
    public var totalEmails: Int
    public var unreadEmails: Int
    public var totalThreads: Int
    public var unreadThreads: Int

    public init(totalEmails: Int = 0, unreadEmails: Int = 0, totalThreads: Int = 0, unreadThreads: Int = 0) {
        self.totalEmails = totalEmails
        self.unreadEmails = unreadEmails
        self.totalThreads = totalThreads
        self.unreadThreads = unreadThreads
    }
}

/// How far a mailbox has been compared with its server.
public struct SyncCursor: Sendable, Hashable, Codable {
    /// 0: never selected.
    public var uidValidity: UInt32
    /// The server's UIDNEXT up to which everything new has been taken in.
    public var uidNext: UInt32
    /// HIGHESTMODSEQ up to which flag changes have been taken in; 0: the server has none.
    public var highestModSeq: UInt64
    /// Messages with a UID at or above this one are mirrored; history below it is still to come. 0 or 1: all of it.
    public var oldestUID: UInt32
    /// What the server said it holds when last asked.
    public var serverCount: Int
    public var lastComparedAt: Timestamp?

    public init(
        uidValidity: UInt32 = 0, uidNext: UInt32 = 0, highestModSeq: UInt64 = 0, oldestUID: UInt32 = 0, serverCount: Int = 0,
        lastComparedAt: Timestamp? = nil
    ) {
        self.uidValidity = uidValidity
        self.uidNext = uidNext
        self.highestModSeq = highestModSeq
        self.oldestUID = oldestUID
        self.serverCount = serverCount
        self.lastComparedAt = lastComparedAt
    }
}
