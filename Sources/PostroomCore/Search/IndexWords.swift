/// The words of a text as bytes: what ``SearchWords`` cuts, in one pass over UTF-8 without a `String` a word.
///
/// Making a `String` of each word cost more than everything else that a message's index takes.
struct IndexWords: ~Copyable {
    struct Span {
        /// In `folded`.
        var start: UInt32
        var end: UInt32
        /// In `marked`; both 0 where the word has no marks.
        var markedStart: UInt32 = 0
        var markedEnd: UInt32 = 0
        var kind: UInt8
    }

    /// The word that is being read.
    private struct Word {
        /// Where in `folded` it begins and has come to.
        var start: Int
        var end: Int
        var kind = ScalarTable.Kind.other
        /// Where its spelling begins in `marked`; -1 as long as it is spelled as it is folded.
        var markedStart = -1
        var isASCII = true
    }

    private(set) var spans: [Span] = []
    /// The words without case, marks and width, one after the other.
    private var bytes = GrowingBytes()
    /// The spelling of those that have marks.
    private(set) var marked: [UInt8] = []
    private var run: [Unicode.Scalar] = []

    /// Good until the next words are read.
    var folded: UnsafeBufferPointer<UInt8> { bytes.bytes }

    mutating func removeAll() {
        spans.removeAll(keepingCapacity: true)
        bytes.count = 0
        marked.removeAll(keepingCapacity: true)
    }

    /// Appends the words of a text, until there are `limit`.
    mutating func read(_ text: String, limit: Int = .max) {
        var text = text
        text.withUTF8 { text in
            Self.asciiClasses.withUnsafeBufferPointer { read(text, limit: limit, $0) }
        }
    }

    private mutating func read(_ text: UnsafeBufferPointer<UInt8>, limit: Int, _ classes: UnsafeBufferPointer<UInt8>) {
        guard let source = text.baseAddress else { return }
        let count = text.count
        // Text mostly stays in one alphabet, here in Cyrillic if not in ASCII.
        var tableNumber = ScalarTable.cyrillicPage
        var table = ScalarTable.page(tableNumber)
        let cyrillic = table
        let last = limit == .max ? Int.max : spans.count + limit
        var word = Word(start: bytes.count, end: bytes.count)
        defer { bytes.count = word.start }
        var at = 0
        while at < count {
            bytes.reserve(upTo: word.end + Self.roomOfStep)
            let byte = source[at]
            if byte < 0x80 {
                if classes[Int(byte)] != 0 {
                    if !run.isEmpty { endRun(&word) }
                    at = append(ascii: source, at, count, classes, to: &word)
                } else {
                    at += 1
                    endWord(&word)
                    if !run.isEmpty { endRun(&word) }
                    if spans.count >= last { return }
                }
                continue
            }
            if byte & 0xFE == ScalarTable.cyrillicLead, word.markedStart < 0 {
                if !run.isEmpty { endRun(&word) }
                let end = append(cyrillic: source, at, count, cyrillic, to: &word)
                if end > at {
                    at = end
                    continue
                }
            }
            let (value, length) = Self.scalar(text, at)
            at += length
            if value < ScalarTable.end {
                let number = Int(value) >> ScalarTable.pageBits
                if number != tableNumber {
                    table = ScalarTable.page(number)
                    tableNumber = number
                }
                let scalar = table.scalars[Int(value) & 0xFF]
                guard scalar.kind != ScalarTable.Kind.none else {
                    endWord(&word)
                    if !run.isEmpty { endRun(&word) }
                    if spans.count >= last { return }
                    continue
                }
                if !run.isEmpty { endRun(&word) }
                if word.kind == ScalarTable.Kind.other { word.kind = scalar.kind }
                guard word.end - word.start < SearchWords.longestWord else { continue }
                word.isASCII = false
                // Cyrillic mostly is its own spelling.
                if scalar.lowered != scalar.folded || word.markedStart >= 0 {
                    beginMarked(&word)
                    Self.append(scalar.lowered, to: &marked)
                }
                bytes.put(scalar.folded, at: &word.end)
                continue
            }
            guard let scalar = Unicode.Scalar(value) else { continue }
            if SearchWords.isPaired(value) {
                endWord(&word)
                run.append(contentsOf: WordFolding.folded(scalar))
            } else if SearchWords.isWordPart(scalar) {
                if !run.isEmpty { endRun(&word) }
                guard word.end - word.start < SearchWords.longestWord else { continue }
                word.isASCII = false
                beginMarked(&word)
                for part in WordFolding.folded(scalar) { put(part, &word) }
                for part in WordFolding.lowered(scalar) { marked.append(contentsOf: UTF8.encode(part) ?? UTF8.encodedReplacementCharacter) }
            } else {
                endWord(&word)
                if !run.isEmpty { endRun(&word) }
                if spans.count >= last { return }
            }
        }
        endWord(&word)
        if !run.isEmpty { endRun(&word) }
    }

    /// What one step of reading writes at most: the rest of a word in ASCII, or a packed scalar.
    private static let roomOfStep = SearchWords.longestWord + 16

