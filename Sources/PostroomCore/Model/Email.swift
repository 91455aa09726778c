import MailMIME

/// What the store keeps of a message apart from its source: everything a list shows (RFC 8621 §4.1).
public struct EmailRecord: Sendable, Hashable {
    public let id: EmailID
    public var threadID: ThreadID
    public var mailboxIDs: [MailboxID]
    public var keywords: Set<String>
    public var receivedAt: Timestamp
    public var content: EmailContent
    public var body: BodyState

    public init(
        id: EmailID, threadID: ThreadID, mailboxIDs: [MailboxID], keywords: Set<String>, receivedAt: Timestamp, content: EmailContent,
        body: BodyState
    ) {
        self.id = id
        self.threadID = threadID
        self.mailboxIDs = mailboxIDs
        self.keywords = keywords
        self.receivedAt = receivedAt
        self.content = content
        self.body = body
    }
}

/// What a message says of itself, read once when it comes in.
public struct EmailContent: Sendable, Hashable {
    /// RFC822.SIZE: octets of the source.
    public var size: Int
    public var messageID: String?
    public var inReplyTo: [String]
    public var references: [String]
    public var subject: String
    public var from: [MailAddress]
    public var sender: [MailAddress]
    public var to: [MailAddress]
    public var cc: [MailAddress]
    public var bcc: [MailAddress]
    public var replyTo: [MailAddress]
    /// The Date field, with the writer's own offset.
    public var sentAt: MailDate?
    public var hasAttachment: Bool
    /// At most 256 characters of the text, white space folded (RFC 8621 §4.1.4).
    public var preview: String

    public init(
        size: Int, messageID: String? = nil, inReplyTo: [String] = [], references: [String] = [], subject: String = "",
        from: [MailAddress] = [], sender: [MailAddress] = [], to: [MailAddress] = [], cc: [MailAddress] = [], bcc: [MailAddress] = [],
        replyTo: [MailAddress] = [], sentAt: MailDate? = nil, hasAttachment: Bool = false, preview: String = ""
    ) {
        self.size = size
        self.messageID = messageID
        self.inReplyTo = inReplyTo
        self.references = references
        self.subject = subject
        self.from = from
        self.sender = sender
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.replyTo = replyTo
        self.sentAt = sentAt
        self.hasAttachment = hasAttachment
        self.preview = preview
    }

    /// What the header of a message says, `size` being that of the whole.
    public init(size: Int, _ envelope: MIMEEnvelope) {
        self.init(
            size: size, messageID: envelope.messageID, inReplyTo: envelope.inReplyTo, references: envelope.references,
            subject: envelope.subject ?? "", from: envelope.from, sender: envelope.sender, to: envelope.to, cc: envelope.cc,
            bcc: envelope.bcc, replyTo: envelope.replyTo, sentAt: envelope.date)
    }
}

/// How much of a message's source is here.
public enum BodyState: Sendable, Hashable {
    /// Header fields only; the source waits on the server.
    case headers
    /// The whole source is stored.
    case stored(BlobID)
    /// It could not be fetched or read; shown as such, blocks nothing.
    case quarantined(reason: String)
}

/// The name of stored bytes: SHA-256 of them, 32 bytes. Equal bytes are stored once.
public struct BlobID: Sendable, Hashable {
    public let sha256: [UInt8]

    public init(sha256: [UInt8]) {
        self.sha256 = sha256
    }

    /// 64 lower-case hex digits.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: sha256.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var high: UInt8?
        for unit in hex.utf8 {
            let value: UInt8
            switch unit {
            case 0x30...0x39: value = unit - 0x30
            case 0x61...0x66: value = unit - 0x61 + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self.init(sha256: bytes)
    }
}

/// One copy of an Email on its server.
public struct Placement: Sendable, Hashable {
    public var emailID: EmailID
    public var mailboxID: MailboxID
    public var uidValidity: UInt32
    public var uid: UInt32
    public var modSeq: UInt64

    public init(emailID: EmailID, mailboxID: MailboxID, uidValidity: UInt32, uid: UInt32, modSeq: UInt64 = 0) {
        self.emailID = emailID
        self.mailboxID = mailboxID
        self.uidValidity = uidValidity
        self.uid = uid
        self.modSeq = modSeq
    }
}
