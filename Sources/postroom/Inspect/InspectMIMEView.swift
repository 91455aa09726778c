import MailMIME

/// What `postroom inspect mime` prints of one message for people: the envelope, the tree of parts, the defects.
struct InspectMIMEView {
    let message: MIMEMessage

    func text(file: String) -> String {
        var lines = [file]
        func add(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append("  \(name): " + String(repeating: " ", count: max(0, 11 - name.count)) + value)
        }
        add("Subject", message.subject)
        add("From", Self.list(message.from))
        add("Sender", Self.list(message.sender))
        add("Reply-To", Self.list(message.replyTo))
        add("To", Self.list(message.to))
        add("Cc", Self.list(message.cc))
        add("Bcc", Self.list(message.bcc))
        add("Date", message.date?.withOffset)
        add("Message-ID", message.messageID)
        add("In-Reply-To", message.inReplyTo.joined(separator: " "))
        if let list = message.listInfo { add("List", list.id ?? list.post.first) }
        lines.append("  Parts")
        let views = message.bodyViews
        for part in message.parts { lines.append("    " + line(of: part, views: views)) }
        add("Preview", message.preview(maxLength: 120))
        if let report = message.deliveryReport {
            for recipient in report.recipients {
                add(
                    "Delivery", "\(recipient.address): \(recipient.action.rawValue), \(recipient.reason.rawValue) \(recipient.status ?? "")"
                )
            }
        }
        let defects = message.allDefects()
        if defects.isEmpty { add("Defects", "none") }
        for defect in defects { add("Defect", "\(defect.kind.rawValue), part \(defect.part), byte \(defect.position)") }
        return lines.joined(separator: "\n")
    }

    private func line(of part: MIMEPart, views: BodyViews) -> String {
        var text = String(repeating: "  ", count: part.depth) + part.mediaType.description
        if let id = part.partID { text += " [\(id)]" }
        if let filename = part.filename { text += " \"\(filename)\"" }
        if let charset = part.charset { text += " \(charset)" }
        if !part.isMultipart { text += ", \(part.encodedSize) bytes \(part.transferEncoding.rawValue)" }
        var roles: [String] = []
        if views.textBody.contains(part.index) { roles.append("text") }
        if views.htmlBody.contains(part.index) { roles.append("html") }
        if views.attachments.contains(part.index) { roles.append("attachment") }
        return roles.isEmpty ? text : text + " (" + roles.joined(separator: ", ") + ")"
    }

    private static func list(_ addresses: [MailAddress]) -> String {
        addresses.map { address in address.name.map { "\($0) <\(address.address)>" } ?? address.address }.joined(separator: ", ")
    }
}
