import MailMIME
import PostroomCore

/// Writes Email objects: what is asked for, from the store's row where that is enough.
struct EmailWriter {
    var properties: [EmailProperty]
    var body: BodyOptions

    var needsSource: Bool { properties.contains(where: \.needsSource) }

    /// One email of the store. `message` must be there if a property needs the source.
    func write(_ email: EmailRecord, message: MIMEMessage?, to json: inout JSONWriter) {
        json.beginObject()
        if !properties.contains(.id) { json.member("id", email.id.jmap) }
        for property in properties {
            switch property {
            case .id: json.member("id", email.id.jmap)
            case .blobId: json.member("blobId", BlobName.message(email.id).text)
            case .threadId: json.member("threadId", email.threadID.jmap)
            case .mailboxIds:
                json.key("mailboxIds")
                json.beginObject()
                for mailbox in email.mailboxIDs { json.member(mailbox.jmap, true) }
                json.endObject()
            case .keywords:
                json.key("keywords")
                json.beginObject()
                for keyword in email.keywords.sorted() { json.member(keyword, true) }
                json.endObject()
            case .size: json.member("size", email.content.size)
            case .receivedAt: json.member("receivedAt", email.receivedAt.description)
            default:
                if !write(property, of: email.content, to: &json), let message {
                    write(property, of: message, to: &json) { .part(email.id, [$0]) }
                }
            }
        }
        json.endObject()
    }

    /// A message that is no Email (Email/parse): what only the store knows is null.
    func write(_ message: MIMEMessage, blob: BlobName, to json: inout JSONWriter) {
        let content = EmailContent(message)
        json.beginObject()
        for property in properties {
            switch property {
            case .id: json.member("id", nil)
            case .threadId: json.member("threadId", nil)
            case .mailboxIds: json.member("mailboxIds", nil)
            case .keywords: json.member("keywords", nil)
            case .receivedAt: json.member("receivedAt", nil)
            case .blobId: json.member("blobId", blob.text)
            case .size: json.member("size", content.size)
            default:
                if !write(property, of: content, to: &json) {
                    write(property, of: message, to: &json) { blob.part($0) }
                }
            }
        }
        json.endObject()
    }

    /// Properties that are read when a message comes in; false for the others.
    private func write(_ property: EmailProperty, of content: EmailContent, to json: inout JSONWriter) -> Bool {
        func addresses(_ name: String, _ list: [MailAddress]) {
            json.key(name)
            if list.isEmpty { json.null() } else { AddressJSON.write(list, to: &json) }
        }
        func ids(_ name: String, _ list: [String]) {
            if list.isEmpty { json.member(name, nil as String?) } else { json.member(name, list) }
        }
        switch property {
        case .messageId: ids("messageId", content.messageID.map { [$0] } ?? [])
        case .inReplyTo: ids("inReplyTo", content.inReplyTo)
        case .references: ids("references", content.references)
        case .sender: addresses("sender", content.sender)
        case .from: addresses("from", content.from)
        case .to: addresses("to", content.to)
        case .cc: addresses("cc", content.cc)
        case .bcc: addresses("bcc", content.bcc)
        case .replyTo: addresses("replyTo", content.replyTo)
        case .subject: json.member("subject", content.subject.asHeaderText)
        case .sentAt: json.member("sentAt", content.sentAt.map(AddressJSON.date))
        case .hasAttachment: json.member("hasAttachment", content.hasAttachment)
        case .preview: json.member("preview", content.preview.withoutNUL)
        default: return false
        }
        return true
    }

    private func write(
        _ property: EmailProperty, of message: MIMEMessage, to json: inout JSONWriter, blob: @escaping (Int) -> BlobName
    ) {
        let parts = BodyPartWriter(message: message, properties: body.properties, blob: blob)
        switch property {
        case .headers:
            json.key("headers")
            BodyPartWriter.write(message.headers, to: &json)
        case .header(let header): header.write(message.headers, to: &json)
        case .bodyStructure:
            json.key("bodyStructure")
            parts.write(0, withSubParts: true, to: &json)
        case .textBody: parts.write("textBody", message.bodyViews.textBody, to: &json)
        case .htmlBody: parts.write("htmlBody", message.bodyViews.htmlBody, to: &json)
        case .attachments: parts.write("attachments", message.bodyViews.attachments, to: &json)
        case .bodyValues: BodyValueWriter(message: message, options: body).write(to: &json)
        default: break
        }
    }
}
