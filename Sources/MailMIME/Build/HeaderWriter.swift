/// Writes header fields: encoded, folded at 78 columns, never with a line end that the caller slipped in.
struct HeaderWriter {
    private(set) var bytes: [UInt8] = []
    let encoding: MessageBuilder.HeaderEncoding
    private var column = 0

    init(encoding: MessageBuilder.HeaderEncoding) { self.encoding = encoding }

    // MARK: Fields

    /// An unstructured field; nothing for a name that is none.
    mutating func text(_ name: String, _ value: String) {
        guard start(name) else { return }
        for word in EncodedWordWriter.words(Self.line(value), encoding: encoding, inPhrase: false, firstColumn: name.utf8.count + 2) {
            put(word)
        }
        end()
    }

    /// An address list; nothing for an empty one.
    mutating func addresses(_ name: String, _ addresses: [MailAddress]) {
        guard !addresses.isEmpty, start(name) else { return }
        for (number, address) in addresses.enumerated() {
            var words = phrase(address.name)
            // A domain outside ASCII has an ASCII form; a local part outside it needs a server with SMTPUTF8 anyway.
            let spec = Self.addrSpec(encoding == .utf8 ? address.address : address.asciiAddress ?? address.address)
            words.append(words.isEmpty ? spec : "<\(spec)>")
            for (position, word) in words.enumerated() {
                put(position == words.count - 1 && number < addresses.count - 1 ? word + "," : word)
            }
        }
        end()
    }

    /// Ids, each in angle brackets; nothing for an empty list.
    mutating func messageIDs(_ name: String, _ ids: [String]) {
        let ids = ids.map {
            String(String.UnicodeScalarView($0.unicodeScalars.filter { $0.value > 32 && $0.value != 127 && $0 != "<" && $0 != ">" }))
        }
        .filter { !$0.isEmpty }
        guard !ids.isEmpty, start(name) else { return }
        for id in ids { put("<\(id)>") }
        end()
    }

    /// A value with parameters.
    mutating func structured(_ name: String, _ value: String, _ parameters: [(String, String)]) {
        guard start(name) else { return }
        let written = parameters.flatMap { ParameterWriter.pieces($0.0, Self.line($0.1), encoding: encoding) }
        put(Self.line(value) + (written.isEmpty ? "" : ";"))
        for (number, piece) in written.enumerated() { put(piece + (number < written.count - 1 ? ";" : "")) }
        end()
    }

    /// Splits `type/subtype; name=value`.
    static func split(mediaType: String) -> (type: String, parameters: [(String, String)]) {
        mediaType.withBytes { bytes in
            let name = MediaTypeName(bytes)
            guard name.type.count > 0, name.subtype.count > 0 else { return ("application/octet-stream", []) }
            let parameters = ParameterParser.all(of: bytes.sub(name.end, bytes.count), limit: 20, context: TextContext())
            return (name.type.lowercasedASCII + "/" + name.subtype.lowercasedASCII, parameters.map { ($0.name, $0.value) })
        }
    }

    // MARK: Words

    /// The words of a display name.
    private func phrase(_ name: String?) -> [String] {
        guard let name = name.map(Self.line), !name.isEmpty else { return [] }
        let isASCII = name.utf8.allSatisfy { $0 >= 32 && $0 < 127 }
        if (isASCII || encoding == .utf8) && !name.contains("=?") {
            let isAtoms = name.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 >= 0x80 || "!#$%&'*+-/=?^_`{|}~ ".utf8.contains($0) }
            let isTight = name.first != " " && name.last != " " && !name.contains("  ")
            if isAtoms, isTight { return name.split(separator: " ").map(String.init) }
            var quoted = "\""
            for character in name.unicodeScalars {
                if character == "\"" || character == "\\" { quoted += "\\" }
                quoted.unicodeScalars.append(character)
            }
            return [quoted + "\""]
        }
        return EncodedWordWriter.words(name, encoding: .encodedWords, inPhrase: true, firstColumn: 20)
    }

    /// An address without anything that could end it early.
    private static func addrSpec(_ address: String) -> String {
        let clean = String(
            String.UnicodeScalarView(address.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 && $0 != "<" && $0 != ">" }))
        guard let at = clean.lastIndex(of: "@") else { return clean.split(separator: " ").joined() }
        let (local, domain) = (clean[..<at], clean[at...].split(separator: " ").joined())
        if local.first == "\"", local.last == "\"", local.count > 1 { return local + domain }
        let needsQuotes = local.utf8.contains { $0 == 32 || "(),:;@[]\\\"".utf8.contains($0) }
        guard needsQuotes else { return local + domain }
        return "\"" + local.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\"" + domain
    }

    /// A value on one line: control characters become spaces, so that no value can begin a field of its own.
    static func line(_ value: String) -> String {
        guard value.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 || $0.value == 0x2028 || $0.value == 0x85 }) else {
            return value
        }
        var clean = String.UnicodeScalarView()
        var wasBreak = false
        for scalar in value.unicodeScalars {
            let isControl = scalar.value < 32 || scalar.value == 127 || scalar.value == 0x2028 || scalar.value == 0x85
            if !isControl { clean.append(scalar) } else if !wasBreak { clean.append(" ") }
            wasBreak = isControl
        }
        return String(clean)
    }

    // MARK: Lines

    private mutating func start(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 58 }) else { return false }
        bytes += name.utf8
        bytes.append(58)
        column = name.utf8.count + 1
        return true
    }

    /// Writes a word after a space or, where it would pass column 78, after a fold.
    private mutating func put(_ word: String) {
        let width = word.utf8.count + 1
        let isFirst = bytes.last == 58
        if column + width > 78, !isFirst || column + width > 998 {
            bytes += [13, 10]
            column = 0
        }
        bytes.append(32)
        bytes += word.utf8
        column += width
    }

    private mutating func end() { bytes += [13, 10] }
}
