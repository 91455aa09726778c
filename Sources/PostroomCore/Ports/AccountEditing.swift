/// Everything that one call of a person changes in an account, object after object within one transaction.
///
/// It lives for the time of the closure that `MailEditing.edit` runs, and what it reads is what that transaction sees. Failures are
/// `StoreError`.
public protocol AccountEditing: AnyObject {
    /// Does what `body` does or, where that throws, leaves no trace of it: an object that is refused does not undo the others.
    func attempt<Value>(_ body: () throws -> Value) throws -> Value

    /// In the order of `ids`; unknown ids are left out.
    func emails(_ ids: [EmailID]) throws -> [EmailRecord]
    /// As ``MailReading/presentIDs(of:account:)``.
    func presentIDs(of emails: [EmailID]) throws -> [EmailID: EmailID]
    /// `email` comes from `MailEditing.prepare`. Throws `notFound` where one of its mailboxes is not there.
    func createEmail(_ email: any PreparedObject) throws -> EmailRecord
    /// Throws `notFound` for an email or a mailbox that is not there.
    func updateEmails(_ updates: [EmailUpdate]) throws
    /// Returns those that were there.
    func destroyEmails(_ ids: [EmailID]) throws -> Set<EmailID>

    func mailboxes() throws -> [Mailbox]
    func createMailbox(name: String, parentID: MailboxID?, role: MailboxRole?, isSubscribed: Bool) throws -> Mailbox
    /// Name and parent (RENAME on the server, paths of children follow), subscription, sort order.
    func updateMailbox(_ mailbox: Mailbox) throws
    /// What a user who is not the owner wants to see.
    func subscriptions(of user: UserID) throws -> [MailboxID: Bool]
    func setSubscription(_ isSubscribed: Bool, to mailbox: MailboxID, of user: UserID) throws
    /// With its emails where `removingEmails`; else throws `inUse` while it has any. Throws `inUse` while it has children.
    func destroyMailbox(_ id: MailboxID, removingEmails: Bool) throws

    func identities() throws -> [Identity]
    /// The id of `identity` does not matter: the store gives one out.
    func addIdentity(_ identity: Identity) throws -> Identity
    func updateIdentity(_ identity: Identity) throws
    func removeIdentity(_ id: IdentityID) throws -> Bool

    func submissions(_ ids: [SubmissionID]) throws -> [Submission]
    /// The ids of `submission` and of its blob do not matter: the store gives them out. `wire` comes from `MailEditing.prepare`.
    func addSubmission(_ submission: Submission, wire: any PreparedObject) throws -> Submission
    func updateSubmission(_ submission: Submission) throws
    /// queued -> sending for one sender alone; false where another has it or it is no longer queued.
    func claimSubmission(_ id: SubmissionID) throws -> Bool
    func removeSubmission(_ id: SubmissionID) throws -> Bool
}

/// What the store has hashed and compressed already, so that the transaction that writes it holds others up for a moment only.
public protocol PreparedObject: Sendable {
    /// Octets that are held until it is written.
    var size: Int { get }
}

/// What a transaction gave back, and the states of the type that it was about.
public struct Edited<Value: Sendable>: Sendable {
    public var value: Value
    /// Before and after, with nothing of others between them.
    public var oldState: Int64
    public var newState: Int64

    public init(value: Value, oldState: Int64, newState: Int64) {
        self.value = value
        self.oldState = oldState
        self.newState = newState
    }
}
