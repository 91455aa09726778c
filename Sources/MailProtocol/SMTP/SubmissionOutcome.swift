/// How far one act of sending has come; each is reported before the next begins.
public enum SubmissionPhase: String, Sendable, Codable, CaseIterable {
    case connected, authenticated, mailFrom, rcpt, dataStarted
    /// Reported, and waited for, BEFORE the final dot (or the last chunk) leaves: from here on the outcome may stay unknown.
    case finalDotSent
    case replied
}

/// What the server said about one recipient.
public struct RecipientVerdict: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable { case accepted, refused, tryLater }

    public var address: String
    public var verdict: Verdict
    public var reply: SMTPReply

    public init(address: String, verdict: Verdict, reply: SMTPReply) {
        self.address = address
        self.verdict = verdict
        self.reply = reply
    }
}

/// What a client finds out without asking: the server cannot take this message.
public enum SubmissionObstacle: Error, Sendable, Equatable {
    /// RFC 1870: octets of the message and of the server's limit.
    case tooLarge(size: Int, limit: Int)
    /// RFC 6531: an address or the header needs SMTPUTF8 and the server does not offer it.
    case noSMTPUTF8
    /// RFC 8689: REQUIRETLS is asked for and not offered, or the line is not encrypted.
    case noRequireTLS
    /// No mechanism both sides speak and policy allows; the server's own list.
    case noCommonMechanism(offered: [String])
    /// The server wants no sign-in at all, or offers it only where it would not be safe.
    case authenticationNotOffered
    /// An address holds characters that cannot be sent.
    case unsafeAddress
    /// There is nobody to send to.
    case noRecipients
}
