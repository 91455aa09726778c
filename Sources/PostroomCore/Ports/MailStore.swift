import MailMIME

/// The store of mail. Everything is keyed by account first.
///
/// Every method is one transaction; every write bumps the account's state, appends to its change log and, once committed,
/// is told to `changes()`. Failures are `StoreError`.
public typealias MailStore = MailReading & MailEditing & MailSyncing & MailIndexing & MailThreading & MailQuarantine & OutboxStore
    & BlobStore & ChangeFeed

/// Who hears of commits: the event stream, webhooks, sync tasks that wait for queued operations.
public protocol ChangeFeed: Sendable {
    /// Every commit from now on; buffered without bound only up to coalescing: a slow reader gets merged states, never none.
    func stateChanges() -> AsyncStream<StateChange>
}

public protocol MailReading: Sendable {
    /// The state of every data type, 0 where nothing ever changed.
    func states(of account: AccountID) async throws -> [DataType: Int64]
    /// Throws `cannotCalculateChanges` for a state that was never given out or is no longer covered.
    func changes(of account: AccountID, type: DataType, since: Int64, limit: Int?) async throws -> ChangeSet

    func mailboxes(of account: AccountID) async throws -> [Mailbox]

    /// In the order of `ids`; unknown ids are left out.
    func emails(_ ids: [EmailID], of account: AccountID) async throws -> [EmailRecord]
    /// The emails of each thread, oldest first (RFC 8621 §3); unknown threads are left out.
    func threads(_ ids: [ThreadID], of account: AccountID) async throws -> [ThreadID: [EmailID]]
    func query(_ query: EmailQuery, window: QueryWindow, of account: AccountID) async throws -> QueryPage
    /// Ids of emails with this Message-ID.
    func emails(withMessageID messageID: String, of account: AccountID) async throws -> [EmailID]
    func placements(of emails: [EmailID], account: AccountID) async throws -> [Placement]
    /// The email's whole source, nil while only its header is here.
    func source(of email: EmailID, account: AccountID) async throws -> [UInt8]?
    /// Message source is readable by accounts that hold it and nobody else.
    func holdsBlob(_ blob: BlobID, account: AccountID) async throws -> Bool

    func identities(of account: AccountID) async throws -> [Identity]
    /// What the mail server last said of its quotas, in a lasting order.
    func quotas(of account: AccountID) async throws -> [Quota]
    func submissions(_ ids: [SubmissionID]?, of account: AccountID) async throws -> [Submission]
}

/// Writes that a person asked for. They show at once, and what the server must learn is queued in the same transaction.
public protocol MailEditing: Sendable {
    /// All of the edits or none, as one step of the log. `ifInState`: the Email state that must hold.
    func edit(_ edits: EmailEdits, ifInState: Int64?, of account: AccountID) async throws -> EditedEmails

    func createMailbox(name: String, parentID: MailboxID?, role: MailboxRole?, isSubscribed: Bool, of account: AccountID) async throws
        -> Mailbox
    /// Name and parent (RENAME on the server, paths of children follow), subscription, sort order.
    func updateMailbox(_ mailbox: Mailbox, of account: AccountID) async throws
    /// With its emails where `removingEmails`; else throws `inUse` while it has any. Throws `inUse` while it has children.
    func destroyMailbox(_ id: MailboxID, removingEmails: Bool, of account: AccountID) async throws

    func addIdentity(_ identity: Identity, of account: AccountID) async throws -> Identity
    func updateIdentity(_ identity: Identity, of account: AccountID) async throws
    func removeIdentity(_ id: IdentityID, of account: AccountID) async throws -> Bool
}

extension MailEditing {
    /// All or none of the updates. Returns the new Email state.
    public func update(_ updates: [EmailUpdate], ifInState: Int64?, of account: AccountID) async throws -> Int64 {
        try await edit(EmailEdits(updates: updates), ifInState: ifInState, of: account).newState
    }

    /// Makes messages of ours Emails, queues their APPENDs; all or none. The emails keep their ids when the server's copies come in.
    public func createEmails(_ emails: [NewEmail], of account: AccountID) async throws -> [EmailRecord] {
        emails.isEmpty ? [] : try await edit(EmailEdits(creates: emails), ifInState: nil, of: account).created
    }

    /// Removes the emails from every mailbox, here and on the server, for good. Returns those that were not there.
    public func destroyEmails(_ ids: [EmailID], ifInState: Int64?, of account: AccountID) async throws -> [EmailID] {
        try await edit(EmailEdits(destroys: ids), ifInState: ifInState, of: account).missing
    }

