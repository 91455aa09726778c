import Testing

@testable import PostroomCore

/// What an index is made of and what somebody looks for must fall into words by one rule.
@Suite("Words as bytes") struct IndexWordsTests {
    private static let letters: [String] = [
        "a", "Z", "9", " ", ".", "é", "É", "ß", "Æ", "ø", "и", "Й", "ё", "Ё", "е\u{301}", "\u{301}", "Ж", "ї", "日", "本", "カ", "ﾊ", "한", "Ａ",
        "ﬁ", "ﷺ", "х", "-", "😀", "\u{200D}", "ǅ", "ا", "ب", "Σ", "ς", "İ", "\u{AD}", "𐐀", "①",
        "@", "[", "`", "{", "/", ":", "\u{0}", "\u{7F}", "z", "A", "0", "Я", "п", "р", "Ѐ", "ѿ", "Ҁ",
    ]

    /// One after the other: the word, how it is spelled, and its script.
    private func words(_ text: String, limit: Int = .max) -> [[String]] {
        var words = IndexWords()
        words.read("и before")
        words.removeAll()
        words.read(text, limit: limit)
        return words.spans.map { span in
            let folded = String(decoding: words.folded[Int(span.start)..<Int(span.end)], as: UTF8.self)
            let marked = String(decoding: words.marked[Int(span.markedStart)..<Int(span.markedEnd)], as: UTF8.self)
            let scripts = [ScalarTable.Kind.latin: "latin", ScalarTable.Kind.cyrillic: "cyrillic"]
            return [folded, marked.isEmpty ? folded : marked, scripts[span.kind] ?? "other"]
        }
    }

    private func expected(_ text: String, limit: Int = .max) -> [[String]] {
        SearchWords.words(of: text, limit: limit).map { word in
            let script = word.script == .latin ? "latin" : word.script == .cyrillic ? "cyrillic" : "other"
            return [word.folded, word.marked ?? word.folded, script]
        }
    }

    @Test("the same words from bytes as from characters, in any mixture of alphabets", arguments: 0..<40) func same(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            // Few letters a text, so that words grow beyond what is kept of them.
            let some = (0..<Int.random(in: 1...8, using: &random)).map { _ in Self.letters.randomElement(using: &random) ?? "a" }
            let text = (0..<Int.random(in: 0...300, using: &random)).map { _ in some.randomElement(using: &random) ?? "a" }.joined()
            #expect(words(text) == expected(text), "\(text.debugDescription)")
            let limit = Int.random(in: 0...5, using: &random)
            #expect(words(text, limit: limit) == expected(text, limit: limit), "\(limit): \(text.debugDescription)")
        }
    }

    @Test("words that are met again have one number, and a new batch begins anew") func numbers() {
        let reader = MessageReader()
        func batch(_ subjects: String...) -> IndexBatch {
            reader.words(of: subjects.enumerated().map { (EmailID(Int64($0.offset + 1)), Array("Subject: \($0.element)\r\n\r\n".utf8)) })
        }
        func text(_ batch: IndexBatch) -> [String] {
            batch.tokens.map { String(decoding: batch.words.word($0.word), as: UTF8.self) }
        }
        let subjects = (0..<30).map { "word\($0) running letters" }.joined(separator: " ")
        let first = batch(subjects, "letters")
        #expect(first.words.count == 34)
        // Words and then their stems; a batch that comes after another is as it would be alone.
        #expect(text(batch("running letters", "letters")) == ["running", "letters", "run", "letter", "letters", "letter"])
        #expect(text(batch("letters")) == text(reader.words(of: [(EmailID(1), Array("Subject: letters\r\n\r\n".utf8))])))
    }

    @Test("a table has a word once, whatever stands behind it, and tells all in the order of their octets") func table() {
        var random = SeededGenerator(seed: 7)
        var table = WordTable()
        var numbers: [[UInt8]: Int] = [:]
        for _ in 0..<20_000 {
            // Long beginnings in common, so that the first eight octets do not decide.
            let length = Int.random(in: 1...40, using: &random)
            let word = (0..<length).map { _ in
                UInt8.random(in: 0..<20, using: &random) == 0 ? UInt8.random(in: 1...255, using: &random) : 0xD0
            }
            let padded = word + (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
            let expected = numbers[word] ?? table.count
            numbers[word] = expected
            padded.withUnsafeBufferPointer { padded in
                #expect(
                    table.number(of: UnsafeBufferPointer(rebasing: padded[..<length]), isPadded: Bool.random(using: &random)) == expected)
            }
        }
        #expect(table.count == numbers.count && numbers.count > 5_000)
        let sorted = table.sorted().map { Array(table.word($0)) }
        #expect(sorted == numbers.keys.sorted { $0.lexicographicallyPrecedes($1) })
        table.removeAll()
        #expect(table.sorted().isEmpty)
    }
}
