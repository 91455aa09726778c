/// A text made ready for the wire: CRLF line ends, the charset and the transfer encoding that cost least.
struct TextBody {
    var charset: String
    var encoding: TransferEncoding
    var bytes: [UInt8]

    /// - Parameter text: LF line ends.
    init(_ text: String, allows8Bit: Bool) {
        let lines = Self.withCRLF(text)
        let shape = lines.withUnsafeBufferPointer {
            (isASCII: $0.isASCII, isShort: Self.hasShortLines($0), isSafe: !Self.hasFragileLines($0))
        }
        charset = shape.isASCII ? "us-ascii" : "utf-8"
        if shape.isASCII, shape.isShort, shape.isSafe {
            (encoding, bytes) = (.sevenBit, lines)
        } else if !shape.isASCII, allows8Bit, shape.isShort, shape.isSafe {
            (encoding, bytes) = (.eightBit, lines)
        } else {
            let high = lines.reduce(0) { $0 + ($1 >= 0x80 ? 1 : 0) }
            // Three bytes for each high one against four for any three.
            if high * 6 > lines.count {
                encoding = .base64
                bytes = Self.base64(lines)
            } else {
                encoding = .quotedPrintable
                bytes = QuotedPrintableWriter.encode(lines)
            }
        }
    }

    /// RFC 5322 section 2.1.1: lines of at most 998 bytes.
    static func hasShortLines(_ bytes: Bytes) -> Bool {
        var at = 0
        while at < bytes.count {
            let end = bytes.find(10, from: at, to: bytes.count) ?? bytes.count
            if end - at > 998 { return false }
            at = end + 1
        }
        return true
    }

    /// Lines that are changed on some ways: `From ` at the start, "." alone, NUL, bare CR.
    private static func hasFragileLines(_ bytes: Bytes) -> Bool {
        var at = 0
        while at < bytes.count {
            let end = bytes.find(10, from: at, to: bytes.count) ?? bytes.count
            if bytes.sub(at, end).starts(with: "From ".utf8) || bytes.sub(at, end).trimmed.elementsEqual(".".utf8) { return true }
            if let cr = bytes.find(13, from: at, to: end), cr != end - 1 { return true }
            at = end + 1
        }
        return bytes.find(0, from: 0, to: bytes.count) != nil
    }

    private static func withCRLF(_ text: String) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(text.utf8.count + text.utf8.count / 32)
        for byte in text.utf8 {
            if byte == 10 { lines.append(13) }
            lines.append(byte)
        }
        return lines
    }

    private static func base64(_ lines: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        lines.withUnsafeBufferPointer { lines in
            for start in stride(from: 0, to: lines.count, by: 57) {
                Base64.encode(lines.sub(start, start + 57), into: &text)
                text += [13, 10]
            }
        }
        return text
    }
}

/// Writes quoted-printable (RFC 2045 section 6.7).
enum QuotedPrintableWriter {
    /// - Parameter lines: text with CRLF line ends; other CRs and LFs are escaped.
    static func encode(_ lines: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(lines.count + lines.count / 4)
        var column = 0
        func isLineEnd(_ at: Int) -> Bool { at + 1 < lines.count && lines[at] == 13 && lines[at + 1] == 10 }
        var at = 0
        while at < lines.count {
            let byte = lines[at]
            if isLineEnd(at) {
                text += [13, 10]
                column = 0
                at += 2
                continue
            }
            let endsLine = at + 1 == lines.count || isLineEnd(at + 1)
            // White space at a line's end, "From " and a lone "." at its start would be changed on the way.
            let isPlain = byte > 32 && byte < 127 && byte != 61 || (byte.isBlank && !endsLine)
            let isFragile = column == 0 && (byte == 46 || byte == 70)
            let width = isPlain && !isFragile ? 1 : 3
            if column + width > (endsLine ? 76 : 75) {
                text += [61, 13, 10]
                column = 0
                continue
            }
            if width == 1 { text.append(byte) } else { text += [61, DerivedEntity.hex(byte >> 4), DerivedEntity.hex(byte & 15)] }
            column += width
            at += 1
        }
        return text
    }
}
