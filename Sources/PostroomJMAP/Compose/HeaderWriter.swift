import MailMIME

/// Writes header fields (RFC 5322 §2.2) from the parsed forms of RFC 8621 §4.1.2: folded, ASCII by encoded words (RFC 2047).
struct HeaderWriter {
    private(set) var bytes: [UInt8] = []

    /// Longest line that needs no fold (RFC 5322 §2.1.1).
    private static let lineLength = 76

    /// The value just as given, after the colon; its line ends are made CRLF.
    mutating func raw(_ name: String, _ value: String) {
        bytes += name.utf8
        bytes.append(UInt8(ascii: ":"))
        if let first = value.utf8.first, first != 0x20, first != 0x09, first != 0x0D, first != 0x0A { bytes.append(0x20) }
        bytes += value.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n").utf8
        bytes += [0x0D, 0x0A]
    }

    mutating func text(_ name: String, _ value: String) {
        let value = Self.oneLine(value)
        // RFC 2047 §2: a line with an encoded word has at most 76 characters.
        let room = (74 - name.utf8.count - 12) / 4 * 3
        let words =
            Self.needsEncoding(value)
            ? EncodedWord.words(value, first: room) : value.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        field(name, words)
    }

    mutating func addresses(_ name: String, _ list: [MailAddress]) {
        guard !list.isEmpty else { return }
        field(name, Self.separated(list))
    }

    mutating func groups(_ name: String, _ groups: [AddressGroup]) {
        var words: [String] = []
        for (place, group) in groups.enumerated() {
            let comma = place == groups.count - 1 ? "" : ","
            if let title = group.name {
                words += Self.phrase(title)
                words[words.count - 1] += ":"
                words += Self.separated(group.addresses)
                words[words.count - 1] += ";" + comma
            } else {
                words += Self.separated(group.addresses)
                words[words.count - 1] += comma
            }
        }
        field(name, words)
    }

    /// Ids without angle brackets.
    mutating func messageIDs(_ name: String, _ ids: [String]) {
        field(name, ids.map { "<\(Self.oneLine($0))>" })
    }

    mutating func urls(_ name: String, _ urls: [String]) {
        field(name, urls.enumerated().map { "<\(Self.oneLine($1))>" + ($0 == urls.count - 1 ? "" : ",") })
    }

    /// The words after the name, a fold before each that would not fit.
    private mutating func field(_ name: String, _ words: [String]) {
        bytes += name.utf8
        bytes.append(UInt8(ascii: ":"))
        var length = name.utf8.count + 1
        for (place, word) in words.enumerated() {
            let size = word.utf8.count + 1
            // An empty word is a second space: a line of spaces alone may not arise.
            if length + size > Self.lineLength, place > 0, !word.isEmpty {
                bytes += [0x0D, 0x0A]
                length = 0
            }
            bytes.append(0x20)
            bytes += word.utf8
            length += size
        }
        bytes += [0x0D, 0x0A]
    }

    private static func separated(_ list: [MailAddress]) -> [String] {
        var words: [String] = []
        for (place, address) in list.enumerated() {
            let comma = place == list.count - 1 ? "" : ","
            if let name = address.name, !name.isEmpty {
                words += phrase(name)
                words.append("<\(oneLine(address.address))>" + comma)
            } else {
                words.append(oneLine(address.address) + comma)
            }
        }
        return words
    }

    /// A display name: atoms, a quoted string, or encoded words.
    static func phrase(_ text: String) -> [String] {
        let text = oneLine(text)
        if needsEncoding(text) || text.utf8.count > 60 && !text.contains(" ") { return EncodedWord.words(text) }
        let isAtoms = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20: true
            default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
            }
        }
        if isAtoms, !text.hasPrefix(" "), !text.hasSuffix(" "), !text.contains("  ") { return text.split(separator: " ").map(String.init) }
        return ["\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""]
    }

    private static func needsEncoding(_ text: String) -> Bool {
        text.utf8.contains { $0 >= 0x7F || $0 < 0x20 && $0 != 0x09 } || text.contains("=?")
            || text.split(separator: " ").contains { $0.utf8.count > 900 }
    }

    /// Line ends within a value would be fields of their own.
    static func oneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) else { return text }
        return text.replacing("\r\n", with: " ").replacing("\n", with: " ").replacing("\r", with: " ").withoutNUL
    }
}

/// Encoded words (RFC 2047), UTF-8 and base64, none longer than 75 characters, no character split.
enum EncodedWord {
    /// Octets of text a word: base64 makes 52 characters of them, 64 with what is around.
    private static let longest = 39

    /// - Parameter first: octets that fit into the first word, which stands behind the field's name.
    static func words(_ text: String, first: Int = longest) -> [String] {
        var words: [String] = []
        var chunk: [UInt8] = []
        var room = max(12, min(first, longest))
        func flush() {
            guard !chunk.isEmpty else { return }
            words.append("=?UTF-8?B?" + Base64.encode(chunk) + "?=")
            chunk = []
            room = longest
        }
        for character in text {
            // One character of very many scalars (stacked marks) is split between them.
            let pieces = character.utf8.count > 12 ? character.unicodeScalars.map { Array(String($0).utf8) } : [Array(character.utf8)]
            for piece in pieces {
                if chunk.count + piece.count > room { flush() }
                chunk += piece
            }
        }
        flush()
        return words.isEmpty ? [""] : words
    }
}