    /// By octet: 1 for a letter of ASCII, 2 for a digit, 0 for all others.
    private static let asciiClasses: [UInt8] = (0...255).map { octet in
        switch UInt8(octet) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): 1
        case UInt8(ascii: "0")...UInt8(ascii: "9"): 2
        default: 0
        }
    }

    /// Letters and digits of ASCII from `first` on; returns where they end. Digits have the bit that makes letters small.
    @inline(__always)
    private mutating func append(
        ascii source: UnsafePointer<UInt8>, _ first: Int, _ count: Int, _ classes: UnsafeBufferPointer<UInt8>, to word: inout Word
    ) -> Int {
        let stop = min(count, first + max(0, SearchWords.longestWord - (word.end - word.start)))
        let out = bytes.base + (word.end - first)
        var at = first
        var seen: UInt8 = 0
        var isInside = true
        while isInside, at + 8 <= stop {
            let octets = OctetsOfASCII(UnsafeRawPointer(source + at).loadUnaligned(as: UInt64.self))
            UnsafeMutableRawPointer(out + at).storeBytes(of: octets.lowered, as: UInt64.self)
            let length = octets.lengthOfWord
            if octets.hasLetters(in: length) { seen |= 1 }
            at += length
            isInside = length == 8
        }
        while isInside, at < stop {
            let kind = classes[Int(source[at])]
            if kind == 0 { break }
            seen |= kind
            out[at] = source[at] | 0x20
            at += 1
        }
        word.end += at - first
        let kept = at
        if at == stop {
            while at < count, classes[Int(source[at])] != 0 {
                seen |= classes[Int(source[at])]
                at += 1
            }
        }
        if word.kind == ScalarTable.Kind.other, seen & 1 != 0 { word.kind = ScalarTable.Kind.latin }
        if word.markedStart >= 0 {
            for index in first..<at { marked.append(source[index] | 0x20) }
        } else if at > kept, !word.isASCII {
            // What is cut off from the word stays in its spelling.
            beginMarked(&word)
            for index in kept..<at { marked.append(source[index] | 0x20) }
        }
        return at
    }

    /// Letters of Cyrillic from `first` on whose spelling is what they are folded to; returns where the first other thing begins.
    @inline(__always)
    private mutating func append(
        cyrillic source: UnsafePointer<UInt8>, _ first: Int, _ count: Int, _ page: ScalarTable, to word: inout Word
    ) -> Int {
        var at = first
        page.scalars.withUnsafeBufferPointer { scalars in
            while at + 1 < count, source[at] & 0xFE == ScalarTable.cyrillicLead, word.end - word.start < SearchWords.longestWord {
                let scalar = scalars[Int(source[at] & 1) << 6 | Int(source[at + 1] & 0x3F)]
                guard scalar.isPlain else { break }
                bytes.put(scalar.folded, at: &word.end)
                at += 2
            }
        }
        if at > first {
            word.isASCII = false
            if word.kind == ScalarTable.Kind.other { word.kind = ScalarTable.Kind.cyrillic }
        }
        return at
    }

    private mutating func beginMarked(_ word: inout Word) {
        guard word.markedStart < 0 else { return }
        word.markedStart = marked.count
        marked.append(contentsOf: UnsafeBufferPointer(start: bytes.base + word.start, count: word.end - word.start))
    }

    @inline(__always)
    private mutating func endWord(_ word: inout Word) {
        guard word.end > word.start || word.markedStart >= 0 else {
            word.kind = ScalarTable.Kind.other
            return
        }
        // Marks alone make no word.
        if word.end > word.start {
            var span = Span(start: UInt32(word.start), end: UInt32(word.end), kind: word.kind)
            if word.markedStart >= 0, !isSpelledAsFolded(word) {
                span.markedStart = UInt32(word.markedStart)
                span.markedEnd = UInt32(marked.count)
                word.markedStart = -1
            }
            spans.append(span)
        }
        if word.markedStart >= 0 { marked.removeLast(marked.count - word.markedStart) }
        word = Word(start: word.end, end: word.end)
    }

    private func isSpelledAsFolded(_ word: Word) -> Bool {
        guard marked.count - word.markedStart == word.end - word.start else { return false }
        for offset in 0..<(word.end - word.start) where marked[word.markedStart + offset] != bytes.base[word.start + offset] {
            return false
        }
        return true
    }

    /// Pairs of neighbours.
    private mutating func endRun(_ word: inout Word) {
        for index in (run.count == 1 ? 0 : 1)..<run.count {
            if index > 0 { put(run[index - 1], &word) }
            put(run[index], &word)
            spans.append(Span(start: UInt32(word.start), end: UInt32(word.end), kind: ScalarTable.Kind.other))
            word.start = word.end
        }
        run.removeAll(keepingCapacity: true)
    }

    private mutating func put(_ scalar: Unicode.Scalar, _ word: inout Word) {
        for octet in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
            bytes.reserve(upTo: word.end + Self.roomOfStep)
            bytes.base[word.end] = octet
            word.end += 1
        }
    }

    /// The scalar at a lead byte of valid UTF-8 and its number of bytes.
    @inline(__always)
    private static func scalar(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> (UInt32, Int) {
        let lead = UInt32(text[at])
        func follower(_ offset: Int) -> UInt32 { UInt32(text[at + offset]) & 0x3F }
        if lead < 0xE0 { return ((lead & 0x1F) << 6 | follower(1), 2) }
        if lead < 0xF0 { return ((lead & 0x0F) << 12 | follower(1) << 6 | follower(2), 3) }
        return ((lead & 0x07) << 18 | follower(1) << 12 | follower(2) << 6 | follower(3), 4)
    }

    private static func append(_ packed: UInt64, to bytes: inout [UInt8]) {
        var count = packed & 0xFF
        var rest = packed >> 8
        while count > 0 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
            count -= 1
        }
    }
}
