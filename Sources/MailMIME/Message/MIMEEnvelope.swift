/// The fields of a header that say what a message is, read.
public struct MIMEEnvelope: Sendable {
    /// Which of fields that must not be repeated and are.
    enum Repeated: Sendable { case first, last }

    let headers: HeaderList
    let repeated: Repeated

    /// The Subject, decoded and unfolded; nil where there is none.
    public var subject: String? { field("Subject")?.asText }

    public var from: [MailAddress] { addresses("From") }
    public var sender: [MailAddress] { addresses("Sender") }
    public var replyTo: [MailAddress] { addresses("Reply-To") }
    public var to: [MailAddress] { addresses("To") }
    public var cc: [MailAddress] { addresses("Cc") }
    public var bcc: [MailAddress] { addresses("Bcc") }

    /// When the sender says it was written; nil where that is absent or unreadable.
    public var date: MailDate? { field("Date")?.asDate }

    /// The Message-ID without angle brackets.
    public var messageID: String? { field("Message-ID")?.asMessageIDs?.first }

    public var inReplyTo: [String] { field("In-Reply-To")?.asMessageIDs ?? [] }
    public var references: [String] { field("References")?.asMessageIDs ?? [] }

    private func addresses(_ name: String) -> [MailAddress] { field(name)?.asAddresses ?? [] }

    private func field(_ name: String) -> HeaderField? {
        switch repeated {
        case .first: headers.first(name)
        case .last: headers.last(name)
        }
    }
}
