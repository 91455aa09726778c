/// Prepares message bytes for the wire, chunk by chunk: line ends become CRLF and, for DATA, leading dots are doubled.
///
/// A bare CR or LF is never sent: servers disagree about them, and what one takes for text another takes for the end of the
/// message (RFC 5321, section 2.3.8; "SMTP smuggling").
public struct DotStuffing: Sendable {
    private let doublesDots: Bool
    private var isAtLineStart = true
    private var hasPendingCR = false

    /// - Parameter doublesDots: true for DATA (RFC 5321, section 4.5.2), false for BDAT.
    public init(doublesDots: Bool = true) { self.doublesDots = doublesDots }

    /// The wire form of the next piece.
    public mutating func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 32 + 2)
        for byte in bytes {
            if hasPendingCR {
                hasPendingCR = false
                output.append(13)
                output.append(10)
                isAtLineStart = true
                if byte == 10 { continue }
            }
            switch byte {
            case 13: hasPendingCR = true
            case 10:
                output.append(13)
                output.append(10)
                isAtLineStart = true
            default:
                if isAtLineStart, doublesDots, byte == UInt8(ascii: ".") { output.append(byte) }
                isAtLineStart = false
                output.append(byte)
            }
        }
        return output
    }

    /// What ends the message: a line end where one is missing, then for DATA the lone dot.
    public mutating func finish() -> [UInt8] {
        var output: [UInt8] = []
        if hasPendingCR || !isAtLineStart { output += [13, 10] }
        hasPendingCR = false
        isAtLineStart = true
        if doublesDots { output += Array(".\r\n".utf8) }
        return output
    }
}
