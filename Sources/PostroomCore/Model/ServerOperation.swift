/// A write to the server that a person asked for: queued in the same transaction that shows it, then carried out.
public struct ServerOperation: Sendable, Hashable {
    public enum Kind: Sendable, Hashable, Codable {
        /// STORE +FLAGS / -FLAGS on one copy.
        case storeFlags(mailbox: MailboxID, uidValidity: UInt32, uids: [UInt32], add: [String], remove: [String])
        case move(from: MailboxID, uidValidity: UInt32, uid: UInt32, to: MailboxID)
        case copy(from: MailboxID, uidValidity: UInt32, uid: UInt32, to: MailboxID)
        /// STORE \Deleted and UID EXPUNGE of one copy.
        case expunge(mailbox: MailboxID, uidValidity: UInt32, uid: UInt32)
        case append(blob: BlobID, mailbox: MailboxID, flags: [String], receivedAt: Timestamp)
        case createMailbox(mailbox: MailboxID, path: String)
        case renameMailbox(mailbox: MailboxID, from: String, to: String)
        case deleteMailbox(path: String)
        case subscribe(path: String, isSubscribed: Bool)
    }

    public let id: OperationID
    public var kind: Kind
    public var emailID: EmailID?
    public var attempts: Int
    public var nextAttemptAt: Timestamp?
    public var createdAt: Timestamp

    public init(id: OperationID, kind: Kind, emailID: EmailID?, attempts: Int = 0, nextAttemptAt: Timestamp? = nil, createdAt: Timestamp) {
        self.id = id
        self.kind = kind
        self.emailID = emailID
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.createdAt = createdAt
    }
}
