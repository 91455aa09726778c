import MailMIME

/// What came back about a message that was sent: a delivery report (RFC 3464) or a read receipt (RFC 8098), kept with its submission.
public struct SubmissionReport: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case delivery = "dsn"
        case disposition = "mdn"
    }

    public var kind: Kind
    /// The report as it was received, the whole message.
    public var blobID: BlobID
    /// The report's own Message-ID; empty where it has none.
    public var messageID: String
    public var receivedAt: Timestamp
    public var outcomes: [Outcome]

    public init(kind: Kind, blobID: BlobID, messageID: String, receivedAt: Timestamp, outcomes: [Outcome]) {
        self.kind = kind
        self.blobID = blobID
        self.messageID = messageID
        self.receivedAt = receivedAt
        self.outcomes = outcomes
    }

    /// What a report says of one recipient.
    public struct Outcome: Sendable, Hashable, Codable {
        public enum Action: String, Sendable, Codable {
            case failed, delayed, delivered, relayed, expanded, displayed
        }

        /// As the submission names the recipient where `isRecipient`, else as the report does.
        public var address: String
        /// Whether the submission went to this address; a report may also name where that led to.
        public var isRecipient: Bool
        public var action: Action
        public var reason: DeliveryReport.Reason
        /// RFC 3463, `5.1.1`; empty where none is told.
        public var status: String
        /// What the refusing server said; empty where nothing is told.
        public var text: String
        /// Whether sending again would fail again.
        public var isHard: Bool

        public init(
            address: String, isRecipient: Bool = true, action: Action, reason: DeliveryReport.Reason = .other, status: String = "",
            text: String = "", isHard: Bool = false
        ) {
            self.address = address
            self.isRecipient = isRecipient
            self.action = action
            self.reason = reason
            self.status = status
            self.text = text
            self.isHard = isHard
        }
    }

    /// Reports that are kept for one submission: some for each recipient (several delays, then the end), and room for those that forwards
    /// and lists send. Anybody who has the message can forge reports on it; those that come later change nothing.
    public static func most(recipients: Int) -> Int { 20 + 4 * recipients }

    /// What is kept of one report about addresses that the submission did not go to.
    static let mostOthers = 5
    /// RFC 5321 §4.5.3.1: a path has 256 octets; a little more for what is written around it.
    static let longestAddress = 320
    static let longestText = 500
}
