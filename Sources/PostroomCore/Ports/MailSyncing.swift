/// Writes that follow the server. Each is a set, never row by row.
public protocol MailSyncing: Sendable {
    /// Makes the mailboxes those of `listing`: new ones are added, missing ones removed with their placements, renamed ones
    /// (same role or OBJECTID mailbox id) kept. Mailboxes with a pending local operation are left alone.
    func replaceMailboxes(with listing: [MailboxListing], of account: AccountID) async throws -> [Mailbox]
    func setCursor(_ cursor: SyncCursor, of mailbox: MailboxID, account: AccountID) async throws

    /// The same with what ``addEmails`` works out before its transaction (hashes, compressed bytes). It does so itself for those that are
    /// not prepared; beside the transaction of others it costs no time. Touches nothing.
    func prepared(_ email: IncomingEmail) -> IncomingEmail

    /// Takes messages in and moves the cursor, in one transaction. A message is the same Email as one that is here already when
    /// the server's id says so, or Message-ID, size and INTERNALDATE are equal, or it is the copy that a pending local append,
    /// move or copy waits for. Threads are found by Message-ID, In-Reply-To and References. Already known UIDs are left alone.
    /// Returns the email of each, in order. A message that is marked `\Deleted` is only remembered as hidden, and shows nowhere: its
    /// email is 0 where it is not known to be a copy of one.
    func addEmails(
        _ emails: [IncomingEmail], to mailbox: MailboxID, uidValidity: UInt32, cursor: SyncCursor?, of account: AccountID
    ) async throws -> [EmailID]
    /// Stores sources that came in after their headers.
    func setSources(_ sources: [IncomingSource], of account: AccountID) async throws
    /// The sizes of messages that came in with estimates.
    func setSizes(_ sizes: [EmailID: Int], of account: AccountID) async throws
    func quarantine(_ email: EmailID, reason: String, of account: AccountID) async throws

    /// What is mirrored of a mailbox, ascending by UID, within `uids`, hidden copies with the rest. Copies that wait for their UID are not
    /// in it.
    func placements(in mailbox: MailboxID, uids: ClosedRange<UInt32>, of account: AccountID) async throws -> [MirroredMessage]
    /// The same of these UIDs alone, in any order, however far apart they are: the work grows with their number.
    func placements(in mailbox: MailboxID, among uids: [UInt32], of account: AccountID) async throws -> [MirroredMessage]
    /// Those of the emails that have no source here yet.
    func withoutSource(_ emails: [EmailID], of account: AccountID) async throws -> Set<EmailID>
    /// Emails whose source is still on the server, newest first, at most `limit`.
    func missingSources(in mailbox: MailboxID?, limit: Int, of account: AccountID) async throws -> [MissingSource]

    /// The server's flags; keywords with a queued local change keep it. A copy that is marked `\Deleted` is hidden: it goes as one that
    /// left the server does, but for its UID and its email's id, which are kept. One that is not marked any more shows again where its email
    /// is still here. Returns the UIDs of those whose email is not: `addEmails` takes them in under their old ids.
    @discardableResult
    func setFlags(_ flags: [ServerFlags], in mailbox: MailboxID, uidValidity: UInt32, cursor: SyncCursor?, of account: AccountID)
        async throws -> [UInt32]
    /// How many hidden copies lack `\Seen`, by mailbox: a server counts them among its unseen messages.
    func hiddenUnread(of account: AccountID) async throws -> [MailboxID: Int]
    /// Copies that are gone on the server. An email without a copy and without a pending one is destroyed.
    func removePlacements(uids: [UInt32], in mailbox: MailboxID, cursor: SyncCursor?, of account: AccountID) async throws
    /// UIDVALIDITY changed: every copy loses its UID but stays visible, waiting to be found again by `addEmails`. The mailbox's
    /// cursor starts anew, and queued operations on its copies wait until those are found.
    func detachPlacements(in mailbox: MailboxID, of account: AccountID) async throws
    /// After everything on the server has been seen again: copies that were not found are removed.
    func removeDetachedPlacements(in mailbox: MailboxID, of account: AccountID) async throws

    /// Copies that a finished operation was to bring and that have no UID yet, by the mailbox that waits for them.
    func awaitedCopies(of account: AccountID) async throws -> [MailboxID: [OperationID]]
    /// After a look that would have seen them: there is no such copy on the server (the message was removed there before it could be
    /// moved), so that there is none here. Those that got their UID meanwhile stay.
    func removeAwaitedCopies(_ operations: [OperationID], in mailbox: MailboxID, of account: AccountID) async throws

    // Queued writes. An operation that is not in the queue any more is left alone by all of these.
    /// Due operations, oldest first. Those that wait for a copy's UID are not due. To be asked for again after a refusal, which
    /// may take back operations that follow from the refused one.
    func dueOperations(at: Timestamp, limit: Int, of account: AccountID) async throws -> [ServerOperation]
    /// Done; `uids` are the new UIDs that the server named (COPYUID, APPENDUID) with their UIDVALIDITY.
    func completeOperation(_ id: OperationID, newUID: (uidValidity: UInt32, uid: UInt32)?, of account: AccountID) async throws
    /// One attempt more; false where it is not in the queue any more.
    @discardableResult
    func postponeOperation(_ id: OperationID, until: Timestamp, of account: AccountID) async throws -> Bool
    /// The server refused for good: the optimistic change is undone. A message whose APPEND is refused stays here without a UID,
    /// since it is nowhere else.
    func refuseOperation(_ id: OperationID, of account: AccountID) async throws

