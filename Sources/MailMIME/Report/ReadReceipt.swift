/// A message disposition notification (RFC 8098): somebody's program tells that a message was read, deleted ...
public struct ReadReceipt: Sendable, Hashable {
    public var recipient: String
    public var originalMessageID: String?
    /// `displayed`, `deleted`, `dispatched` or `processed`, lower case.
    public var disposition: String
    /// True where the program sent it without asking the person.
    public var isAutomatic: Bool
}

extension MIMEMessage {
    /// The read receipt that this message is; nil where it is none.
    public var readReceipt: ReadReceipt? { nil }

    /// Who asks to be told that the message was read (Disposition-Notification-To).
    public var readReceiptRequestedBy: [MailAddress] { headers.last("Disposition-Notification-To")?.asAddresses ?? [] }
}
