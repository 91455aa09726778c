/// Address lists (RFC 5322 section 3.4, RFC 6854), as written by programs and people.
///
/// Items end at "," or ";" outside quotes, comments and brackets. Within an item, what stands in angle brackets is the
/// address; without them, the word with an "@".
struct AddressParser {
    private struct Token {
        enum Kind { case word, quoted, comment, angle }
        var kind: Kind
        /// Quotes and escapes taken out.
        var text: [UInt8]
        /// True where white space or a comment stands before it.
        var isSeparate: Bool
        /// True for an encoded word, whose text is no address.
        var isEncoded = false
    }

    private let bytes: Bytes
    private let context: TextContext
    private let limit: Int
    private let readsComments: Bool
    private var at = 0
    private var tokens: [Token] = []
    private var total = 0
    private var result: [AddressGroup] = []
    private var isInGroup = false

    /// The mailboxes in their groups; those outside any group come in groups without a name.
    ///
    /// - Parameter readsComments: take a comment for the name of a mailbox that has none.
    static func groups(_ bytes: Bytes, context: TextContext, limit: Int, readsComments: Bool = true) -> [AddressGroup] {
        var parser = AddressParser(bytes: bytes, context: context, limit: limit, readsComments: readsComments)
        parser.parse()
        return parser.result
    }

    private init(bytes: Bytes, context: TextContext, limit: Int, readsComments: Bool) {
        self.bytes = bytes
        self.context = context
        self.limit = limit
        self.readsComments = readsComments
    }

    // MARK: Reading

    private mutating func parse() {
        var isSeparate = false
        while at < bytes.count, total < limit {
            let byte = bytes[at]
            switch byte {
            case _ where byte.isSpace || byte == 0:
                isSeparate = true
                at += 1
                continue
            case 44:  // ,
                endItem()
                at += 1
            case 59:  // ;
                endItem()
                isInGroup = false
                at += 1
            case 58 where canOpenGroup:  // :
                openGroup()
                at += 1
            case 40:  // (
                let end = StructuredText.skipComment(bytes, from: at)
                let isClosed = end > at + 1 && bytes[end - 1] == 41
                tokens.append(
                    Token(kind: .comment, text: Self.unescaped(bytes.sub(at + 1, isClosed ? end - 1 : end)), isSeparate: isSeparate))
                at = end
                isSeparate = true
                continue
            case 34:  // "
                var text: [UInt8] = []
                at = StructuredText.quotedString(bytes, from: at, into: &text)
                tokens.append(Token(kind: .quoted, text: text, isSeparate: isSeparate))
            case 60:  // <
                readAngle()
            case 62:  // > without <
                at += 1
            default:
                readWord(isSeparate: isSeparate)
            }
            isSeparate = false
        }
        endItem()
    }

    private mutating func readWord(isSeparate: Bool) {
        if let word = EncodedWords.word(bytes, at: at) {
            tokens.append(Token(kind: .word, text: Array(bytes.sub(at, word.end)), isSeparate: isSeparate, isEncoded: true))
            at = word.end
            return
        }
        let start = at
        at += 1
        loop: while at < bytes.count {
            switch bytes[at] {
            case 0...32, 34, 40, 44, 59, 60, 62: break loop
            case 58 where canOpenGroup && !bytes.sub(start, at).contains(64): break loop
            case 91 where bytes[at - 1] == 64:
                // A domain literal.
                while at < bytes.count, bytes[at] != 93, !bytes[at].isSpace { at += 1 }
            case 61 where at + 1 < bytes.count && bytes[at + 1] == 63 && EncodedWords.word(bytes, at: at) != nil: break loop
            default: at += 1
            }
        }
        tokens.append(Token(kind: .word, text: Array(bytes.sub(start, at)), isSeparate: isSeparate))
    }

