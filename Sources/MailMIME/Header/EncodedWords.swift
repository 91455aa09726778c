/// What helps to read bytes above 127 in a header that declares no charset.
struct TextContext {
    /// The charset of the message's own Content-Type, if any: header and body mostly come from the same program.
    var charset: String?
}

/// Encoded words (RFC 2047), and the text between them, as strings.
enum EncodedWords {
    /// Decodes a field value: unfolds it, decodes encoded words wherever they stand, trims white space around.
    static func decode(_ value: Bytes, context: TextContext) -> String {
        let value = value.trimmed
        if value.isPlain { return value.string }
        var decoder = Run(context: context, whole: value)
        decoder.read(value)
        return decoder.text
    }

    /// An encoded word in place: `=?charset?B?text?=`.
    struct Word {
        var charset: Bytes
        var isBase64: Bool
        var text: Bytes
        var end: Int
    }

    /// Reads an encoded word that begins at `start` ("=?"); nil where there is none.
    static func word(_ bytes: Bytes, at start: Int) -> Word? {
        let count = bytes.count
        guard start + 7 < count, bytes[start] == 61, bytes[start + 1] == 63 else { return nil }
        var at = start + 2
        // Charset names are short: a longer run of anything is no encoded word, and looking further costs time.
        let charsetLimit = min(count, at + 80)
        while at < charsetLimit, bytes[at] != 63, bytes[at] > 32, bytes[at] < 127 { at += 1 }
        guard at < charsetLimit, bytes[at] == 63, at + 3 < count, bytes[at + 2] == 63 else { return nil }
        var charset = bytes.sub(start + 2, at)
        if let star = charset.firstIndex(of: 42) { charset = charset.sub(0, star) }
        let isBase64: Bool
        switch bytes[at + 1] {
        case 66, 98: isBase64 = true
        case 81, 113: isBase64 = false
        default: return nil
        }
        let textStart = at + 3
        at = textStart
        while at + 1 < count {
            if bytes[at] == 63, bytes[at + 1] == 61 {
                return Word(charset: charset, isBase64: isBase64, text: bytes.sub(textStart, at), end: at + 2)
            }
            // Another word begins: this one has lost its end.
            if bytes[at] == 61, bytes[at + 1] == 63, at > textStart, !(at + 2 < count && bytes[at + 2] == 61) { return nil }
            at += 1
        }
        return nil
    }

    /// Decodes the text of a word to bytes.
    static func decodeText(_ word: Word, into bytes: inout [UInt8]) {
        if word.isBase64 {
            _ = Base64.decode(word.text, into: &bytes)
            return
        }
        let text = word.text
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte == 61, at + 2 < text.count, let high = text[at + 1].hexValue, let low = text[at + 2].hexValue {
                bytes.append(high << 4 | low)
                at += 3
                continue
            }
            if byte == 95 { bytes.append(32) } else if !byte.isLineEnd { bytes.append(byte) }
            at += 1
        }
    }

    /// The state of one decoding.
    private struct Run {
        let context: TextContext
        var text = ""
        /// Text outside encoded words, still bytes.
        var plain: [UInt8] = []
        /// Bytes of adjacent words of one charset: characters may be split between words.
        var pending: [UInt8] = []
        /// Base64 text of a word that was cut inside a group of four.
        var cutBase64: [UInt8] = []
        var pendingCharset: String?
        /// The charset of 8-bit text in this field, guessed from the whole of it.
        let rawCharset: String?

        init(context: TextContext, whole: Bytes) {
            self.context = context
            rawCharset = whole.isASCII ? nil : CharsetGuess.header(whole, context: context)
        }

        mutating func read(_ bytes: Bytes) {
            var at = 0
            let count = bytes.count
            var afterWord = false
            var lastFailure = -1
            while at < count {
                let byte = bytes[at]
                if byte == 61, at + 1 < count, bytes[at + 1] == 63, at > lastFailure {
                    if let word = EncodedWords.word(bytes, at: at) {
                        // White space between two encoded words is not shown.
                        if afterWord, plain.allSatisfy(\.isSpace) { plain.removeAll() }
                        take(word)
                        at = word.end
                        afterWord = true
                        continue
                    }
                    // No "?=" ahead can make one of the next few either; step on.
                    lastFailure = at
                }
                if afterWord, !byte.isSpace {
                    flushWords()
                    afterWord = false
                }
                if !byte.isLineEnd {
                    plain.append(byte)
                } else if byte == 10 || !(at + 1 < count && bytes[at + 1] == 10) {
                    unfold(bytes, at)
                }
                at += 1
            }
            flushWords()
            flushPlain()
        }

        /// A line end goes; where no white space follows it (it must), one space stands for it.
        private mutating func unfold(_ bytes: Bytes, _ at: Int) {
            if at + 1 < bytes.count, !bytes[at + 1].isSpace { plain.append(32) }
        }

        private mutating func take(_ word: Word) {
            let charset = word.charset.string
            if !plain.isEmpty || pendingCharset.map({ !$0.equalsIgnoringCase(charset) }) == true {
                flushWords()
                flushPlain()
            }
            pendingCharset = charset
            guard word.isBase64 else {
                finishCut()
                EncodedWords.decodeText(word, into: &pending)
                return
            }
            cutBase64 += word.text
            // One base64 letter alone is no byte: the word was cut there, and the next one continues it.
            if Base64.isCut(cutBase64) { return }
            finishCut()
        }

        private mutating func finishCut() {
            guard !cutBase64.isEmpty else { return }
            cutBase64.withUnsafeBufferPointer { _ = Base64.decode($0, into: &pending) }
            cutBase64.removeAll()
        }

        private mutating func flushWords() {
            finishCut()
            guard let charset = pendingCharset else { return }
            // Text that precedes a word was flushed before the word came; what is in `plain` now follows it.
            text += Charset.decode(pending, label: charset, guessing: true).text
            pending.removeAll()
            pendingCharset = nil
        }

        private mutating func flushPlain() {
            guard !plain.isEmpty else { return }
            text += rawCharset.map { Charset.decode(plain, label: $0).text } ?? String(decoding: plain, as: UTF8.self)
            plain.removeAll()
        }
    }
}

extension UnsafeBufferPointer where Element == UInt8 {
    /// True where the bytes are the text as they are: ASCII, one line, no encoded word.
    var isPlain: Bool {
        guard isASCII else { return false }
        if find(10, from: 0, to: count) != nil || find(13, from: 0, to: count) != nil { return false }
        return find("=?", from: 0) == nil
    }
}

extension String {
    func equalsIgnoringCase(_ other: String) -> Bool {
        withBytes { mine in
            other.withBytes { theirs in
                mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.lowercased == $1.lowercased }
            }
        }
    }
}
