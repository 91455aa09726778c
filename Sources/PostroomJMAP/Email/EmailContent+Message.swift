import MailMIME
import PostroomCore

extension EmailContent {
    /// Reads from a message what the store keeps of it.
    init(_ message: MIMEMessage) {
        self.init(size: message.source.count, message.lastEnvelope)
        hasAttachment = message.hasAttachment
        preview = message.preview()
    }
}

extension SearchText {
    /// The words of a message, its attachments' names among them.
    init(_ message: MIMEMessage, _ content: EmailContent) {
        let names = message.parts.compactMap { $0.isMultipart ? nil : $0.filename }
        self.init(of: content, body: message.searchText(), fileNames: names)
    }
}
