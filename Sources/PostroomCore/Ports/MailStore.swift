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
    /// What a user who is not the owner has chosen to see, mailbox by mailbox; nothing for those where nothing was chosen.
    func subscriptions(of account: AccountID, user: UserID) async throws -> [MailboxID: Bool]

    /// In the order of `ids`; unknown ids are left out.
    func emails(_ ids: [EmailID], of account: AccountID) async throws -> [EmailRecord]
    /// The same and the Email state that they are of, in one look.
    func emailsAndState(_ ids: [EmailID], of account: AccountID) async throws -> (emails: [EmailRecord], state: Int64)
    /// The emails of each thread, oldest first (RFC 8621 §3); unknown threads are left out.
    func threads(_ ids: [ThreadID], of account: AccountID) async throws -> [ThreadID: [EmailID]]
    func query(_ query: EmailQuery, window: QueryWindow, of account: AccountID) async throws -> QueryPage
    /// Ids of emails with this Message-ID.
    func emails(withMessageID messageID: String, of account: AccountID) async throws -> [EmailID]
    /// Emails of threads that grew together have new ids (RFC 8621 §3): those of now by those of before; what never had another is left out.
    func presentIDs(of emails: [EmailID], account: AccountID) async throws -> [EmailID: EmailID]
    func placements(of emails: [EmailID], account: AccountID) async throws -> [Placement]
    /// The email's whole source, nil while only its header is here.
    func source(of email: EmailID, account: AccountID) async throws -> [UInt8]?
    /// Bytes are readable by accounts that hold them and nobody else, uploads by those alone who uploaded them.
    func holdsBlob(_ blob: BlobID, account: AccountID, for user: UserID) async throws -> Bool

    func identities(of account: AccountID) async throws -> [Identity]
    /// What the mail server last said of its quotas, in a lasting order.
    func quotas(of account: AccountID) async throws -> [Quota]
    func submissions(_ ids: [SubmissionID]?, of account: AccountID) async throws -> [Submission]
    /// Those of messages with these Message-IDs that were not canceled, newest first.
    func submissions(of messageIDs: [String], account: AccountID) async throws -> [Submission]
}

extension MailReading {
    /// The email that has or had this id; nil where it is not there any more.
    public func email(nowOrBefore id: EmailID, of account: AccountID) async throws -> EmailRecord? {
        let present = try await presentIDs(of: [id], account: account)[id] ?? id
        return try await emails([present], of: account).first
    }
}

/// Writes that a person asked for. They show at once, and what the server must learn is queued in the same transaction.
public protocol MailEditing: Sendable {
    /// Runs `body` as one transaction: all of what it does or, where it throws, nothing. `type`: whose state `ifInState` is about and
    /// is told. `isDurable`: on the disk when it returns, power cut or not.
    func edit<Value: Sendable>(
        _ account: AccountID, _ type: DataType, ifInState: Int64?, isDurable: Bool,
        _ body: @escaping @Sendable (any AccountEditing) throws -> Value
    ) async throws -> Edited<Value>

    /// Makes an email ready to be stored. Throws `overQuota` or `diskFull` where there is no room for it.
    func prepare(_ email: NewEmail, of account: AccountID) async throws -> any PreparedObject
    /// Makes a submission's message ready to be stored.
    func prepare(wire: [UInt8]) async throws -> any PreparedObject
}

extension MailEditing {
    /// All or none of the updates. Returns the new Email state.
    public func update(_ updates: [EmailUpdate], ifInState: Int64?, of account: AccountID) async throws -> Int64 {
        try await edit(account, .email, ifInState: ifInState, isDurable: false) { try $0.updateEmails(updates) }.newState
    }

    /// Makes messages of ours Emails, queues their APPENDs; all or none. The emails keep their ids when the server's copies come in.
    public func createEmails(_ emails: [NewEmail], of account: AccountID) async throws -> [EmailRecord] {
        if emails.isEmpty { return [] }
        var prepared: [any PreparedObject] = []
        for email in emails { prepared.append(try await prepare(email, of: account)) }
        // What is only here until the server has it must outlive a failure of power.
        return try await edit(account, .email, ifInState: nil, isDurable: true) { [prepared] editing in
            try prepared.map { try editing.createEmail($0) }
        }.value
    }

