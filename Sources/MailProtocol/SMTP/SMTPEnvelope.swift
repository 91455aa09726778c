/// Who a message is from and for, on the wire: not what its header says.
public struct SMTPEnvelope: Sendable, Equatable {
    /// One recipient and what it asks about its own delivery.
    public struct Recipient: Sendable, Equatable {
        public var address: String
        /// NOTIFY of RFC 3461, nil for the server's default.
        public var notify: Set<Notify>?
        /// ORCPT of RFC 3461: the address as first written, for the report.
        public var originalRecipient: String?

        public init(_ address: String, notify: Set<Notify>? = nil, originalRecipient: String? = nil) {
            self.address = address
            self.notify = notify
            self.originalRecipient = originalRecipient
        }
    }

    /// When a delivery report is wanted (RFC 3461, section 4.1).
    public enum Notify: String, Sendable, Hashable, CaseIterable {
        case never = "NEVER", success = "SUCCESS", failure = "FAILURE", delay = "DELAY"
    }

    /// How much of the message a report returns (RFC 3461, section 4.3).
    public enum Return: String, Sendable { case full = "FULL", headers = "HDRS" }

    /// RFC 2852: how long delivery may take, and what happens then.
    public struct DeliverBy: Sendable, Equatable {
        public var seconds: Int
        /// Return the message when late (`R`), or only tell (`N`).
        public var returnsWhenLate: Bool

        public init(seconds: Int, returnsWhenLate: Bool) {
            self.seconds = seconds
            self.returnsWhenLate = returnsWhenLate
        }
    }

    /// The reverse path, empty for `<>`.
    public var mailFrom: String
    public var recipients: [Recipient]
    /// Octets of the message with CRLF line ends, as far as known.
    public var size: Int?
    /// The message has bytes above 127 (RFC 6152).
    public var is8Bit = false
    /// The header has UTF-8 (RFC 6531); addresses beyond ASCII ask for it by themselves.
    public var needsSMTPUTF8 = false
    /// Only over TLS from hop to hop (RFC 8689).
    public var requireTLS = false
    public var deliverBy: DeliverBy?
    public var dsnReturn: Return?
    /// ENVID of RFC 3461: comes back in delivery reports.
    public var envelopeID: String?

    public init(mailFrom: String, recipients: [Recipient], size: Int? = nil) {
        self.mailFrom = mailFrom
        self.recipients = recipients
        self.size = size
    }

    /// Whether MAIL must carry SMTPUTF8.
    public var usesSMTPUTF8: Bool {
        needsSMTPUTF8 || !mailFrom.utf8.allSatisfy { $0 < 0x80 } || recipients.contains { !$0.address.utf8.allSatisfy { $0 < 0x80 } }
    }
}
