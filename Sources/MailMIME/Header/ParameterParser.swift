/// The parameters of Content-Type and Content-Disposition: RFC 2045 grammar, RFC 2231 sections, and what is found in mail.
struct ParameterParser {
    /// One `name=value` as written, or one section of a longer value.
    struct Section {
        /// Lower case, without the RFC 2231 marks.
        var name: [UInt8]
        /// The RFC 2231 section number; nil where there is none.
        var number: Int?
        /// True where the value is percent-encoded (RFC 2231 section 4).
        var isExtended: Bool
        /// Quotes and escapes taken out.
        var value: [UInt8]
    }

    /// One value put together, not yet decoded.
    struct Value {
        var bytes: [UInt8]
        /// The charset that RFC 2231 declares; nil where the value is not of that form.
        var charset: String?
        var isExtended: Bool
    }

    /// The value of one parameter as bytes, RFC 2231 undone.
    static func value(of name: StaticString, in bytes: Bytes) -> [UInt8]? { assembled(name, in: bytes, limit: 100)?.bytes }

    /// The same decoded.
    static func text(of name: StaticString, in bytes: Bytes, limit: Int, context: TextContext) -> String? {
        assembled(name, in: bytes, limit: limit).map { text(of: $0, context: context) }
    }

    private static func assembled(_ name: StaticString, in bytes: Bytes, limit: Int) -> Value? {
        let name = name.withUTF8Buffer { [UInt8]($0) }
        return assemble(sections(of: bytes, limit: limit).filter { $0.name == name })
    }

    /// Every parameter, decoded; of a name that is repeated, the first.
    static func all(of bytes: Bytes, limit: Int, context: TextContext) -> [(name: String, value: String)] {
        let sections = sections(of: bytes, limit: limit)
        var order: [[UInt8]] = []
        var groups: [[UInt8]: [Section]] = [:]
        for section in sections {
            if groups[section.name] == nil { order.append(section.name) }
            groups[section.name, default: []].append(section)
        }
        return order.compactMap { name in
            guard let value = assemble(groups[name] ?? []) else { return nil }
            return (String(decoding: name, as: UTF8.self), text(of: value, context: context))
        }
    }

    /// Decodes an assembled value: its declared charset, or else encoded words and 8-bit guesses.
    private static func text(of value: Value, context: TextContext) -> String {
        if value.isExtended, let charset = value.charset, !charset.isEmpty {
            return Charset.decode(value.bytes, label: charset).text
        }
        return value.bytes.withUnsafeBufferPointer { EncodedWords.decode($0, context: context) }
    }

    /// Puts the sections of one name together: RFC 2231 forms win over the plain one.
    private static func assemble(_ sections: [Section]) -> Value? {
        let whole = sections.first { $0.number == nil && $0.isExtended }
        if let whole { return extended([whole]) }
        let numbered = sections.filter { $0.number != nil }.sorted { ($0.number ?? 0) < ($1.number ?? 0) }
        if let first = numbered.first, (first.number ?? 0) <= 1 { return extended(numbered) }
        return sections.first.map { Value(bytes: $0.value, charset: nil, isExtended: false) }
    }

    private static func extended(_ sections: [Section]) -> Value {
        var bytes: [UInt8] = []
        var charset: String?
        var isExtended = false
        var lastNumber: Int?
        for section in sections {
            // A section that is given twice counts once.
            if let number = section.number, number == lastNumber { continue }
            lastNumber = section.number
            guard section.isExtended else {
                bytes += section.value
                continue
            }
            isExtended = true
            var value = section.value[...]
            if charset == nil, let first = value.firstIndex(of: 39), let second = value[(first + 1)...].firstIndex(of: 39) {
                charset = String(decoding: value[..<first], as: UTF8.self)
                value = value[(second + 1)...]
            }
            percentDecode(value, into: &bytes)
        }
        return Value(bytes: bytes, charset: charset, isExtended: isExtended)
    }

    private static func percentDecode(_ value: ArraySlice<UInt8>, into bytes: inout [UInt8]) {
        var at = value.startIndex
        while at < value.endIndex {
            if value[at] == 37, at + 2 < value.endIndex, let high = value[at + 1].hexValue, let low = value[at + 2].hexValue {
                bytes.append(high << 4 | low)
                at += 3
            } else {
                bytes.append(value[at])
                at += 1
            }
        }
    }

    // MARK: Reading

    /// The sections in the order written.
    static func sections(of bytes: Bytes, limit: Int) -> [Section] {
        var sections: [Section] = []
        var at = 0
        let count = bytes.count
        while sections.count < limit {
            while at < count, bytes[at].isSpace || bytes[at] == 59 || bytes[at] == 44 { at += 1 }
            if at < count, bytes[at] == 40 {
                at = StructuredText.skipComment(bytes, from: at)
                continue
            }
            guard at < count else { break }
            let nameStart = at
            while at < count, bytes[at] != 61, bytes[at] != 59, !bytes[at].isSpace { at += 1 }
            let nameEnd = at
            at = StructuredText.skipSpaceAndComments(bytes, from: at)
            guard at < count, bytes[at] == 61 else {
                // No value: a stray word. Step over at least one byte.
                at = max(at, nameStart + 1)
                continue
            }
            var section = mark(bytes.sub(nameStart, nameEnd))
            at = readValue(bytes, from: at + 1, into: &section.value)
            if !section.name.isEmpty { sections.append(section) }
        }
        return sections
    }

    /// Splits `name*2*` into its parts.
    private static func mark(_ written: Bytes) -> Section {
        var name = written
        var isExtended = false
        if name.last == 42 {
            isExtended = true
            name = name.sub(0, name.count - 1)
        }
        var number: Int?
        if let star = name.firstIndex(of: 42) {
            let digits = name.sub(star + 1, name.count)
            if digits.count > 0, digits.count < 6, digits.allSatisfy(\.isDigit) {
                number = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
                name = name.sub(0, star)
            }
        }
        return Section(name: name.map(\.lowercased), number: number, isExtended: isExtended, value: [])
    }

    private static func readValue(_ bytes: Bytes, from start: Int, into value: inout [UInt8]) -> Int {
        let count = bytes.count
        var at = start
        while at < count, bytes[at].isSpace { at += 1 }
        guard at < count else { return at }
        if bytes[at] == 34 {
            at = StructuredText.quotedString(bytes, from: at, keepsBackslashes: true, into: &value)
            // What stands between the closing quote and the semicolon belongs to nothing, unless it is a next parameter.
            while at < count, bytes[at] != 59, !bytes[at].isSpace { at += 1 }
            return at
        }
        let valueStart = at
        while at < count, bytes[at] != 59 {
            if bytes[at].isSpace {
                var next = at
                while next < count, bytes[next].isSpace { next += 1 }
                if next < count, bytes[next] == 40 || isParameterStart(bytes, at: next) { break }
                at = next
            } else {
                at += 1
            }
        }
        var end = at
        while end > valueStart, bytes[end - 1].isSpace { end -= 1 }
        for byte in bytes.sub(valueStart, end) where !byte.isLineEnd { value.append(byte) }
        return at
    }

    /// Whether `name=` stands there: a parameter whose semicolon was forgotten.
    private static func isParameterStart(_ bytes: Bytes, at start: Int) -> Bool {
        var at = start
        while at < bytes.count, bytes[at].isLetter || bytes[at].isDigit || bytes[at] == 45 || bytes[at] == 42 { at += 1 }
        return at > start && at < bytes.count && bytes[at] == 61 && !(at + 1 < bytes.count && bytes[at + 1] == 63)
    }
}
