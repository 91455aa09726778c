import MailProtocol

/// How an SMTP session behaves.
public struct SMTPOptions: Sendable {
    public var connection: ConnectionOptions
    /// The name in EHLO; nil for our address as a literal (RFC 5321, section 4.1.3), which gives no host name away.
    public var clientName: String?
    /// The provider says "None": a password may go over a line without TLS.
    public var allowsPlaintextCredentials = false
    /// Only these, where a provider's settings name its mechanism; nil for all that policy allows.
    public var onlyMechanisms: Set<SASLMechanism>?
    public var usesPipelining = true
    public var usesChunking = true
    public var limits = SMTPLimits()
    /// One whole reply to one command (RFC 5321, section 4.5.3.2: five minutes for most).
    public var replyTimeout = Duration.seconds(300)
    /// The reply to the whole message (RFC 5321, section 4.5.3.2.6: ten minutes).
    public var finalReplyTimeout = Duration.seconds(600)
    /// An idle session older than this is not trusted with the next message; servers hang up after one to five minutes.
    public var reuseLimit = Duration.seconds(45)

    public init(connection: ConnectionOptions) { self.connection = connection }
}

/// What a working session looks like, for people who test an account.
public struct SMTPSessionInfo: Sendable, Equatable {
    public var greeting: String
    public var capabilities: SMTPCapabilities
    /// How we signed in, nil where nobody asked.
    public var mechanism: SASLMechanism?
    public var tls: TLSInfo?
    public var remoteAddress: String?
    /// How long each step took that was taken.
    public var durations: [SMTPError.Stage: Duration] = [:]
    /// How long connecting and TLS took.
    public var timings = MailConnection.Timings()
    /// What the server said to MAIL and RCPT of a sender that was tried; nil where none was.
    public var senderReply: SMTPReply?
}
