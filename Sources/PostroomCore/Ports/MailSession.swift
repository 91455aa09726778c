import MailProtocol

/// One signed-in connection to an account's mail server, in the terms of sync: what a folder holds, what has changed, do this.
///
/// The adapter picks the commands. A session does one thing at a time, but a wait (``waitForChanges(atMost:)``) can be ended
/// by ``stopWaiting()``. Failures are ``MailFailure``; after one with `isConnectionUsable == false` the session is of no more use.
public protocol MailSession: Sendable {
    /// What the server can do, known since sign-in.
    var abilities: SessionAbilities { get }

    /// Every folder, with its numbers where the server gives them in the same round trip (LIST-STATUS).
    func mailboxes(withStatus: Bool) async throws -> [ServerMailbox]
    func status(of path: String) async throws -> ServerMailboxStatus
    /// Makes `path` the selected mailbox. `resuming` is where the mirror stands; where the server offers QRESYNC, what changed
    /// since then comes with the answer.
    func select(_ path: String, resuming cursor: SyncCursor?) async throws -> SelectedMailbox
    /// Both at once, in one round trip where the server allows: `path` as ``select(_:resuming:)``, nil where it can't be opened, and then
    /// every folder as ``mailboxes(withStatus:)``.
    func resume(_ path: String, from cursor: SyncCursor) async throws -> (opened: SelectedMailbox?, mailboxes: [ServerMailbox])

    // In the selected mailbox
    /// Messages it holds, as the server last said.
    var messageCount: Int { get async }
    func fetch(_ messages: MessageRange, _ what: FetchScope) async throws -> [ServerMessage]
    /// What is to be known of messages before they are fetched, and no more: for INTERNALDATE a server may take as long as for all of this.
    func sizes(of uids: UIDSet) async throws -> [MessageSize]
    /// Messages whose flags changed since `modSeq`, and the UIDs that are gone where the server offers QRESYNC.
    func changes(since modSeq: UInt64) async throws -> MailboxChanges
    func search(_ criterion: ServerSearch) async throws -> UIDSet
    func store(_ uids: UIDSet, add: [String], remove: [String], unchangedSince: UInt64?) async throws -> StoreResult
    /// MOVE, or COPY, \Deleted and UID EXPUNGE where the server has no MOVE. Throws `retry: .never` where neither is safe.
    func move(_ uids: UIDSet, to path: String) async throws -> CopiedUIDs?
    func copy(_ uids: UIDSet, to path: String) async throws -> CopiedUIDs?
    /// Removes these messages and no others.
    func expunge(_ uids: UIDSet) async throws

    // Anywhere
    func append(_ message: [UInt8], to path: String, flags: [String], receivedAt: Timestamp) async throws -> CopiedUIDs?
    func create(_ path: String) async throws
    func rename(_ path: String, to newPath: String) async throws
    func delete(_ path: String) async throws
    func subscribe(_ path: String, _ isSubscribed: Bool) async throws
    /// How full the account is (RFC 9208), by the inbox's quota roots; empty where the server does not tell.
    func quotas() async throws -> [ServerQuota]

    /// Waits (IDLE) until the server says something about the selected mailbox, `stopWaiting` is called or the time is over.
    /// Without IDLE it only waits. Returns what was said; throws where the line is dead.
    func waitForChanges(atMost limit: Duration) async throws -> [SessionEvent]
    func stopWaiting()
    /// From now on `waitForChanges` tells of every mailbox, not of the selected one alone (NOTIFY, RFC 5465); false where the server does not.
    func watchAllMailboxes() async throws -> Bool
    /// A round trip that proves the line is alive (NOOP); what the server took the chance to say.
    func ping() async throws -> [SessionEvent]
    /// Signs out if that is quick, and closes.
    func close() async
}

extension MailSession {
    /// ``resume(_:from:)`` one after the other.
    public func resumeInTurn(_ path: String, from cursor: SyncCursor) async throws -> (opened: SelectedMailbox?, mailboxes: [ServerMailbox])
    {
        var opened: SelectedMailbox?
        do {
            opened = try await select(path, resuming: cursor)
        } catch let failure as MailFailure where failure.isConnectionUsable && failure.retry != .afterAttention {
            // It is asked for again after the list, and the refusal kept.
        }
        return (opened, try await mailboxes(withStatus: true))
    }
}

