/// Splits text into the words that a header line is folded at, encoded words (RFC 2047) where needed.
enum EncodedWordWriter {
    /// - Parameters:
    ///   - inPhrase: encode for a display name, where fewer characters stand for themselves.
    ///   - firstColumn: where the first word begins.
    static func words(_ text: String, encoding: MessageBuilder.HeaderEncoding, inPhrase: Bool, firstColumn: Int) -> [String] {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let mustEncode = words.map { needsEncoding($0, encoding: encoding) }
        guard let first = mustEncode.firstIndex(of: true), let last = mustEncode.lastIndex(of: true) else { return folded(words) }
        // Between the first and the last word that needs it all is encoded, spaces too: white space between encoded
        // words is lost. In a phrase, everything.
        let range = inPhrase ? 0...(words.count - 1) : first...last
        let column = firstColumn + words[..<range.lowerBound].reduce(0) { $0 + $1.utf8.count + 1 }
        return folded(Array(words[..<range.lowerBound]))
            + encoded(words[range].joined(separator: " "), inPhrase: inPhrase, firstColumn: column % 78)
            + folded(Array(words[(range.upperBound + 1)...]))
    }

    /// A word that readers would not take for itself.
    private static func needsEncoding(_ word: String, encoding: MessageBuilder.HeaderEncoding) -> Bool {
        if word.contains("=?") { return true }
        let isLong = word.utf8.count > 900
        if encoding == .utf8 { return isLong }
        return isLong || word.utf8.contains { $0 >= 0x80 }
    }

    /// Runs of spaces stay whole: the spaces are put before the word that follows.
    private static func folded(_ words: [String]) -> [String] {
        var result: [String] = []
        var spaces = ""
        for word in words {
            if word.isEmpty {
                spaces += " "
            } else {
                result.append(spaces + word)
                spaces = ""
            }
        }
        return result
    }

    private static func encoded(_ text: String, inPhrase: Bool, firstColumn: Int) -> [String] {
        let useQ = prefersQ(text, inPhrase: inPhrase)
        let units = pieces(text)
        var words: [String] = []
        // "=?utf-8?q?" and "?=" take 12 of the 75 columns that a word may have; the first word shares its line with the name.
        var room = max(20, min(60, 76 - 12 - firstColumn))
        var start = 0
        while start < units.count {
            let end = wordEnd(units, from: start, room: room, useQ: useQ, inPhrase: inPhrase)
            words.append(word(units[start..<end].flatMap { $0 }, useQ: useQ, inPhrase: inPhrase))
            start = end
            room = 60
        }
        return words
    }

    /// Where the word that begins at `start` ends.
    ///
    /// Before a space if possible, since some readers (CPython 3.11 in display names) put a space of their own between
    /// words; and where the base64 needs no padding, since others (GMime 3.2) drop what follows a padded word.
    private static func wordEnd(_ units: [[UInt8]], from start: Int, room: Int, useQ: Bool, inPhrase: Bool) -> Int {
        var (end, size, width) = (start, 0, 0)
        var (best, bestAtSpace): (Int?, Int?) = (nil, nil)
        while end < units.count {
            let unit = units[end]
            let next = useQ ? width + unit.reduce(0) { $0 + (isPlain($1, inPhrase) || $1 == 32 ? 1 : 3) } : (size + unit.count + 2) / 3 * 4
            if next > room, end > start {
                if let bestAtSpace, (bestAtSpace - start) * 3 >= end - start { return bestAtSpace }
                return best ?? end
            }
            (width, size, end) = (next, size + unit.count, end + 1)
            guard useQ || size % 3 == 0 else { continue }
            best = end
            if end < units.count, units[end] == [32] { bestAtSpace = end }
        }
        return end
    }

    /// The text in pieces that must not be split: characters as people see them or, where those are long, scalars.
    private static func pieces(_ text: String) -> [[UInt8]] {
        text.flatMap { character -> [[UInt8]] in
            let bytes = [UInt8](character.utf8)
            return bytes.count <= 15 ? [bytes] : character.unicodeScalars.map { [UInt8](String($0).utf8) }
        }
    }

    private static func prefersQ(_ text: String, inPhrase: Bool) -> Bool {
        let width = text.utf8.reduce(0) { $0 + (isPlain($1, inPhrase) || $1 == 32 ? 1 : 3) }
        return width <= (text.utf8.count + 2) / 3 * 4
    }

    /// RFC 2047 section 5 (3): in a phrase only letters, digits and "!*+-/".
    private static func isPlain(_ byte: UInt8, _ inPhrase: Bool) -> Bool {
        if byte.isLetter || byte.isDigit { return true }
        return inPhrase ? "!*+-/".utf8.contains(byte) : byte > 32 && byte < 127 && byte != 61 && byte != 63 && byte != 95
    }

    private static func word(_ bytes: [UInt8], useQ: Bool, inPhrase: Bool) -> String {
        var text: [UInt8] = []
        if useQ {
            for byte in bytes {
                if byte == 32 {
                    text.append(95)
                } else if isPlain(byte, inPhrase) {
                    text.append(byte)
                } else {
                    text += [61, DerivedEntity.hex(byte >> 4), DerivedEntity.hex(byte & 15)]
                }
            }
        } else {
            bytes.withUnsafeBufferPointer { Base64.encode($0, into: &text) }
        }
        return "=?utf-8?\(useQ ? "q" : "b")?" + String(decoding: text, as: UTF8.self) + "?="
    }
}