    public func createEmail(_ email: NewEmail, of account: AccountID) async throws -> EmailRecord {
        guard let created = try await createEmails([email], of: account).first else { throw StoreError.failed("an email was not made") }
        return created
    }
}

/// What is to become of emails, all at once.
public struct EmailEdits: Sendable {
    public var creates: [NewEmail]
    /// Throws `notFound` for an email that is not there.
    public var updates: [EmailUpdate]
    /// Those that are not there are told.
    public var destroys: [EmailID]

    public init(creates: [NewEmail] = [], updates: [EmailUpdate] = [], destroys: [EmailID] = []) {
        self.creates = creates
        self.updates = updates
        self.destroys = destroys
    }

    public var isEmpty: Bool { creates.isEmpty && updates.isEmpty && destroys.isEmpty }
}

/// What became of `EmailEdits`.
public struct EditedEmails: Sendable {
    public var created: [EmailRecord]
    /// To be destroyed, and not there.
    public var missing: [EmailID]
    /// The Email states before and after, with nothing of others between them.
    public var oldState: Int64
    public var newState: Int64

    public init(created: [EmailRecord], missing: [EmailID], oldState: Int64, newState: Int64) {
        self.created = created
        self.missing = missing
        self.oldState = oldState
        self.newState = newState
    }
}

/// One email's changes: what is nil or empty stays.
public struct EmailUpdate: Sendable, Hashable {
    public var id: EmailID
    public var addKeywords: Set<String>
    public var removeKeywords: Set<String>
    public var addMailboxes: Set<MailboxID>
    public var removeMailboxes: Set<MailboxID>

    public init(
        id: EmailID, addKeywords: Set<String> = [], removeKeywords: Set<String> = [], addMailboxes: Set<MailboxID> = [],
        removeMailboxes: Set<MailboxID> = []
    ) {
        self.id = id
        self.addKeywords = addKeywords
        self.removeKeywords = removeKeywords
        self.addMailboxes = addMailboxes
        self.removeMailboxes = removeMailboxes
    }
}

/// A message that is made here: a draft, an import, a sent copy.
public struct NewEmail: Sendable {
    public var source: [UInt8]
    public var content: EmailContent
    public var searchText: SearchText
    public var mailboxIDs: Set<MailboxID>
    public var keywords: Set<String>
    public var receivedAt: Timestamp
    /// An email that this one takes the place of (a draft saved again): destroyed in the same transaction.
    public var replacing: EmailID?

    public init(
        source: [UInt8], content: EmailContent, searchText: SearchText, mailboxIDs: Set<MailboxID>, keywords: Set<String>,
        receivedAt: Timestamp, replacing: EmailID? = nil
    ) {
        self.source = source
        self.content = content
        self.searchText = searchText
        self.mailboxIDs = mailboxIDs
        self.keywords = keywords
        self.receivedAt = receivedAt
        self.replacing = replacing
    }
}

/// Stored bytes by their content: message sources and uploads.
public protocol BlobStore: Sendable {
    /// An upload: kept for its account until `expiresAt` unless an email takes it over.
    func addUpload(_ bytes: [UInt8], type: String, expiresAt: Timestamp, of account: AccountID) async throws -> BlobID
    func blob(_ id: BlobID, of account: AccountID) async throws -> [UInt8]?
    func removeExpiredUploads(before: Timestamp) async throws
}

/// The outbox's rows.
public protocol OutboxStore: Sendable {
    func addSubmission(_ submission: Submission, wire: [UInt8], of account: AccountID) async throws -> Submission
    /// Writes state, verdicts and times before the step that they name is taken; durable when it returns.
    func updateSubmission(_ submission: Submission, of account: AccountID) async throws
    /// Submissions that are not final and due, oldest first.
    func dueSubmissions(at: Timestamp, of account: AccountID) async throws -> [Submission]
    /// Submissions that are not final, and those that were sent and have no copy in Sent yet, oldest first.
    func unsettledSubmissions(of account: AccountID) async throws -> [Submission]
    /// When the next one falls due; nil: none waits.
    func nextSubmissionTime(of account: AccountID) async throws -> Timestamp?
    /// queued -> sending for one sender alone; false where another has it or it is no longer queued.
    func claimSubmission(_ id: SubmissionID, of account: AccountID) async throws -> Bool
    func wire(of submission: SubmissionID, account: AccountID) async throws -> [UInt8]?
    func removeSubmission(_ id: SubmissionID, of account: AccountID) async throws -> Bool
}
