/// Of a field that must not be repeated and is, the first counts: that is what most programs show.
extension MIMEMessage {
    private var envelope: MIMEEnvelope { MIMEEnvelope(headers: headers, repeated: .first) }

    /// The same of the last ones, which is how JMAP reads them (RFC 8621 §4.1.3).
    public var lastEnvelope: MIMEEnvelope { MIMEEnvelope(headers: headers, repeated: .last) }

    /// The Subject, decoded and unfolded; nil where there is none.
    public var subject: String? { envelope.subject }

    public var from: [MailAddress] { envelope.from }
    public var sender: [MailAddress] { envelope.sender }
    public var replyTo: [MailAddress] { envelope.replyTo }
    public var to: [MailAddress] { envelope.to }
    public var cc: [MailAddress] { envelope.cc }
    public var bcc: [MailAddress] { envelope.bcc }

    /// When the sender says it was written; nil where that is absent or unreadable.
    public var date: MailDate? { envelope.date }

    /// The Message-ID without angle brackets.
    public var messageID: String? { envelope.messageID }

    public var inReplyTo: [String] { envelope.inReplyTo }
    public var references: [String] { envelope.references }
}
