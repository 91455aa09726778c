/// How much a server may say, each limit with its reason.
public struct SMTPLimits: Sendable, Equatable {
    /// RFC 5321 section 4.5.3.1.5 gives a reply line 512 octets; SASL challenges and chatty refusals are longer in life.
    public var lineLength = 16 * 1024
    /// The longest EHLO answers we know have 30 lines; refusals with explanations stay under 20.
    public var replyLines = 200
    /// A whole reply, so that many lines of legal length do not add up to a flood.
    public var replyLength = 128 * 1024

    public init() {}
}

/// What a server sent that is not SMTP; the connection is of no use afterwards.
public enum SMTPProtocolError: Error, Sendable, Equatable {
    /// A limit of ``SMTPLimits``, by its name there.
    case limitExceeded(String)
    /// A line that does not begin with a reply code; its start is kept for people to read.
    case malformedReply(String)
    /// The lines of one reply carry different codes.
    case inconsistentReply(Int, Int)
    /// A reply came that answers nothing.
    case unexpectedReply(SMTPReply)
    /// An address, parameter or argument holds a control character that would end the command line.
    case unsafeArgument
}
