extension MIMEMessage {
    /// Whether it is worth looking for a report in this message: told by two header fields alone, so that ordinary mail costs nothing.
    ///
    /// - Parameter sender: the first of From, which who asks has read already.
    public func mayBeReport(from sender: MailAddress?) -> Bool {
        let isReport = headers.first("Content-Type")?.withValue { $0.trimmed.hasLowercasePrefix("multipart/report") } ?? false
        if isReport { return true }
        // RFC 5321 section 4.5.5: what reports on mail comes from nobody, so that nothing answers it.
        if headers.first("Return-Path")?.withValue({ $0.trimmed.equalsLowercase("<>") }) ?? false { return true }
        guard let sender else { return false }
        let name = (sender.address.isEmpty ? sender.name ?? "" : sender.address).withBytes { $0.sub(0, 15).lowercasedASCII }
        return Self.systemSenders.contains { name.hasPrefix($0) }
    }

    /// The Message-ID of the message that this delivery report or read receipt is about; nil where it names none.
    ///
    /// What returns the message counts before what a program wrote about it, and a message that is named is not looked for elsewhere: a
    /// report on another program's message must not be taken for one on a message of the same conversation.
    public var reportedMessageID: String? {
        if let id = dispositionMessageID ?? originalMessageID ?? envelopeMessageID { return id }
        return quotedMessageID ?? inReplyTo.first ?? references.last
    }

    /// RFC 8098 section 3.2.5.
    private var dispositionMessageID: String? { readReceipt?.originalMessageID }

    /// Original-Envelope-Id (RFC 3464 section 2.2.1) where the sending server made it of the Message-ID.
    private var envelopeMessageID: String? {
        for part in parts where part.depth <= 3 && part.mediaType.type == "message" && part.mediaType.subtype.hasSuffix("delivery-status") {
            let field = MIMEMessage.parseHeaders(decodedBody(of: part)).headers.first("Original-Envelope-Id")
            guard let id = field?.asText.filter({ $0 != "<" && $0 != ">" }).trimmingSpaces, id.contains("@") else { continue }
            return id
        }
        return nil
    }

    /// Servers that write prose put the header of the returned message beneath it.
    private var quotedMessageID: String? {
        for line in bodyText.split(separator: "\n") where line.trimmingSpaces.lowercased().hasPrefix("message-id:") {
            guard let open = line.firstIndex(of: "<"), let close = line[open...].firstIndex(of: ">") else { continue }
            return String(line[line.index(after: open)..<close])
        }
        return nil
    }
}