/// Opens sessions.
public protocol MailSessionOpening: Sendable {
    func open(_ connection: ConnectionDetails) async throws -> any MailSession
}

/// What a session's server offers.
public struct SessionAbilities: Sendable, Hashable {
    public var idle: Bool
    public var condStore: Bool
    public var qResync: Bool
    public var move: Bool
    public var uidPlus: Bool
    public var listStatus: Bool
    public var specialUse: Bool
    /// The server names messages by an id of its own: OBJECTID or X-GM-EXT-1.
    public var emailIDs: Bool
    /// The same message shows in several folders as labels (Gmail).
    public var isGmail: Bool

    public init(
        idle: Bool = false, condStore: Bool = false, qResync: Bool = false, move: Bool = false, uidPlus: Bool = false,
        listStatus: Bool = false, specialUse: Bool = false, emailIDs: Bool = false, isGmail: Bool = false
    ) {
        self.idle = idle
        self.condStore = condStore
        self.qResync = qResync
        self.move = move
        self.uidPlus = uidPlus
        self.listStatus = listStatus
        self.specialUse = specialUse
        self.emailIDs = emailIDs
        self.isGmail = isGmail
    }
}

/// One folder as the server lists it.
public struct ServerMailbox: Sendable, Hashable {
    public var path: String
    public var separator: String?
    /// By the server's word alone (SPECIAL-USE, XLIST); INBOX by its name.
    public var role: MailboxRole?
    public var isSelectable: Bool
    public var isSubscribed: Bool
    public var status: ServerMailboxStatus?

    public init(
        path: String, separator: String? = "/", role: MailboxRole? = nil, isSelectable: Bool = true, isSubscribed: Bool = true,
        status: ServerMailboxStatus? = nil
    ) {
        self.path = path
        self.separator = separator
        self.role = role
        self.isSelectable = isSelectable
        self.isSubscribed = isSubscribed
        self.status = status
    }
}

/// A folder's numbers: enough to see whether anything in it has changed.
public struct ServerMailboxStatus: Sendable, Hashable {
    public var uidValidity: UInt32
    public var uidNext: UInt32
    public var messages: Int
    public var unseen: Int?
    /// nil: the server has none.
    public var highestModSeq: UInt64?

    public init(uidValidity: UInt32, uidNext: UInt32, messages: Int, unseen: Int? = nil, highestModSeq: UInt64? = nil) {
        self.uidValidity = uidValidity
        self.uidNext = uidNext
        self.messages = messages
        self.unseen = unseen
        self.highestModSeq = highestModSeq
    }
}

/// The answer to SELECT.
public struct SelectedMailbox: Sendable, Hashable {
    public var status: ServerMailboxStatus
    /// Flags that the server keeps; `\*` among them: any keyword.
    public var permanentFlags: [String]
    public var isReadOnly: Bool
    /// What changed since the cursor that was given; nil where the server did not say (no QRESYNC, or another UIDVALIDITY).
    public var changes: MailboxChanges?

    public init(status: ServerMailboxStatus, permanentFlags: [String] = ["\\*"], isReadOnly: Bool = false, changes: MailboxChanges? = nil) {
        self.status = status
        self.permanentFlags = permanentFlags
        self.isReadOnly = isReadOnly
        self.changes = changes
    }
}

/// What has changed in a mailbox since a mod-sequence.
public struct MailboxChanges: Sendable, Hashable {
    public var flags: [FetchedFlags]
    /// UIDs that are gone; nil where the server does not tell (no QRESYNC).
    public var vanished: UIDSet?

    public init(flags: [FetchedFlags] = [], vanished: UIDSet? = nil) {
        self.flags = flags
        self.vanished = vanished
    }
}

/// A message's flags as the server names them.
public struct FetchedFlags: Sendable, Hashable {
    public var uid: UInt32
    public var flags: [String]
    /// 0: the server has none.
    public var modSeq: UInt64

    public init(uid: UInt32, flags: [String], modSeq: UInt64 = 0) {
        self.uid = uid
        self.flags = flags
        self.modSeq = modSeq
    }

    public var isDeleted: Bool { KeywordMap.isDeleted(flags) }
}

/// Which messages of the selected mailbox.
public enum MessageRange: Sendable, Hashable {
    case uids(UIDSet)
    /// This UID and everything above.
    case from(UInt32)
    /// So many of the newest.
    case newest(Int)
}

