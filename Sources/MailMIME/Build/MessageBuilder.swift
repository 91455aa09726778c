/// A message to be written: values in, RFC 5322 bytes out.
///
/// Date, Message-ID and boundaries come from outside, so that the same builder gives the same bytes.
public struct MessageBuilder: Sendable {
    /// Who the bytes are for.
    public enum Form: Sendable {
        /// What goes to recipients: never has Bcc.
        case wire
        /// What is kept in the Sent or Drafts folder: has Bcc.
        case stored
    }

    /// What the next server takes.
    public enum HeaderEncoding: Sendable {
        /// ASCII only: encoded words (RFC 2047) and RFC 2231 parameters.
        case encodedWords
        /// UTF-8 as it is (RFC 6532), for servers with SMTPUTF8.
        case utf8
    }

    public var from: [MailAddress] = []
    public var sender: MailAddress?
    public var to: [MailAddress] = []
    public var cc: [MailAddress] = []
    public var bcc: [MailAddress] = []
    public var replyTo: [MailAddress] = []
    public var subject = ""
    public var date: MailDate
    /// Without angle brackets.
    public var messageID: String
    /// Without angle brackets.
    public var inReplyTo: [String] = []
    /// Without angle brackets, oldest first.
    public var references: [String] = []
    /// Further fields, written after the ones above in this order; the values are encoded as text.
    public var fields: [CustomField] = []

    /// The plain text, LF or CRLF.
    public var textBody: String?
    public var htmlBody: String?
    /// Parts that the HTML shows by `cid:`; each needs a `contentID`.
    public var inlineParts: [Attachment] = []
    public var attachments: [Attachment] = []
    /// Further forms of the same content, such as a text/calendar invitation.
    public var alternatives: [Attachment] = []

    public var headerEncoding = HeaderEncoding.encodedWords
    /// True where the server has 8BITMIME.
    public var allows8Bit = false
    /// Write the plain text as format=flowed (RFC 3676).
    public var isFlowed = true

    var makeBoundary: @Sendable (_ number: Int) -> String

    /// - Parameters:
    ///   - messageID: without angle brackets; the part after "@" should be a domain of ours.
    ///   - boundary: makes the n-th boundary, counted from 0; up to 70 letters, digits, "-", "_", "=".
    public init(date: MailDate, messageID: String, boundary: @escaping @Sendable (_ number: Int) -> String = MessageBuilder.randomBoundary)
    {
        self.date = date
        self.messageID = messageID
        makeBoundary = boundary
    }

    /// A boundary nobody can foresee.
    @Sendable public static func randomBoundary(_ number: Int) -> String {
        "=_\(number)_" + String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    /// The whole message, CRLF line ends.
    ///
    /// - Throws: what a streaming attachment's source throws; nothing else.
    public func build(_ form: Form) throws -> [UInt8] {
        var chunks = chunks(form)
        var message: [UInt8] = []
        while let chunk = try chunks.next() { message += chunk }
        return message
    }

    /// The message in pieces of some 64 KB, made as they are asked for: attachments are never held as a whole.
    public func chunks(_ form: Form) -> MessageChunks { MessageChunks(segments: MessageWriter(builder: self, form: form).segments()) }

    /// A Message-ID nobody else makes, without angle brackets.
    public static func newMessageID(domain: String) -> String {
        String(UInt64.random(in: .min ... .max), radix: 36) + "." + String(UInt64.random(in: .min ... .max), radix: 36) + "@" + domain
    }
}

/// A header field of the caller's own.
public struct CustomField: Sendable, Hashable {
    /// Printable ASCII without a colon; a field with another name is not written.
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
