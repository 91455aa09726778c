extension MIMEMessage {
    /// The beginning of what a person wrote, on one line: quotes, signatures and markup left out.
    ///
    /// - Parameters:
    ///   - maxLength: in characters of Unicode (scalars); RFC 8621 wants at most 256.
    ///   - texts: what ``searchTexts(limit:)`` has read already.
    public func preview(maxLength: Int = 256, texts: [SearchableText] = []) -> String {
        let views = bodyViews
        for index in views.textBody where parts[index].mediaType.type == "text" {
            // Mostly the first lines fill the preview, and nothing further down can change it.
            func filled(by text: String, isCut: Bool) -> String? {
                guard let opening = ReplyText.opening(of: text, characters: maxLength, isCut: isCut) else { return nil }
                let line = Self.oneLine(opening, maxLength: maxLength)
                let isAll = !isCut && opening.endIndex == text.endIndex && !line.isEmpty
                return isAll || line.unicodeScalars.count >= maxLength ? line : nil
            }
            let known = texts.first { $0.part == index }?.text
            if known == nil, let text = beginning(of: index, bytes: 16 * maxLength), let line = filled(by: text, isCut: true) {
                return line
            }
            let text = known ?? readableText(of: index, maxBytes: Self.previewedBytes)
            if let line = filled(by: text, isCut: false) { return line }
            let line = Self.oneLine(ReplyText.split(text).new, maxLength: maxLength)
            if !line.isEmpty { return line }
            // Nothing new: a message that was only forwarded.
            let quoted = Self.oneLine(text, maxLength: maxLength)
            if !quoted.isEmpty { return quoted }
        }
        return ""
    }

    /// So much of a text a preview is made from: what is new stands further down only in letters that quote at great length first.
    private static let previewedBytes = 65_536

    /// The text to be searched: bodies, HTML as text, attached texts, calendar entries and embedded messages.
    ///
    /// - Parameter limit: in bytes of UTF-8; work stops there.
    public func searchText(limit: Int = 1 << 20) -> String {
        searchTexts(limit: limit).map(\.text).joined(separator: "\n")
    }

    /// The same in pieces, a part each.
    public func searchTexts(limit: Int = 1 << 20) -> [SearchableText] {
        var pieces: [SearchableText] = []
        var left = limit
        func add(_ text: String, isOtherForm: Bool = false, part: Int? = nil) {
            guard left > 0, !text.isEmpty else { return }
            if !pieces.isEmpty { left -= 1 }
            let isWhole = text.utf8.count <= left
            let text = isWhole ? text : Self.cut(text, to: left)
            left -= text.utf8.count
            if !text.isEmpty { pieces.append(SearchableText(text: text, isOtherForm: isOtherForm, part: isWhole ? part : nil)) }
        }
        /// Containers of a plain text: HTML that follows in one of them says the same.
        var alternatives: Set<Int> = []
        for part in parts where left > 0 {
            if part.isMessage {
                // What an embedded message is about; its bodies follow as parts of their own.
                let embedded = parts.dropFirst(part.index + 1).first?.headers
                for name in ["Subject", "From", "To"] {
                    if let field = embedded?.first(name) { add(field.asText) }
                }
                continue
            }
            guard !part.isMultipart else { continue }
            let type = part.mediaType
            guard type.type == "text" || type.subtype == "ics" && type.type == "application" else { continue }
            var isOtherForm = false
            if type.subtype == "html" {
                var container = part.parent
                while let index = container, !isOtherForm {
                    isOtherForm = alternatives.contains(index)
                    container = parts[index].parent
                }
            }
            // A preview is made of the same text where either takes the whole part.
            let isSame = Self.isWhole(part.bodyRange.count, within: min(left, Self.previewedBytes))
            add(readableText(of: part.index, maxBytes: left), isOtherForm: isOtherForm, part: isSame ? part.index : nil)
            if type.subtype == "plain", let parent = part.parent, parts[parent].mediaType.subtype == "alternative" {
                alternatives.insert(parent)
            }
        }
        return pieces
    }

    /// Cut between characters.
    private static func cut(_ text: String, to limit: Int) -> String {
        guard limit > 0 else { return "" }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }

    /// The text of a part as a person reads it: HTML without markup, flowed lines joined.
    func readableText(of index: Int, maxBytes: Int) -> String {
        let part = parts[index]
        let text = textPrefix(of: index, maxBytes: maxBytes).text
        switch part.mediaType.subtype {
        case "html": return HTMLText.plainText(fromHTML: text)
        case "plain":
            guard part.parameter("format")?.lowercased() == "flowed" else { return text }
            return FlowedText.unwrap(text, deletesSpaces: part.parameter("delsp")?.lowercased() == "yes")
        default: return text
        }
    }

    /// The first lines of a long part as ``readableText(of:maxBytes:)`` has them, of so many of its bytes; nil where that may not be the same.
    private func beginning(of index: Int, bytes: Int) -> String? {
        let part = parts[index]
        // Flowed lines are joined with those below.
        guard part.mediaType.subtype == "html" || part.mediaType.subtype == "plain" && part.parameter("format") == nil else { return nil }
        guard let text = firstLines(of: index, bytes: storage.records[index].encoding.isIdentity ? bytes : 2 * bytes)?.text else {
            return nil
        }
        return part.mediaType.subtype == "html" ? HTMLText.plainText(fromHTML: text) : text
    }

    /// Runs of white space made one space, cut at a length in scalars.
    private static func oneLine(_ text: some StringProtocol, maxLength: Int) -> String {
        let line = text.utf8.withContiguousStorageIfAvailable { oneLine($0, maxLength: maxLength) }
        return String(decoding: line ?? Array(text.utf8).withUnsafeBufferPointer { oneLine($0, maxLength: maxLength) }, as: UTF8.self)
    }

    /// The same on the bytes of a string, so that they are well-formed.
    private static func oneLine(_ bytes: Bytes, maxLength: Int) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(2 * maxLength)
        var count = 0
        var isSpaceDue = false
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
            defer { at += length }
            switch byte {
            case 33...127: break
            case ..<33:
                isSpaceDue = count > 0
                continue
            // Letters and signs of Latin, Greek and Cyrillic: to ask for their properties takes longer than all the rest.
            case 0xC3...0xC8, 0xCE...0xD3: break
            default:
                guard let scalar = Unicode.Scalar(scalarValue(bytes, at: at, length: length)) else { continue }
                if scalar.properties.isWhitespace {
                    isSpaceDue = count > 0
                    continue
                }
                if scalar.properties.isDefaultIgnorableCodePoint, scalar.value != 0x200D { continue }
            }
            if isSpaceDue {
                guard count + 2 <= maxLength else { break }
                line.append(32)
                count += 1
                isSpaceDue = false
            }
            guard count < maxLength else { break }
            for place in at..<min(at + length, bytes.count) { line.append(bytes[place]) }
            count += 1
        }
        return line
    }

    private static func scalarValue(_ bytes: Bytes, at: Int, length: Int) -> UInt32 {
        var value = UInt32(bytes[at] & (0xFF >> UInt8(length + 1)))
        for place in at + 1..<min(at + length, bytes.count) { value = value << 6 | UInt32(bytes[place] & 0x3F) }
        return value
    }
}

/// A piece of a message's text, for search.
public struct SearchableText: Sendable, Hashable {
    public var text: String
    /// The HTML form of a plain text that came before it.
    public var isOtherForm: Bool
    /// The part that it is all of; nil where it is a piece of one, or of something else.
    public var part: Int?

    public init(text: String, isOtherForm: Bool = false, part: Int? = nil) {
        self.text = text
        self.isOtherForm = isOtherForm
        self.part = part
    }
}