/// How much of each message.
public enum FetchScope: String, Sendable, Hashable {
    /// UID, flags, size, INTERNALDATE, server ids.
    case summary
    /// The same with whether something is attached, those fields of the header that ENVELOPE has, which servers keep at hand, and References:
    /// all that a list shows.
    case envelope
    /// The same without References and with an estimate in place of the size: for these a server may have to go through the names of a whole
    /// folder.
    case listing
    /// The same as `summary` with the header and whether something is attached.
    case header
    /// The same as `summary` with the beginning of the source, ``beginningOctets`` at most: of most messages that is all.
    case beginning
    /// The same as `summary` with the whole source.
    case source

    public static let beginningOctets = 64 << 10
}

/// How large a message is on the server, in octets.
public struct MessageSize: Sendable, Hashable {
    public var uid: UInt32
    public var size: Int
    public var isDeleted: Bool

    public init(uid: UInt32, size: Int, isDeleted: Bool = false) {
        self.uid = uid
        self.size = size
        self.isDeleted = isDeleted
    }
}

/// A message as the server gave it; nothing in it is marked read by that.
public struct ServerMessage: Sendable, Hashable {
    public var uid: UInt32
    public var flags: [String]
    public var modSeq: UInt64
    public var receivedAt: Timestamp
    public var size: Int
    /// The header for `FetchScope.header`, `.envelope` and `.listing`, the whole message for `.source`, its beginning for `.beginning`; nil where the
    /// server gave none.
    public var bytes: [UInt8]?
    /// What BODYSTRUCTURE tells; nil where it was not asked for.
    public var hasAttachment: Bool?
    public var emailID: String?
    public var threadID: String?

    public init(
        uid: UInt32, flags: [String] = [], modSeq: UInt64 = 0, receivedAt: Timestamp, size: Int, bytes: [UInt8]? = nil,
        hasAttachment: Bool? = nil, emailID: String? = nil, threadID: String? = nil
    ) {
        self.uid = uid
        self.flags = flags
        self.modSeq = modSeq
        self.receivedAt = receivedAt
        self.size = size
        self.bytes = bytes
        self.hasAttachment = hasAttachment
        self.emailID = emailID
        self.threadID = threadID
    }

    public var isDeleted: Bool { KeywordMap.isDeleted(flags) }

    /// Whether a beginning is the whole message: it ended before it had to, and nothing of the size is missing.
    public var isWhole: Bool { bytes.map { $0.count < FetchScope.beginningOctets && $0.count >= size } ?? false }
}

/// What sync asks a server to look for in the selected mailbox.
public enum ServerSearch: Sendable, Hashable {
    case all
    case uids(UIDSet)
    /// INTERNALDATE on that day or later.
    case since(Timestamp)
    /// The header field Message-ID has this id; `since`: received on that day or later.
    case messageID(String, since: Timestamp?)
    /// Messages of which all of these hold.
    case words([ServerSearchTerm])
}

/// What a server can be asked for in words (RFC 9051 §6.4.4).
public enum ServerSearchTerm: Sendable, Hashable {
    case text(String), from(String), to(String), cc(String), bcc(String), subject(String), body(String)
}

/// What STORE did.
public struct StoreResult: Sendable, Hashable {
    /// Messages that someone else changed meanwhile (UNCHANGEDSINCE): left alone.
    public var modified: UIDSet

    public init(modified: UIDSet = []) {
        self.modified = modified
    }
}

/// The UIDs that messages got in the folder they came to (COPYUID, APPENDUID).
public struct CopiedUIDs: Sendable, Hashable {
    public var uidValidity: UInt32
    /// Source UID -> new UID; for an append the source is 0.
    public var uids: [UInt32: UInt32]

    public init(uidValidity: UInt32, uids: [UInt32: UInt32]) {
        self.uidValidity = uidValidity
        self.uids = uids
    }
}

/// What a server said on its own.
public enum SessionEvent: Sendable, Hashable {
    /// The selected mailbox holds more messages.
    case arrived
    /// Messages of the selected mailbox are gone.
    case removed
    /// Flags in the selected mailbox changed.
    case flagsChanged
    /// Another mailbox changed (NOTIFY).
    case otherMailbox(path: String)
}
