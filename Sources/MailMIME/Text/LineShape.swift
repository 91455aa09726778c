/// Looks at the bytes of a line that rule things out, so that only the few lines left are read character by character.
///
/// Each answer is exact where it says no.
enum LineShape {
    /// Nothing but white space.
    static func isBlank(_ line: Substring) -> Bool {
        look(line) { bytes in
            for byte in bytes where byte != 32 && byte != 9 && byte != 13 { return byte > 32 && byte < 0x80 ? false : nil }
            return true
        } ?? line.allSatisfy(\.isWhitespace)
    }

    /// `> quoted` or `| quoted`; nil where a mark after the sign makes another character of it.
    static func isMarked(_ line: Substring) -> Bool? {
        look(line) { bytes in
            var at = 0
            while at < bytes.count, bytes[at].isBlank { at += 1 }
            guard at < bytes.count else { return false }
            let next = at + 1 < bytes.count ? bytes[at + 1] : 0
            if next >= 0x80 { return nil }
            return bytes[at] == 62 || bytes[at] == 124 && next == 32
        }
    }

    /// Dashes, or the first letters of "Begin forwarded message" in one of its languages.
    static func maySeparate(_ line: Substring) -> Bool {
        look(line) { bytes in
            var at = 0
            while at < bytes.count, bytes[at] <= 32 || bytes[at] == 42 { at += 1 }
            guard at < bytes.count else { return false }
            let next = at + 1 < bytes.count ? bytes[at + 1] : 0
            switch bytes[at] {
            case 45, 95, 61: return true
            case 0x42, 0x62: return next.lowercased == 0x65
            case 0x41, 0x61: return next.lowercased == 0x6E
            case 0x44, 0x64: return next >= 0x80 || next.lowercased == 0x65
            case 0xD0: return next == 0x9D || next == 0xBD
            case 0xC2, 0xE1, 0xE2, 0xE3: return true  // Might be white space.
            default: return false
            }
        } ?? true
    }

    /// Ends in a colon or a dash, white space after it aside.
    static func mayIntroduce(_ line: Substring) -> Bool {
        look(line) { bytes in
            var at = bytes.count - 1
            while at >= 0, bytes[at] <= 32 { at -= 1 }
            guard at >= 0 else { return false }
            if bytes[at] < 0x80 { return bytes[at] == 58 || bytes[at] == 45 }
            while at > 0, bytes[at] & 0xC0 == 0x80 { at -= 1 }
            switch bytes[at] {
            case 0xC2, 0xE1, 0xE2, 0xE3, 0xEF: return true  // White space or the wide colon, perhaps.
            default: return false
            }
        } ?? true
    }

    /// Nothing but the signs of a rule and white space, as far as bytes tell: a long dash and wide spaces begin with C2, E1, E2 or E3.
    static func mayBeRule(_ line: Substring) -> Bool {
        look(line) { bytes in
            bytes.allSatisfy { byte in
                switch byte {
                case 0...32, 42, 45, 61, 95, 0x80...0xC2, 0xE1...0xE3: true
                default: false
                }
            }
        } ?? true
    }

    /// Begins with four letters that one of the lines begins with which telephones add.
    static func mayNameDevice(_ line: Substring) -> Bool {
        look(line) { bytes in
            var at = 0
            while at < bytes.count, bytes[at] <= 32 || [60, 40, 91, 42, 95].contains(bytes[at]) { at += 1 }
            guard at < bytes.count else { return false }
            let next = at + 1 < bytes.count ? bytes[at + 1] : 0
            switch bytes[at] {
            case 0xD0:
                // Ukrainian and Russian: "надіслано", "отправлено".
                guard at + 3 < bytes.count else { return false }
                let second = (bytes[at + 2], bytes[at + 3])
                return (next == 0xBE || next == 0x9E) && (second == (0xD1, 0x82) || second == (0xD0, 0xA2))
                    || (next == 0xBD || next == 0x9D) && (second == (0xD0, 0xB0) || second == (0xD0, 0x90))
            case 0xC2, 0xE1...0xEF: return true  // East Asian, or perhaps white space.
            case 0x80...: return false
            default:
                guard at + 3 < bytes.count else { return false }
                let four = bytes[at..<at + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1.lowercased) }
                return four & 0x8080_8080 != 0 || devices.contains(four)
            }
        } ?? true
    }

    /// The beginnings in ASCII; the others are told above.
    private static let devices = Set(ReplySignature.devices.map { $0.utf8.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } })

    /// Has a colon near its beginning.
    static func mayBeField(_ line: Substring) -> Bool {
        look(line) { bytes in
            let start = bytes.sub(0, 300)
            if start.find(58, from: 0, to: start.count) != nil { return true }
            return bytes.sub(0, 302).find("：", from: 0) != nil
        } ?? true
    }

    /// The name before the colon in lower case, where the line's beginning is ASCII; nil: it must be read the long way.
    static func fieldName(_ line: Substring) -> String?? {
        look(line) { bytes -> String?? in
            var name: [UInt8] = []
            for byte in bytes.sub(0, 60) {
                if byte >= 0x80 || byte == 13 || byte == 0 { return nil }
                if byte == 58 {
                    let name = name.withUnsafeBufferPointer { $0.trimmed.lowercasedASCII }
                    return .some(name.isEmpty || name.utf8.count > 40 ? nil : name)
                }
                if byte != 42 && byte != 62 { name.append(byte) }
            }
            // A character may follow that belongs to the last one.
            return bytes.count > 60 && bytes[60] >= 0x80 ? nil : .some(nil)
        }
    }

    private static func look<Answer>(_ line: Substring, _ body: (Bytes) -> Answer?) -> Answer? {
        line.utf8.withContiguousStorageIfAvailable(body) ?? nil
    }
}
