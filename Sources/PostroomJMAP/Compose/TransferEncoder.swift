/// Base64 (RFC 4648 §4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String { String(decoding: encode(bytes, lineLength: nil), as: UTF8.self) }

    /// With `lineLength`, lines of that many characters end in CRLF.
    static func encode(_ bytes: [UInt8], lineLength: Int?) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 4 / 3 + bytes.count / 28 + 8)
        var column = 0
        var at = 0
        while at < bytes.count {
            let left = bytes.count - at
            let group = UInt32(bytes[at]) << 16 | (left > 1 ? UInt32(bytes[at + 1]) << 8 : 0) | (left > 2 ? UInt32(bytes[at + 2]) : 0)
            result.append(alphabet[Int(group >> 18)])
            result.append(alphabet[Int(group >> 12 & 63)])
            result.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            result.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            at += 3
            column += 4
            if let lineLength, column >= lineLength, at < bytes.count {
                result += [0x0D, 0x0A]
                column = 0
            }
        }
        return result
    }

    /// nil for anything that is not base64; padding may be missing.
    static func decode(_ text: String) -> [UInt8]? {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        var units = Array(text.utf8)
        while units.last == UInt8(ascii: "=") { units.removeLast() }
        guard units.count % 4 != 1 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(units.count * 3 / 4)
        var group: UInt32 = 0
        var bits = 0
        for unit in units {
            let value = values[Int(unit)]
            guard value != 255 else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return result
    }
}

/// Chooses and applies a transfer encoding for text (RFC 2045 §6).
enum TextEncoder {
    /// CRLF line ends; 7bit where that will do, else quoted-printable, or base64 where that is shorter by far.
    static func encode(_ text: String) -> (encoding: String, bytes: [UInt8]) {
        let bytes = crlf(Array(text.utf8))
        var longest = 0
        var line = 0
        var odd = 0
        for byte in bytes {
            if byte == 0x0A {
                line = 0
            } else {
                line += 1
                longest = max(longest, line)
                if byte >= 0x7F || byte < 0x20 && byte != 0x0D && byte != 0x09 { odd += 1 }
            }
        }
        if odd == 0, longest <= 900 { return ("7bit", bytes) }
        if odd * 3 > bytes.count { return ("base64", Base64.encode(bytes, lineLength: 76) + [0x0D, 0x0A]) }
        return ("quoted-printable", quotedPrintable(bytes))
    }

    static func crlf(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 30)
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == 0x0A, previous != 0x0D { result.append(0x0D) }
            if previous == 0x0D, byte != 0x0A { result.append(0x0A) }
            result.append(byte)
            previous = byte
        }
        if previous == 0x0D { result.append(0x0A) }
        return result
    }

    /// RFC 2045 §6.7; the input has CRLF line ends.
    static func quotedPrintable(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 5 / 4)
        var column = 0
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x0D, at + 1 < bytes.count, bytes[at + 1] == 0x0A {
                result += [0x0D, 0x0A]
                column = 0
                at += 2
                continue
            }
            let endsLine = at + 1 >= bytes.count || bytes[at + 1] == 0x0D
            let isPlain = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=") || (byte == 0x20 || byte == 0x09) && !endsLine
            let size = isPlain ? 1 : 3
            if column + size > 75 {
                result += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            if isPlain {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            column += size
            at += 1
        }
        return result
    }
}
