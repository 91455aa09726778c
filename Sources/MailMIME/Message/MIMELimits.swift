/// What one message may cost. Each limit stops work, never the parse: the rest is left as it is, with a ``Defect``.
public struct MIMELimits: Sendable {
    /// Containers within containers. Real mail stays below 20; 100 survives any forward of a forward.
    public var maxDepth = 100

    /// Parts in a message. The largest digests hold a few thousand.
    public var maxParts = 20_000

    /// Header fields in the whole message.
    public var maxHeaderFields = 200_000

    /// Bytes of one header field that are decoded; the rest of a longer one is not looked at.
    public var maxFieldLength = 1 << 20

    /// Addresses taken from one field.
    public var maxAddresses = 50_000

    /// Parameters taken from one Content-Type or Content-Disposition, RFC 2231 sections counted singly.
    public var maxParameters = 1_000

    /// Defects kept for a message.
    public var maxDefects = 100

    /// Bytes of a message: offsets are kept in 32 bits.
    public var maxSourceSize = Int(UInt32.max) - 1

    /// Bytes that are decoded to unpack one container (an encoded embedded message, TNEF, uuencode), all together.
    public var maxUnpackedSize = 256 << 20

    public init() {}

    public static let standard = MIMELimits()
}
