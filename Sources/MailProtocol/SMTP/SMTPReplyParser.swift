/// Turns bytes into replies: frame first, then parse; bounded whatever the server sends.
///
/// Lines end with CRLF; a lone LF is taken too, as every client does. Feed with ``append(_:)``, then take replies with ``next()``
/// until it gives nil.
public struct SMTPReplyParser: Sendable {
    private let limits: SMTPLimits
    private var buffer: [UInt8] = []
    private var position = 0
    private var code: Int?
    private var lines: [String] = []
    private var length = 0

    public init(limits: SMTPLimits = SMTPLimits()) { self.limits = limits }

    /// How many bytes have come that belong to no reply given out yet.
    public var pendingBytes: Int { buffer.count - position + length }

    /// Adds bytes from the network.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole reply, nil while more bytes are needed.
    public mutating func next() throws(SMTPProtocolError) -> SMTPReply? {
        while let line = try nextLine() {
            length += line.count + 2
            guard length <= limits.replyLength else { throw .limitExceeded("replyLength") }
            guard lines.count < limits.replyLines else { throw .limitExceeded("replyLines") }
            guard let lineCode = Self.code(of: line) else {
                throw .malformedReply(String(decoding: line.prefix(80), as: UTF8.self))
            }
            if let code, code != lineCode { throw .inconsistentReply(code, lineCode) }
            code = lineCode
            lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
            let isLast = line.count < 4 || line[line.startIndex + 3] != UInt8(ascii: "-")
            guard isLast else { continue }
            defer {
                code = nil
                lines = []
                length = 0
            }
            return SMTPReply(code: lineCode, lines: lines)
        }
        return nil
    }

    private mutating func nextLine() throws(SMTPProtocolError) -> ArraySlice<UInt8>? {
        guard let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            guard buffer.count - position <= limits.lineLength else { throw .limitExceeded("lineLength") }
            return nil
        }
        var line = buffer[position..<end]
        position = end + 1
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard line.count <= limits.lineLength else { throw .limitExceeded("lineLength") }
        return line
    }

    /// Three digits, then a space, a hyphen or the end.
    private static func code(of line: ArraySlice<UInt8>) -> Int? {
        guard line.count >= 3 else { return nil }
        var code = 0
        for byte in line.prefix(3) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            code = code * 10 + Int(byte - UInt8(ascii: "0"))
        }
        if line.count > 3 {
            let separator = line[line.startIndex + 3]
            guard separator == UInt8(ascii: " ") || separator == UInt8(ascii: "-") else { return nil }
        }
        return (200...599).contains(code) ? code : nil
    }
}
