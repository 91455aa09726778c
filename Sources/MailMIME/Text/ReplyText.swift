/// A reply split into what is new and what is quoted.
public struct ReplyText: Sendable, Hashable {
    /// What the sender wrote this time.
    public var new: String

    /// The quoted message with the line that introduces it; empty where there is none.
    public var quoted: String

    /// The signature that follows the new text, with its `-- ` line; empty where there is none.
    public var signature: String

    public init(new: String, quoted: String = "", signature: String = "") {
        self.new = new
        self.quoted = quoted
        self.signature = signature
    }

    /// Splits the plain text of a message.
    ///
    /// Quotes that stand between pieces of new text are part of the new text: they say what it answers.
    public static func split(_ text: String) -> ReplyText {
        ReplySplitter(lines: lines(of: text.withLineFeeds)).split()
    }

    /// By bytes: to split a text by characters takes several times what all the rest of this does.
    private static func lines(of text: String) -> [Substring] {
        var text = text
        text.makeContiguousUTF8()
        var lines: [Substring] = []
        var at = text.utf8.startIndex
        while let end = text.utf8[at...].find(10) {
            lines.append(text[at..<end])
            at = text.utf8.index(after: end)
        }
        lines.append(text[at...])
        return lines
    }
}

extension Substring.UTF8View {
    /// The first place of a byte, by `memchr` where the text lies in one piece.
    func find(_ byte: UInt8) -> Index? {
        let offset = withContiguousStorageIfAvailable { bytes in bytes.find(byte, from: 0, to: bytes.count) ?? -1 }
        guard let offset else { return firstIndex(of: byte) }
        return offset < 0 ? nil : index(startIndex, offsetBy: offset)
    }
}

/// Looks for the place where the quoted message begins, line by line.
private struct ReplySplitter {
    /// Of one text, one after the other.
    let lines: [Substring]

    func split() -> ReplyText {
        if let start = unmarkedStart(), !hasTextAfterMarks(from: start) { return reply(newEnd: start, quoted: start..<lines.count) }
        guard let lastMarked = lines.lastIndex(where: QuoteMarks.isMarked) else { return reply(newEnd: lines.count, quoted: 0..<0) }
        // Marked lines at the end, with nothing but a signature or a footer after them.
        let tail = lines[(lastMarked + 1)...]
        var start = lastMarked
        while start > 0, QuoteMarks.isMarked(lines[start - 1]) || (isBlank(start - 1) && previousIsMarked(start - 1)) { start -= 1 }
        start = attributionStart(before: start)
        if tail.allSatisfy(\.isBlank) || ReplySignature.begins(tail.first(where: { !$0.isBlank }) ?? "") {
            return reply(newEnd: start, quoted: start..<lines.count)
        }
        // The quote comes first and the answer after it.
        if lines[..<start].allSatisfy(\.isBlank) {
            let new = Array(lines[(lastMarked + 1)...])
            var result = ReplySplitter(lines: new).reply(newEnd: new.count, quoted: 0..<0)
            result.quoted = joined(start..<(lastMarked + 1))
            return result
        }
        return reply(newEnd: lines.count, quoted: 0..<0)
    }

    // MARK: Finding

    private func isBlank(_ at: Int) -> Bool { lines[at].isBlank }

    private func previousIsMarked(_ at: Int) -> Bool {
        var at = at
        while at >= 0, isBlank(at) { at -= 1 }
        return at >= 0 && QuoteMarks.isMarked(lines[at])
    }

    /// Where a quote without marks begins: at "On ... wrote:", "-----Original Message-----" or a block of header fields.
    private func unmarkedStart() -> Int? {
        for at in lines.indices where !QuoteMarks.isMarked(lines[at]) && !isBlank(at) {
            if QuoteMarks.isSeparator(lines[at]) { return at }
            if let length = QuoteMarks.attributionLength(lines[at...]), at + length < lines.count || at > 0 { return at }
            if QuoteMarks.isHeaderBlock(lines[at...]) {
                // A rule of dashes or underscores over it belongs to it.
                var start = at
                while start > 0, isBlank(start - 1) || QuoteMarks.isRule(lines[start - 1]) { start -= 1 }
                let begin = lines[start..<at].firstIndex { QuoteMarks.isRule($0) } ?? at
                return begin
            }
        }
        return nil
    }

    /// Whether new text follows a marked quote: then the line that introduces it is not the end of the new text.
    private func hasTextAfterMarks(from start: Int) -> Bool {
        guard let last = lines[start...].lastIndex(where: QuoteMarks.isMarked) else { return false }
        // Text right below the introducing line is an unmarked quote.
        guard let first = lines[start...].firstIndex(where: QuoteMarks.isMarked), first - start < 6 else { return false }
        var rest = lines[(last + 1)...].drop(while: \.isBlank)
        guard let line = rest.first, !ReplySignature.begins(line) else { return false }
        rest = rest.prefix(3)
        return !rest.allSatisfy(\.isBlank)
    }

    private func attributionStart(before start: Int) -> Int {
        var at = start - 1
        while at >= 0, isBlank(at) { at -= 1 }
        for length in 1...3 where at - length + 1 >= 0 {
            if QuoteMarks.attributionLength(lines[(at - length + 1)...at]) == length { return at - length + 1 }
        }
        return start
    }

    // MARK: Putting together

    private func reply(newEnd: Int, quoted: Range<Int>) -> ReplyText {
        let signature = ReplySignature.start(in: lines[..<newEnd])
        return ReplyText(new: joined(0..<signature), quoted: joined(quoted), signature: joined(signature..<newEnd))
    }

    private func joined(_ range: Range<Int>) -> String {
        var range = range
        while let first = range.first, isBlank(first) { range.removeFirst() }
        while let last = range.last, isBlank(last) { range.removeLast() }
        guard let first = lines[range].first, let last = lines[range].last else { return "" }
        return String(first.base[first.startIndex..<last.endIndex])
    }
}

extension Substring {
    var isBlank: Bool { LineShape.isBlank(self) }
}