    /// Reads what stands between angle brackets; a missing closing one is found at the next "," or "<".
    private mutating func readAngle() {
        at += 1
        while at < bytes.count, bytes[at] == 60 || bytes[at].isSpace { at += 1 }
        let isRoute = at < bytes.count && bytes[at] == 64
        var text: [UInt8] = []
        var isRoutePart = isRoute
        loop: while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case 62:
                at += 1
                break loop
            case 34:
                text.append(34)
                let start = text.count
                at = StructuredText.quotedString(bytes, from: at, into: &text)
                // Quotes that are not needed are not part of the address.
                if Self.isDotAtom(text[start...]) { text.remove(at: start - 1) } else { text.append(34) }
                continue
            case 40:
                at = StructuredText.skipComment(bytes, from: at)
                continue
            case 44 where !isRoutePart, 60: break loop
            case 58 where isRoutePart:
                text.removeAll()
                isRoutePart = false
            case _ where byte.isSpace: break
            default: text.append(byte)
            }
            at += 1
        }
        tokens.append(Token(kind: .angle, text: text, isSeparate: true))
    }

    // MARK: Items

    /// A group's name stands before ":": words, no address yet.
    private var canOpenGroup: Bool {
        !isInGroup
            && tokens.allSatisfy {
                ($0.kind == .word && ($0.isEncoded || !$0.text.contains(64))) || $0.kind == .quoted || $0.kind == .comment
            }
    }

    private mutating func openGroup() {
        let name = phrase(tokens)
        tokens.removeAll(keepingCapacity: true)
        // A lone scheme is no group: "mailto:someone@example.com".
        if name?.equalsIgnoringCase("mailto") == true { return }
        result.append(AddressGroup(name: name ?? "", addresses: []))
        isInGroup = true
    }

    private mutating func endItem() {
        defer { tokens.removeAll(keepingCapacity: true) }
        guard let address = item() else { return }
        total += 1
        if isInGroup || (result.last != nil && result.last?.name == nil) {
            result[result.count - 1].addresses.append(address)
        } else {
            result.append(AddressGroup(name: nil, addresses: [address]))
        }
    }

    /// Makes an address of the tokens of one item.
    private func item() -> MailAddress? {
        guard !tokens.isEmpty else { return nil }
        if let angle = tokens.lastIndex(where: { $0.kind == .angle && !$0.text.isEmpty }) ?? tokens.firstIndex(where: { $0.kind == .angle })
        {
            var name = phrase(tokens[..<angle].filter { $0.kind != .angle })
            if name == nil { name = comment() ?? phrase(tokens[(angle + 1)...].filter { $0.kind != .angle }) }
            let address = text(tokens[angle].text)
            if address.isEmpty, name == nil { return nil }
            return MailAddress(name: name, address: address)
        }
        return bareItem()
    }

    /// An item without brackets: `a@b`, `a@b (Name)`, `Name a@b`, `name`.
    private func bareItem() -> MailAddress? {
        var parts: [Token] = []
        for token in tokens where token.kind != .comment {
            if let last = parts.last, joins(last, token) {
                let at = parts.count - 1
                if last.kind == .quoted { parts[at].text = source(last) }
                parts[at].text += source(token)
                parts[at].kind = .word
                parts[at].isEncoded = false
            } else {
                parts.append(token)
            }
        }
        if let index = parts.firstIndex(where: { $0.kind == .word && !$0.isEncoded && $0.text.contains(64) }) {
            var words = parts
            words.remove(at: index)
            return MailAddress(name: phrase(words[..<index]) ?? comment(), address: text(parts[index].text))
        }
        if let index = parts.firstIndex(where: { $0.kind == .quoted && Self.looksLikeAddress($0.text) }), parts.count == 1 {
            return MailAddress(name: comment(), address: text(parts[index].text))
        }
        guard let words = phrase(parts) else { return nil }
        return MailAddress(name: comment(), address: words)
    }

    /// Whether two tokens belong to one address: an "@" or a dot holds them together.
    private func joins(_ left: Token, _ right: Token) -> Bool {
        guard !left.isEncoded, !right.isEncoded else { return false }
        let isAt = { (byte: UInt8?) in byte == 64 || byte == 46 }
        if !right.isSeparate, left.kind == .word || right.kind == .word {
            return right.kind == .word && right.text.first == 64 || left.kind == .word && right.kind == .word
        }
        guard right.kind == .word else { return false }
        if right.text.first == 64 { return !left.text.contains(64) }
        guard left.kind == .word else { return false }
        return left.text.last == 64 || (left.text.contains(64) && (isAt(left.text.last) || isAt(right.text.first)))
    }

    private func source(_ token: Token) -> [UInt8] {
        guard token.kind == .quoted, !Self.isDotAtom(token.text[...]) else { return token.text }
        return [34] + token.text + [34]
    }

    private static func isDotAtom(_ text: ArraySlice<UInt8>) -> Bool {
        !text.isEmpty
            && text.allSatisfy { byte in
                byte.isLetter || byte.isDigit || byte >= 0x80
                    || [33, 35, 36, 37, 38, 39, 42, 43, 45, 46, 47, 61, 63, 94, 95, 96, 123, 124, 125, 126].contains(byte)
            }
    }

    private static func looksLikeAddress(_ text: [UInt8]) -> Bool {
        text.filter { $0 == 64 }.count == 1 && !text.contains(32)
    }

    /// The words of a display name; nil where there are none.
    private func phrase(_ tokens: some Collection<Token>) -> String? {
        var text: [UInt8] = []
        for token in tokens where token.kind == .word || token.kind == .quoted {
            if !text.isEmpty, token.isSeparate { text.append(32) }
            text += token.text
        }
        guard !text.isEmpty else { return nil }
        let name = self.text(text)
        return name.isEmpty ? nil : name
    }

    private func comment() -> String? {
        guard readsComments, let comment = tokens.last(where: { $0.kind == .comment }) else { return nil }
        let name = text(comment.text)
        return name.isEmpty ? nil : name
    }

    private func text(_ bytes: [UInt8]) -> String { bytes.withUnsafeBufferPointer { EncodedWords.decode($0, context: context) } }

    private static func unescaped(_ bytes: Bytes) -> [UInt8] {
        var text: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == 92, at + 1 < bytes.count { at += 1 }
            text.append(bytes[at])
            at += 1
        }
        return text
    }
}
