/// A delivery status notification (RFC 3464) as values.
public struct DeliveryReport: Sendable, Hashable {
    public enum Action: String, Sendable, Codable {
        case failed, delayed, delivered, relayed, expanded
    }

    /// Why delivery failed or waits, as far as status code and text tell.
    public enum Reason: String, Sendable, Codable, CaseIterable {
        case unknownRecipient, mailboxFull, tooLarge, unknownHost, unreachable, rejectedAsSpam, blocked, policy
        case authentication, disabledMailbox, recipientMoved, contentError, loop, expired, systemError, rateLimited, other
    }

    /// What happened for one recipient.
    public struct Recipient: Sendable, Hashable {
        /// The address that the reporting server tried.
        public var address: String
        /// The address that the sender had used, where it is told.
        public var originalAddress: String?
        public var action: Action
        /// The enhanced status (RFC 3463) such as `5.1.1`.
        public var status: String?
        /// The SMTP reply code such as 550.
        public var replyCode: Int?
        public var reason: Reason
        /// What the refusing server said, unfolded.
        public var diagnostic: String?
        public var remoteServer: String?
        /// True where sending again would fail again.
        public var isHard: Bool
    }

    public var recipients: [Recipient]

    /// The Message-ID of the message that the report is about, where it was returned.
    public var originalMessageID: String?

    public var reportingServer: String?
}
