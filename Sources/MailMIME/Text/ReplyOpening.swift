/// How the new text of a message begins, told from its first lines where that is certain.
///
/// A preview needs 256 characters, and to split all of a long text for them is most of what reading a message costs.
/// ``ReplyText/split(_:)`` cuts at lines that bear a sign only (a quote, its introduction, a signature, a rule), so that
/// what comes before the first sign is the beginning of the new text, whatever follows.
extension ReplyText {
    /// Lines below the opening that the signs in it may reach to: a block of header fields is told by ten.
    private static let reach = 12

    /// The first lines of `text`, with at least so many characters (scalars, runs of spaces as one), or all of a shorter one; nil where they bear
    /// a sign. `isCut`: it is the beginning of a text, whose last line may go on.
    static func opening(of text: String, characters: Int, isCut: Bool = false) -> Substring? {
        let utf8 = text.utf8
        var lines: [Substring] = []
        var at = utf8.startIndex
        /// The lines of the opening and where it ends, once it is long enough.
        var opening: (count: Int, end: String.Index)?
        var length = 0
        while opening.map({ lines.count < $0.count + reach }) ?? true {
            let end = utf8[at...].find(10) ?? utf8.endIndex
            if isCut, end == utf8.endIndex { return nil }
            let line = text[at..<end]
            // A split makes line ends equal first.
            if line.utf8.find(13) != nil { return nil }
            lines.append(line)
            if opening == nil {
                length += Self.characters(of: line)
                if length >= characters { opening = (lines.count, end) }
            }
            guard end < utf8.endIndex else { break }
            at = utf8.index(after: end)
        }
        let count = opening?.count ?? lines.count
        for number in 0..<count where !lines[number].isBlank && bearsSign(lines[number...]) { return nil }
        return text[..<(opening?.end ?? text.endIndex)]
    }

    /// As a line of a preview has them, the space before the next line included. More than that where spaces are not of ASCII.
    private static func characters(of line: Substring) -> Int {
        var count = 0
        var isInSpace = true
        for octet in line.utf8 where octet & 0xC0 != 0x80 {
            if octet > 32 || !isInSpace { count += 1 }
            isInSpace = octet <= 32
        }
        return isInSpace ? count : count + 1
    }

    /// Whether the first of the lines is one that a split might cut at.
    private static func bearsSign(_ lines: ArraySlice<Substring>) -> Bool {
        guard let line = lines.first else { return false }
        return QuoteMarks.isMarked(line) || QuoteMarks.isSeparator(line) || ReplySignature.mayBegin(line)
            || QuoteMarks.attributionLength(lines) != nil || QuoteMarks.isHeaderBlock(lines)
    }
}
