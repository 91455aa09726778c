/// A message disposition notification (RFC 8098): somebody's program tells that a message was read, deleted ...
public struct ReadReceipt: Sendable, Hashable {
    public var recipient: String
    public var originalMessageID: String?
    /// `displayed`, `deleted`, `dispatched` or `processed`, lower case.
    public var disposition: String
    /// True where the program sent it without asking the person.
    public var isAutomatic: Bool
    /// The address that the message was sent to, where it is told: it may be an alias of `recipient`.
    public var originalRecipient: String?
}

extension MIMEMessage {
    /// The read receipt that this message is; nil where it is none.
    public var readReceipt: ReadReceipt? {
        for part in parts where part.depth <= 2 {
            let type = part.mediaType
            guard type.type == "message", type.subtype == "disposition-notification" || type.subtype == "global-disposition-notification"
            else { continue }
            let headers = MIMEMessage.parseHeaders(decodedBody(of: part)).headers
            guard let disposition = headers.first("Disposition")?.asText else { continue }
            func address(_ name: String) -> String? {
                headers.first(name).map { $0.asText.split(separator: ";", maxSplits: 1).last?.trimmingSpaces ?? "" }
            }
            let original = address("Original-Recipient")
            // "manual-action/MDN-sent-manually; displayed/error"
            let halves = disposition.split(separator: ";", maxSplits: 1)
            let what = halves.last?.trimmingSpaces.lowercased().split(whereSeparator: { $0 == "/" || $0 == "," || $0 == ";" }).first
            return ReadReceipt(
                recipient: address("Final-Recipient") ?? original ?? "",
                originalMessageID: headers.first("Original-Message-ID")?.asMessageIDs?.first,
                disposition: what.map(String.init) ?? "displayed", isAutomatic: halves.first?.lowercased().contains("automatic") == true,
                originalRecipient: original)
        }
        return nil
    }

    /// Who asks to be told that the message was read (Disposition-Notification-To).
    public var readReceiptRequestedBy: [MailAddress] { headers.first("Disposition-Notification-To")?.asAddresses ?? [] }
}