    /// Removes the emails from every mailbox, here and on the server, for good. Returns those that were not there.
    public func destroyEmails(_ ids: [EmailID], ifInState: Int64?, of account: AccountID) async throws -> [EmailID] {
        let there = try await edit(account, .email, ifInState: ifInState, isDurable: false) { try $0.destroyEmails(ids) }.value
        return ids.filter { !there.contains($0) }
    }

    public func createEmail(_ email: NewEmail, of account: AccountID) async throws -> EmailRecord {
        guard let created = try await createEmails([email], of: account).first else { throw StoreError.failed("an email was not made") }
        return created
    }

    // One thing at a time, each a transaction of its own.

    public func createMailbox(
        name: String, parentID: MailboxID?, role: MailboxRole?, isSubscribed: Bool, of account: AccountID
    ) async throws -> Mailbox {
        try await edit(account, .mailbox, ifInState: nil, isDurable: false) {
            try $0.createMailbox(name: name, parentID: parentID, role: role, isSubscribed: isSubscribed)
        }.value
    }

    public func updateMailbox(_ mailbox: Mailbox, of account: AccountID) async throws {
        _ = try await edit(account, .mailbox, ifInState: nil, isDurable: false) { try $0.updateMailbox(mailbox) }
    }

    public func destroyMailbox(_ id: MailboxID, removingEmails: Bool, of account: AccountID) async throws {
        _ = try await edit(account, .mailbox, ifInState: nil, isDurable: false) {
            try $0.destroyMailbox(id, removingEmails: removingEmails)
        }
    }

    public func addIdentity(_ identity: Identity, of account: AccountID) async throws -> Identity {
        try await edit(account, .identity, ifInState: nil, isDurable: true) { try $0.addIdentity(identity) }.value
    }

    public func updateIdentity(_ identity: Identity, of account: AccountID) async throws {
        _ = try await edit(account, .identity, ifInState: nil, isDurable: true) { try $0.updateIdentity(identity) }
    }

    public func removeIdentity(_ id: IdentityID, of account: AccountID) async throws -> Bool {
        try await edit(account, .identity, ifInState: nil, isDurable: true) { try $0.removeIdentity(id) }.value
    }

    public func addSubmission(_ submission: Submission, wire: [UInt8], of account: AccountID) async throws -> Submission {
        let wire = try await prepare(wire: wire)
        return try await edit(account, .submission, ifInState: nil, isDurable: true) { try $0.addSubmission(submission, wire: wire) }.value
    }

    /// Writes state, verdicts and times before the step that they name is taken; durable when it returns.
    public func updateSubmission(_ submission: Submission, of account: AccountID) async throws {
        _ = try await edit(account, .submission, ifInState: nil, isDurable: true) { try $0.updateSubmission(submission) }
    }

    /// queued -> sending for one sender alone; false where another has it or it is no longer queued.
    public func claimSubmission(_ id: SubmissionID, of account: AccountID) async throws -> Bool {
        try await edit(account, .submission, ifInState: nil, isDurable: true) { try $0.claimSubmission(id) }.value
    }

    public func removeSubmission(_ id: SubmissionID, of account: AccountID) async throws -> Bool {
        try await edit(account, .submission, ifInState: nil, isDurable: true) { try $0.removeSubmission(id) }.value
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
    /// An upload: kept for its account until `expiresAt` unless an email takes it over, or until a later one needs the room.
    func addUpload(_ bytes: [UInt8], type: String, expiresAt: Timestamp, of account: AccountID, by user: UserID) async throws -> BlobID
    func blob(_ id: BlobID, of account: AccountID) async throws -> [UInt8]?
    /// nil also for what others have uploaded (RFC 8620 §6.1).
    func blob(_ id: BlobID, of account: AccountID, for user: UserID) async throws -> [UInt8]?
    func removeExpiredUploads(before: Timestamp) async throws
}

/// The outbox's rows, as its runner looks for them; `MailEditing` changes them.
public protocol OutboxStore: Sendable {
    /// Submissions that are not final and due, oldest first.
    func dueSubmissions(at: Timestamp, of account: AccountID) async throws -> [Submission]
    /// Submissions that are not final, and those that were sent and have no copy in Sent yet, oldest first.
    func unsettledSubmissions(of account: AccountID) async throws -> [Submission]
    /// When the next one falls due; nil: none waits.
    func nextSubmissionTime(of account: AccountID) async throws -> Timestamp?
    func wire(of submission: SubmissionID, account: AccountID) async throws -> [UInt8]?
}
