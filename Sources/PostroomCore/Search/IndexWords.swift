/// The words of a text as bytes: what ``SearchWords`` cuts, in one pass over UTF-8 without a `String` a word.
///
/// Making a `String` of each word cost more than everything else that a message's index takes.
struct IndexWords {
    struct Span {
        /// In `folded`.
        var start: UInt32
        var end: UInt32
        /// In `marked`; both 0 where the word has no marks.
        var markedStart: UInt32 = 0
        var markedEnd: UInt32 = 0
        var kind: UInt8
    }

    private(set) var spans: [Span] = []
    /// The words without case, marks and width, one after the other.
    private(set) var folded: [UInt8] = []
    /// The spelling of those that have marks.
    private(set) var marked: [UInt8] = []

    private var start = 0
    private var markedStart = -1
    private var kind = ScalarTable.Kind.other
    private var run: [Unicode.Scalar] = []

    mutating func removeAll() {
        spans.removeAll(keepingCapacity: true)
        folded.removeAll(keepingCapacity: true)
        marked.removeAll(keepingCapacity: true)
        start = 0
    }

    /// Appends the words of a text, until there are `limit`.
    mutating func read(_ text: String, limit: Int = .max) {
        var text = text
        text.withUTF8 { read($0, limit: limit) }
    }

    private mutating func read(_ text: UnsafeBufferPointer<UInt8>, limit: Int) {
        // Text mostly stays in one alphabet, here in Cyrillic if not in ASCII.
        var tableNumber = 0x04
        var table = ScalarTable.page(tableNumber)
        let last = limit == .max ? Int.max : spans.count + limit
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte < 0x80 {
                let classes = Self.asciiClasses
                if classes[Int(byte)] != 0 {
                    if !run.isEmpty { endRun() }
                    var end = at + 1
                    var seen = classes[Int(byte)]
                    while end < text.count, text[end] < 0x80, classes[Int(text[end])] != 0 {
                        seen |= classes[Int(text[end])]
                        end += 1
                    }
                    if kind == ScalarTable.Kind.other, seen & 1 != 0 { kind = ScalarTable.Kind.latin }
                    append(UnsafeBufferPointer(rebasing: text[at..<end]))
                    at = end
                } else {
                    at += 1
                    endWord()
                    if !run.isEmpty { endRun() }
                    if spans.count >= last { return }
                }
                continue
            }
            let (value, length) = Self.scalar(text, at)
            at += length
            if value < ScalarTable.end {
                let number = Int(value) >> ScalarTable.pageBits
                if number != tableNumber {
                    table = ScalarTable.page(number)
                    tableNumber = number
                }
                let index = Int(value) & 0xFF
                let scalarKind = table.kinds[index]
                guard scalarKind != ScalarTable.Kind.none else {
                    endWord()
                    if !run.isEmpty { endRun() }
                    if spans.count >= last { return }
                    continue
                }
                if !run.isEmpty { endRun() }
                if kind == ScalarTable.Kind.other { kind = scalarKind }
                guard folded.count - start < SearchWords.longestWord else { continue }
                beginMarked()
                Self.append(table.folded[index], to: &folded)
                Self.append(table.lowered[index], to: &marked)
                continue
            }
            guard let scalar = Unicode.Scalar(value) else { continue }
            if SearchWords.isPaired(value) {
                endWord()
                run.append(contentsOf: WordFolding.folded(scalar))
            } else if SearchWords.isWordPart(scalar) {
                if !run.isEmpty { endRun() }
                guard folded.count - start < SearchWords.longestWord else { continue }
                beginMarked()
                for part in WordFolding.folded(scalar) { folded.append(contentsOf: Array(String(part).utf8)) }
                for part in WordFolding.lowered(scalar) { marked.append(contentsOf: Array(String(part).utf8)) }
            } else {
                endWord()
                if !run.isEmpty { endRun() }
                if spans.count >= last { return }
            }
        }
        endWord()
        endRun()
    }

    /// 1 for a letter, 2 for a digit, 0 for what ends a word.
    private static let asciiClasses: [UInt8] = (0..<128).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): 1
        case UInt8(ascii: "0")...UInt8(ascii: "9"): 2
        default: 0
        }
    }

    /// Letters and digits of ASCII. Digits have the bit that makes letters small.
    private mutating func append(_ ascii: UnsafeBufferPointer<UInt8>) {
        let room = max(0, min(ascii.count, SearchWords.longestWord - (folded.count - start)))
        let first = folded.count
        folded.append(contentsOf: UnsafeBufferPointer(rebasing: ascii[0..<room]))
        folded.withUnsafeMutableBufferPointer { folded in
            for index in first..<folded.count { folded[index] |= 0x20 }
        }
        if markedStart >= 0 { for byte in ascii { marked.append(byte | 0x20) } }
    }

    private mutating func beginMarked() {
        guard markedStart < 0 else { return }
        markedStart = marked.count
        marked.append(contentsOf: folded[start...])
    }

    @inline(__always)
    private mutating func endWord() {
        guard folded.count > start else {
            if markedStart >= 0 { dropMarked() }
            return
        }
        var span = Span(start: UInt32(start), end: UInt32(folded.count), kind: kind)
        if markedStart >= 0 {
            // Cyrillic mostly is its own spelling.
            if isSpelledAsFolded {
                marked.removeLast(marked.count - markedStart)
            } else {
                span.markedStart = UInt32(markedStart)
                span.markedEnd = UInt32(marked.count)
            }
            markedStart = -1
        }
        spans.append(span)
        start = folded.count
        kind = ScalarTable.Kind.other
    }

    /// Marks alone make no word.
    private mutating func dropMarked() {
        marked.removeLast(marked.count - markedStart)
        markedStart = -1
        kind = ScalarTable.Kind.other
    }

    private var isSpelledAsFolded: Bool {
        guard marked.count - markedStart == folded.count - start else { return false }
        for offset in 0..<(folded.count - start) where marked[markedStart + offset] != folded[start + offset] { return false }
        return true
    }

    /// Pairs of neighbours.
    private mutating func endRun() {
        guard !run.isEmpty else { return }
        func add(_ scalars: ArraySlice<Unicode.Scalar>) {
            for scalar in scalars { folded.append(contentsOf: Array(String(scalar).utf8)) }
            spans.append(Span(start: UInt32(start), end: UInt32(folded.count), kind: ScalarTable.Kind.other))
            start = folded.count
        }
        if run.count == 1 { add(run[...]) } else { for index in 1..<run.count { add(run[(index - 1)...index]) } }
        run.removeAll(keepingCapacity: true)
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

    @inline(__always)
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
