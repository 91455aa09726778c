/// Of a field that must not be repeated and is, the last counts, as JMAP has it (RFC 8621 §4.1.3).
extension MIMEMessage {
    /// The Subject, decoded and unfolded; nil where there is none.
    public var subject: String? { headers.last("Subject")?.asText }

    public var from: [MailAddress] { addresses("From") }
    public var sender: [MailAddress] { addresses("Sender") }
    public var replyTo: [MailAddress] { addresses("Reply-To") }
    public var to: [MailAddress] { addresses("To") }
    public var cc: [MailAddress] { addresses("Cc") }
    public var bcc: [MailAddress] { addresses("Bcc") }

    /// When the sender says it was written; nil where that is absent or unreadable.
    public var date: MailDate? { headers.last("Date")?.asDate }

    /// The Message-ID without angle brackets.
    public var messageID: String? { headers.last("Message-ID")?.asMessageIDs?.first }

    public var inReplyTo: [String] { headers.last("In-Reply-To")?.asMessageIDs ?? [] }
    public var references: [String] { headers.last("References")?.asMessageIDs ?? [] }

    private func addresses(_ name: String) -> [MailAddress] { headers.last(name)?.asAddresses ?? [] }
}
