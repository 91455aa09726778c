import MailProtocol

/// A message on its way out: who it is from and for, and its bytes with CRLF line ends.
public struct OutgoingMessage: Sendable, Equatable {
    public var mailFrom: String
    public var recipients: [String]
    public var bytes: [UInt8]

    public init(mailFrom: String, recipients: [String], bytes: [UInt8]) {
        self.mailFrom = mailFrom
        self.recipients = recipients
        self.bytes = bytes
    }
}

/// How one attempt to send ended.
public struct SendReport: Sendable, Equatable {
    public enum Result: String, Sendable, Codable {
        /// The server took the message for every recipient whose verdict is `accepted`.
        case accepted
        /// Refused for good: the message itself or every recipient.
        case refused
        /// Not taken now; nothing was delivered, so it may be tried again.
        case tryLater
        /// The final dot was on its way and no answer came: nobody knows.
        case unknown
    }

    public var result: Result
    /// The server's verdict on each recipient that it was asked about.
    public var recipients: [RecipientVerdict]
    /// The server's last words; empty where it said nothing.
    public var reply: String
    /// Why it was not accepted; nil where it was.
    public var diagnosis: Diagnosis?
    /// What it takes to try again, for `tryLater`.
    public var retry: MailFailure.Retry

    public init(
        _ result: Result, recipients: [RecipientVerdict] = [], reply: String = "", diagnosis: Diagnosis? = nil,
        retry: MailFailure.Retry = .later
    ) {
        self.result = result
        self.recipients = recipients
        self.reply = reply
        self.diagnosis = diagnosis
        self.retry = retry
    }
}

/// Hands messages to a submission server.
public protocol MessageSender: Sendable {
    /// One attempt on a connection of its own. Never throws: whatever happens is a report.
    ///
    /// - Parameter phase: told of each phase before it begins and waited for. Where it throws before `finalDotSent` is through,
    ///   the final dot is not sent and the report is `tryLater`.
    func send(
        _ message: OutgoingMessage, through connection: ConnectionDetails, phase: @escaping @Sendable (SubmissionPhase) async throws -> Void
    ) async -> SendReport
}
