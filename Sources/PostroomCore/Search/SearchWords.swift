/// Cuts text into words: runs of letters and digits, and pairs of neighbours where a script does not put spaces.
///
/// Addresses and file names fall into their parts by the same rule: `john.doe@example.com` is four words, and a phrase of
/// the same four finds it.
struct SearchWords {
    struct Word: Hashable {
        enum Script: Hashable {
            case latin, cyrillic, other
            /// Han, kana or Hangul: a pair of neighbours, or a single character alone.
            case pair
        }

        /// Without case, marks and width: what is indexed.
        var folded: String
        /// In lower case with marks, for the stemmer; nil where the same as `folded`.
        var marked: String?
        var script: Script
    }

    /// A word longer than this is not one that somebody looks for; its beginning is kept.
    static let longestWord = 48

    static func words(of text: some StringProtocol, limit: Int = .max) -> [Word] {
        var words: [Word] = []
        var folded: [UInt8] = []
        var marked: [UInt8] = []
        var isMarked = false
        var script = Word.Script.other
        var run: [Unicode.Scalar] = []

        func endWord() {
            // Marks alone make no word, and are none of the next one's.
            if !folded.isEmpty {
                words.append(
                    Word(
                        folded: String(decoding: folded.prefix(longestWord * 2), as: UTF8.self),
                        marked: isMarked ? String(decoding: marked, as: UTF8.self) : nil, script: script))
            }
            folded.removeAll(keepingCapacity: true)
            marked.removeAll(keepingCapacity: true)
            isMarked = false
            script = .other
        }
        func endRun() {
            guard !run.isEmpty else { return }
            if run.count == 1 {
                words.append(Word(folded: String(String.UnicodeScalarView(run)), script: .pair))
            } else {
                for (left, right) in zip(run, run.dropFirst()) {
                    words.append(Word(folded: String(String.UnicodeScalarView([left, right])), script: .pair))
                }
            }
            run.removeAll(keepingCapacity: true)
        }

        for scalar in text.unicodeScalars {
            let value = scalar.value
            if value < 0x80 {
                var byte = UInt8(value)
                switch byte {
                case 0x41...0x5A: byte += 0x20
                case 0x61...0x7A: break
                case 0x30...0x39:
                    if !run.isEmpty { endRun() }
                    if folded.count < longestWord { folded.append(byte) }
                    if isMarked { marked.append(byte) }
                    continue
                default:
                    endWord()
                    if !run.isEmpty { endRun() }
                    if words.count >= limit { return words }
                    continue
                }
                if !run.isEmpty { endRun() }
                if script == .other { script = .latin }
                if folded.count < longestWord { folded.append(byte) }
                if isMarked { marked.append(byte) }
                continue
            }
            if isPaired(value) {
                endWord()
                run.append(contentsOf: WordFolding.folded(scalar))
                continue
            }
            guard isWordPart(scalar) else {
                endWord()
                if !run.isEmpty { endRun() }
                if words.count >= limit { return words }
                continue
            }
            if !run.isEmpty { endRun() }
            if script == .other { script = value >= 0x400 && value < 0x530 ? .cyrillic : value < 0x250 ? .latin : .other }
            guard folded.count < longestWord else { continue }
            if !isMarked {
                isMarked = true
                marked = folded
            }
            for part in WordFolding.folded(scalar) { append(part, to: &folded) }
            for part in WordFolding.lowered(scalar) { append(part, to: &marked) }
        }
        endWord()
        endRun()
        return words
    }

    private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter)
    }

    /// Han, kana, Hangul and their half and full width forms.
    static func isPaired(_ value: UInt32) -> Bool {
        switch value {
        case 0x3040...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7AF, 0xF900...0xFAFF, 0xFF66...0xFF9D,
            0x20000...0x3134F, 0x3005...0x3007:
            true
        default: false
        }
    }

    static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
        // Letters of the common alphabets without asking the Unicode tables.
        if (0x400...0x481).contains(scalar.value) { return true }
        if (0xC0...0x24F).contains(scalar.value) { return scalar != "×" && scalar != "÷" }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
            .otherNumber, .nonspacingMark, .spacingMark:
            return true
        default:
            return false
        }
    }
}
