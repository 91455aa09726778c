import MailMIME

/// Writes the index of messages, field by field. Keeps the words it has met, so an instance belongs to one task.
final class SearchIndexWriter {
    private var words = IndexWords()
    /// One table a language; Cyrillic words are Russian whatever else the text is in.
    private var tables: [WordStemmer.Language: StemTable] = [:]
    /// Numbers the fields, so that a word is known to be new in one.
    private var field: UInt32 = 0

    func text(of content: EmailContent, bodies: [SearchableText], fileNames: [String], stemmer: WordStemmer) -> SearchText {
        words.removeAll()
        words.read(content.subject)
        let subject = 0..<words.spans.count
        var pieces: [(spans: Range<Int>, isOtherForm: Bool)] = []
        for body in bodies {
            let start = words.spans.count
            words.read(body.text, limit: SearchNormalizer.longestText - (start - subject.count))
            pieces.append((start..<words.spans.count, body.isOtherForm))
        }
        let language = LanguageGuess.language(
            of: words, Array(words.spans[subject].prefix(50)) + words.spans[subject.upperBound...].prefix(350))
        var latin = tables.removeValue(forKey: language) ?? StemTable()
        var cyrillic = tables.removeValue(forKey: .russian) ?? StemTable()
        defer {
            tables[language] = latin
            tables[.russian] = cyrillic
        }
        if latin.isFull { latin.removeAll() }
        if cyrillic.isFull { cyrillic.removeAll() }

        func indexed(_ pieces: [(spans: Range<Int>, isOtherForm: Bool)]) -> String {
            field &+= 1
            var output = Output(words: words, stemmer: stemmer, language: language, field: field)
            for piece in pieces { output.add(piece.spans, isOtherForm: piece.isOtherForm, latin: &latin, cyrillic: &cyrillic) }
            return output.text(latin: latin, cyrillic: cyrillic)
        }
        let subjectText = indexed([(subject, false)])
        var body = indexed(pieces)
        for name in fileNames {
            words.removeAll()
            words.read(name)
            let text = indexed([(0..<words.spans.count, false)])
            if !text.isEmpty { body += (body.isEmpty ? "" : " ") + text }
        }
        return SearchText(
            subject: subjectText, from: people(content.from), to: people(content.to), cc: people(content.cc), bcc: people(content.bcc),
            body: body)
    }

    /// Names and the parts of addresses: found as they are written, so without stems.
    private func people(_ addresses: [MailAddress]) -> String {
        guard !addresses.isEmpty else { return "" }
        words.removeAll()
        for address in addresses {
            if let name = address.name { words.read(name) }
            words.read(address.address)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.folded.count + words.spans.count)
        for span in words.spans {
            if !bytes.isEmpty { bytes.append(32) }
            bytes.append(contentsOf: words.folded[Int(span.start)..<Int(span.end)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One field on its way: its words in order, and the stems to come after them.
    private struct Output {
        let words: IndexWords
        let stemmer: WordStemmer
        let language: WordStemmer.Language
        let field: UInt32
        private var bytes: [UInt8] = []
        private var stems: [(isCyrillic: Bool, entry: Int)] = []

        init(words: IndexWords, stemmer: WordStemmer, language: WordStemmer.Language, field: UInt32) {
            self.words = words
            self.stemmer = stemmer
            self.language = language
            self.field = field
            bytes.reserveCapacity(words.folded.count + words.spans.count + 64)
        }

        mutating func add(_ range: Range<Int>, isOtherForm: Bool, latin: inout StemTable, cyrillic: inout StemTable) {
            words.folded.withUnsafeBufferPointer { folded in
                guard isOtherForm else {
                    for index in range { _ = add(words.spans[index], folded, always: true, &latin, &cyrillic) }
                    return
                }
                // The HTML of a message mostly says what its plain text says. Where much of it is new it is a text of its own.
                let start = bytes.count
                var new = 0
                for index in range where add(words.spans[index], folded, always: false, &latin, &cyrillic) { new += 1 }
                guard new * 5 > range.count else { return }
                bytes.removeLast(bytes.count - start)
                for index in range { write(words.spans[index], folded) }
            }
        }

        /// Returns whether the field did not have the word yet.
        private mutating func add(
            _ span: IndexWords.Span, _ folded: UnsafeBufferPointer<UInt8>, always: Bool, _ latin: inout StemTable,
            _ cyrillic: inout StemTable
        ) -> Bool {
            let isNew: Bool
            switch span.kind {
            case ScalarTable.Kind.latin: isNew = note(span, folded, isCyrillic: false, language, &latin)
            case ScalarTable.Kind.cyrillic: isNew = note(span, folded, isCyrillic: true, .russian, &cyrillic)
            default: isNew = latin.isNew(latin.entry(of: UnsafeBufferPointer(rebasing: folded[span.range])), in: field)
            }
            if always || isNew { write(span, folded) }
            return isNew
        }

        private mutating func write(_ span: IndexWords.Span, _ folded: UnsafeBufferPointer<UInt8>) {
            if !bytes.isEmpty { bytes.append(32) }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: folded[span.range]))
        }

        private mutating func note(
            _ span: IndexWords.Span, _ folded: UnsafeBufferPointer<UInt8>, isCyrillic: Bool, _ language: WordStemmer.Language,
            _ table: inout StemTable
        ) -> Bool {
            let entry = table.entry(of: UnsafeBufferPointer(rebasing: folded[span.range]))
            guard table.isNew(entry, in: field) else { return false }
            let stem: Int
            if span.markedEnd > span.markedStart {
                stem = self.stem(span, entry, language, &table)
            } else if table.entries[entry].stem >= 0 {
                stem = Int(table.entries[entry].stem)
            } else {
                stem = self.stem(span, entry, language, &table)
                table.setStem(stem, of: entry)
            }
            if stem != entry, table.isNew(stem, in: field) { stems.append((isCyrillic, stem)) }
            return true
        }

        /// The entry of a word's stem. That of a word with marks is worked out each time: another may be written without.
        private func stem(_ span: IndexWords.Span, _ entry: Int, _ language: WordStemmer.Language, _ table: inout StemTable) -> Int {
            guard span.markedEnd > span.markedStart else {
                return stemmer.withStem(of: Array(table.word(entry)), language) { table.entry(of: $0) }
            }
            return stemmer.withStem(of: Array(words.marked[Int(span.markedStart)..<Int(span.markedEnd)]), language) { stem in
                var refolded = IndexWords()
                refolded.read(String(decoding: stem, as: UTF8.self))
                guard let first = refolded.spans.first else { return entry }
                return refolded.folded.withUnsafeBufferPointer { table.entry(of: UnsafeBufferPointer(rebasing: $0[first.range])) }
            }
        }

        func text(latin: StemTable, cyrillic: StemTable) -> String {
            var bytes = bytes
            for stem in stems {
                if !bytes.isEmpty { bytes.append(32) }
                bytes.append(contentsOf: stem.isCyrillic ? cyrillic.word(stem.entry) : latin.word(stem.entry))
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

extension IndexWords.Span {
    fileprivate var range: Range<Int> { Int(start)..<Int(end) }
}
