import MailMIME

/// Who mail is sent as (RFC 8621 §6).
public struct Identity: Sendable, Hashable {
    public let id: IdentityID
    public var name: String
    public var email: String
    public var replyTo: [MailAddress]
    public var bcc: [MailAddress]
    public var textSignature: String
    public var htmlSignature: String
    public var mayDelete: Bool

    public init(
        id: IdentityID, name: String, email: String, replyTo: [MailAddress] = [], bcc: [MailAddress] = [], textSignature: String = "",
        htmlSignature: String = "", mayDelete: Bool = true
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.replyTo = replyTo
        self.bcc = bcc
        self.textSignature = textSignature
        self.htmlSignature = htmlSignature
        self.mayDelete = mayDelete
    }
}

/// One act of sending (RFC 8621 §7). The outbox is the set of those whose `state` is not final.
public struct Submission: Sendable, Hashable {
    /// Where an act of sending stands. Written to the store before the step that it names is taken.
    public enum State: String, Sendable, Codable {
        /// Waits for `sendAt` or for a sender to take it.
        case queued
        /// A sender holds it; nothing that could deliver it has been said yet.
        case sending
        /// The final dot is being sent: from here on a lost connection leaves the outcome unknown.
        case finalDot
        /// The server took it for at least one recipient. Final.
        case sent
        /// Every recipient or the message itself was refused for good. Final.
        case refused
        /// Nobody knows: looked for in Sent, else a person decides. Never sent again by itself. Final until decided.
        case unknown
        case canceled
    }

    public let id: SubmissionID
    public var identityID: IdentityID
    public var emailID: EmailID?
    public var threadID: ThreadID?
    /// The wire form of the message: without Bcc.
    public var blobID: BlobID
    public var messageID: String
    public var mailFrom: String
    public var recipients: [RecipientStatus]
    public var state: State
    public var sendAt: Timestamp
    public var createdAt: Timestamp
    public var attempts: Int
    public var nextAttemptAt: Timestamp?
    /// Why it is not sent (yet).
    public var diagnosis: Diagnosis?
    /// The server's last words, for people.
    public var serverReply: String
    /// A copy is in the Sent mailbox (or found there).
    public var isCopied: Bool
    /// What becomes of the Email when it is sent (RFC 8621 §7.5), done by the outbox so that it survives a restart.
    public var onSuccess: OnSuccess
    /// What came back about it, in the order of receipt. Kept apart: whoever writes a submission does not write these.
    public var reports: [SubmissionReport]

    public init(
        id: SubmissionID, identityID: IdentityID, emailID: EmailID?, threadID: ThreadID?, blobID: BlobID, messageID: String,
        mailFrom: String, recipients: [RecipientStatus], state: State = .queued, sendAt: Timestamp, createdAt: Timestamp,
        attempts: Int = 0, nextAttemptAt: Timestamp? = nil, diagnosis: Diagnosis? = nil, serverReply: String = "", isCopied: Bool = false,
        onSuccess: OnSuccess = OnSuccess(), reports: [SubmissionReport] = []
    ) {
        self.id = id
        self.identityID = identityID
        self.emailID = emailID
        self.threadID = threadID
        self.blobID = blobID
        self.messageID = messageID
        self.mailFrom = mailFrom
        self.recipients = recipients
        self.state = state
        self.sendAt = sendAt
        self.createdAt = createdAt
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.diagnosis = diagnosis
        self.serverReply = serverReply
        self.isCopied = isCopied
        self.onSuccess = onSuccess
        self.reports = reports
    }
}

extension Submission {
    /// What becomes of the Email once it is sent.
    public struct OnSuccess: Sendable, Hashable, Codable {
        /// `onSuccessUpdateEmail`: keywords and mailboxes to set and to remove.
        public var addKeywords: [String]
        public var removeKeywords: [String]
        public var addMailboxes: [MailboxID]
        public var removeMailboxes: [MailboxID]
        /// `onSuccessDestroyEmail`
        public var destroy: Bool

        public init(
            addKeywords: [String] = [], removeKeywords: [String] = [], addMailboxes: [MailboxID] = [], removeMailboxes: [MailboxID] = [],
            destroy: Bool = false
        ) {
            self.addKeywords = addKeywords
            self.removeKeywords = removeKeywords
            self.addMailboxes = addMailboxes
            self.removeMailboxes = removeMailboxes
            self.destroy = destroy
        }
    }

    /// One recipient and the server's verdict on it (RFC 8621 §7, `deliveryStatus`).
    public struct RecipientStatus: Sendable, Hashable, Codable {
        public enum Verdict: String, Sendable, Codable {
            case pending, accepted, refused, tryLater
        }

        public var address: String
        public var verdict: Verdict
        /// The server's reply, `550 5.1.1 ...`; empty while there is none.
        public var reply: String

        public init(address: String, verdict: Verdict = .pending, reply: String = "") {
            self.address = address
            self.verdict = verdict
            self.reply = reply
        }
    }
}