    /// What the server says of its quotas now; one keeps its id while its name stays. Nothing is written where nothing is new.
    func replaceQuotas(with found: [ServerQuota], of account: AccountID) async throws
}

/// One folder as the server lists it.
public struct MailboxListing: Sendable, Hashable {
    public var path: String
    public var separator: String?
    public var role: MailboxRole?
    public var isSelectable: Bool
    public var isSubscribed: Bool
    public var isSynced: Bool

    public init(
        path: String, separator: String?, role: MailboxRole? = nil, isSelectable: Bool = true, isSubscribed: Bool = true,
        isSynced: Bool = true
    ) {
        self.path = path
        self.separator = separator
        self.role = role
        self.isSelectable = isSelectable
        self.isSubscribed = isSubscribed
        self.isSynced = isSynced
    }
}

/// A message as it comes in from its server.
public struct IncomingEmail: Sendable {
    public var uid: UInt32
    public var modSeq: UInt64
    public var keywords: Set<String>
    public var receivedAt: Timestamp
    public var content: EmailContent
    /// nil: the header only.
    public var source: [UInt8]?
    /// nil: a search finds it once ``MailIndexing`` comes to it.
    public var searchText: SearchText?
    /// EMAILID (RFC 8474) or X-GM-MSGID.
    public var serverEmailID: String?
    /// THREADID or X-GM-THRID.
    public var serverThreadID: String?
    /// Marked `\Deleted`.
    public var isDeleted: Bool
    /// Where the message is a report on another one: kept with that one's submission, if it is one of this account.
    public var report: IncomingReport?
    /// What the store has worked out already (``MailSyncing/prepared(_:)``).
    public var prepared: (any PreparedObject)?

    public init(
        uid: UInt32, modSeq: UInt64 = 0, keywords: Set<String>, receivedAt: Timestamp, content: EmailContent, source: [UInt8]?,
        searchText: SearchText?, serverEmailID: String? = nil, serverThreadID: String? = nil, isDeleted: Bool = false,
        report: IncomingReport? = nil
    ) {
        self.uid = uid
        self.modSeq = modSeq
        self.keywords = keywords
        self.receivedAt = receivedAt
        self.content = content
        self.source = source
        self.searchText = searchText
        self.serverEmailID = serverEmailID
        self.serverThreadID = serverThreadID
        self.isDeleted = isDeleted
        self.report = report
    }
}

public struct IncomingSource: Sendable {
    public var emailID: EmailID
    public var source: [UInt8]
    public var content: EmailContent
    /// nil: a search finds its text once ``MailIndexing`` comes to it.
    public var searchText: SearchText?
    public var report: IncomingReport?

    public init(emailID: EmailID, source: [UInt8], content: EmailContent, searchText: SearchText?, report: IncomingReport? = nil) {
        self.emailID = emailID
        self.source = source
        self.content = content
        self.searchText = searchText
        self.report = report
    }
}

/// The words of a message for the full text index, already normalised (`SearchNormalizer`), separated by spaces, a field each.
public struct SearchText: Sendable, Hashable {
    public var subject: String
    public var from: String
    public var to: String
    public var cc: String
    public var bcc: String
    public var body: String

    public init(subject: String = "", from: String = "", to: String = "", cc: String = "", bcc: String = "", body: String = "") {
        self.subject = subject
        self.from = from
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.body = body
    }
}

public struct MirroredMessage: Sendable, Hashable {
    public var uid: UInt32
    public var emailID: EmailID
    public var modSeq: UInt64
    /// Of a hidden copy `$seen` alone.
    public var keywords: Set<String>
    /// Marked `\Deleted`, so that it shows nowhere.
    public var isHidden: Bool

    public init(uid: UInt32, emailID: EmailID, modSeq: UInt64, keywords: Set<String>, isHidden: Bool = false) {
        self.uid = uid
        self.emailID = emailID
        self.modSeq = modSeq
        self.keywords = keywords
        self.isHidden = isHidden
    }

    /// Whether the server says of it what is known.
    func agrees(with flags: [String]) -> Bool {
        guard KeywordMap.isDeleted(flags) == isHidden else { return false }
        let theirs = KeywordMap.keywords(of: flags)
        return isHidden ? theirs.contains("$seen") == keywords.contains("$seen") : theirs == keywords
    }
}

public struct MissingSource: Sendable, Hashable {
    public var emailID: EmailID
    public var mailboxID: MailboxID
    public var uid: UInt32
    public var size: Int

    public init(emailID: EmailID, mailboxID: MailboxID, uid: UInt32, size: Int) {
        self.emailID = emailID
        self.mailboxID = mailboxID
        self.uid = uid
        self.size = size
    }
}

public struct ServerFlags: Sendable, Hashable {
    public var uid: UInt32
    public var keywords: Set<String>
    public var modSeq: UInt64
    /// Marked `\Deleted`.
    public var isDeleted: Bool

    public init(uid: UInt32, keywords: Set<String>, modSeq: UInt64 = 0, isDeleted: Bool = false) {
        self.uid = uid
        self.keywords = keywords
        self.modSeq = modSeq
        self.isDeleted = isDeleted
    }
}
