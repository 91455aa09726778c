import PostroomCore

/// A stand-in for a source that can't be had: the header as the store knows it, and no body.
enum HeaderOnlySource {
    static func bytes(_ email: EmailRecord) -> [UInt8] {
        let content = email.content
        var writer = HeaderWriter()
        if let date = content.sentAt { writer.raw("Date", " " + date.rfc5322) }
        writer.addresses("From", content.from)
        writer.addresses("Sender", content.sender)
        writer.addresses("Reply-To", content.replyTo)
        writer.addresses("To", content.to)
        writer.addresses("Cc", content.cc)
        writer.addresses("Bcc", content.bcc)
        writer.text("Subject", content.subject)
        if let id = content.messageID { writer.messageIDs("Message-ID", [id]) }
        if !content.inReplyTo.isEmpty { writer.messageIDs("In-Reply-To", content.inReplyTo) }
        if !content.references.isEmpty { writer.messageIDs("References", content.references) }
        return writer.bytes + Array("\r\n".utf8)
    }
}
