import MailMIME

/// Writes the index of messages, field by field. Keeps the words it has met, so an instance belongs to one task at a time.
final class SearchIndexWriter {
    private var words = IndexWords()
    /// One table a language; Cyrillic words are Russian whatever else the text is in.
    private var tables: [WordStemmer.Language: StemTable] = [:]
    /// Numbers the fields, so that a word is known to be new in one.
    private var field: UInt32 = 0

    /// Numbers of words are those of a batch.
    func beginBatch() {
        for table in tables.values { table.beginBatch() }
    }

    /// Gives a message's words to `sink`, which gets all fields.
    func write(
        _ content: EmailContent, bodies: [SearchableText], fileNames: [String], stemmer: WordStemmer, to sink: inout some WordSink
    ) {
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
            of: words.folded, Array(words.spans[subject].prefix(50)) + words.spans[subject.upperBound...].prefix(350))
        let latin = table(of: language)
        let cyrillic = table(of: .russian)
        if latin.isFull { latin.removeAll() }
        if cyrillic.isFull { cyrillic.removeAll() }

        sink.begin(.subject)
        index([(subject, false)], language, stemmer, latin, cyrillic, to: &sink)
        sink.endField()
        sink.begin(.body)
        index(pieces, language, stemmer, latin, cyrillic, to: &sink)
        for name in fileNames {
            words.removeAll()
            words.read(name)
            index([(0..<words.spans.count, false)], language, stemmer, latin, cyrillic, to: &sink)
        }
        sink.endField()
        for (field, addresses) in [(IndexBatch.Field.from, content.from), (.to, content.to), (.cc, content.cc), (.bcc, content.bcc)] {
            sink.begin(field)
            people(addresses, to: &sink)
            sink.endField()
        }
    }

    private func table(of language: WordStemmer.Language) -> StemTable {
        if let table = tables[language] { return table }
        let table = StemTable()
        tables[language] = table
        return table
    }

    private func index(
        _ pieces: [(spans: Range<Int>, isOtherForm: Bool)], _ language: WordStemmer.Language, _ stemmer: WordStemmer,
        _ latin: StemTable, _ cyrillic: StemTable, to sink: inout some WordSink
    ) {
        field &+= 1
        let folded = words.folded
        words.spans.withUnsafeBufferPointer { spans in
            words.marked.withUnsafeBufferPointer { marked in
                var course = Course(spans: spans, folded: folded, marked: marked, stemmer: stemmer, language: language, field: field)
                var text = 0..<0
                for piece in pieces {
                    course.add(piece.spans, otherFormOf: piece.isOtherForm ? text : nil, latin, cyrillic, to: &sink)
                    if !piece.isOtherForm { text = piece.spans }
                }
                course.addStems(latin, cyrillic, to: &sink)
            }
        }
    }

    /// Names and the parts of addresses: found as they are written, so without stems.
    private func people(_ addresses: [MailAddress], to sink: inout some WordSink) {
        guard !addresses.isEmpty else { return }
        words.removeAll()
        for address in addresses {
            if let name = address.name { words.read(name) }
            words.read(address.address)
        }
        let folded = words.folded
        for span in words.spans { sink.take(UnsafeBufferPointer(rebasing: folded[span.range])) }
    }

    /// One field on its way: its words in order, and the stems to come after them.
    private struct Course {
        let spans: UnsafeBufferPointer<IndexWords.Span>
        let folded: UnsafeBufferPointer<UInt8>
        let marked: UnsafeBufferPointer<UInt8>
        let stemmer: WordStemmer
        let language: WordStemmer.Language
        let field: UInt32
        private var stems: [(isCyrillic: Bool, entry: Int)] = []

        init(
            spans: UnsafeBufferPointer<IndexWords.Span>, folded: UnsafeBufferPointer<UInt8>, marked: UnsafeBufferPointer<UInt8>,
            stemmer: WordStemmer, language: WordStemmer.Language, field: UInt32
        ) {
            self.spans = spans
            self.folded = folded
            self.marked = marked
            self.stemmer = stemmer
            self.language = language
            self.field = field
        }

        /// - Parameter text: words that were added before, which these say in another form; nil where they are a text of their own.
        mutating func add(
            _ range: Range<Int>, otherFormOf text: Range<Int>?, _ latin: StemTable, _ cyrillic: StemTable, to sink: inout some WordSink
        ) {
            guard var text else {
                for index in range { _ = add(spans[index], always: true, latin, cyrillic, to: &sink) }
                return
            }
            // The HTML of a message mostly says what its plain text says. Where much of it is new it is a text of its own.
            let start = sink.place
            var new = 0
            for index in range {
                // What stands at the same place of the text is not new. To see that costs less than to look it up.
                if let same = text.prefix(Self.reach).first(where: { isSame(spans[$0], spans[index]) }) {
                    text = same + 1..<text.upperBound
                } else if add(spans[index], always: false, latin, cyrillic, to: &sink) {
                    new += 1
                }
            }
            guard new * 5 > range.count else { return }
            sink.goBack(to: start)
            for index in range { _ = add(spans[index], always: true, latin, cyrillic, to: &sink) }
        }

        /// So many words of the text may be missing in its other form before the two are no longer read side by side.
        private static let reach = 4

        @inline(__always)
        private func isSame(_ one: IndexWords.Span, _ other: IndexWords.Span) -> Bool {
            guard one.kind == other.kind, one.end - one.start == other.end - other.start else { return false }
            return folded[one.range].elementsEqual(folded[other.range])
        }

        /// Returns whether the field did not have the word yet.
        private mutating func add(
            _ span: IndexWords.Span, always: Bool, _ latin: StemTable, _ cyrillic: StemTable, to sink: inout some WordSink
        ) -> Bool {
            let word = UnsafeBufferPointer(rebasing: folded[span.range])
            switch span.kind {
            case ScalarTable.Kind.cyrillic:
                let entry = cyrillic.entry(of: word, isPadded: true)
                let isNew = note(span, entry, isCyrillic: true, .russian, cyrillic)
                if always || isNew { sink.take(word, entry: entry, of: cyrillic) }
                return isNew
            case let kind:
                let entry = latin.entry(of: word, isPadded: true)
                let isNew =
                    kind == ScalarTable.Kind.latin
                    ? note(span, entry, isCyrillic: false, language, latin) : latin.isNew(entry, in: field)
                if always || isNew { sink.take(word, entry: entry, of: latin) }
                return isNew
            }
        }

        private mutating func note(
            _ span: IndexWords.Span, _ entry: Int, isCyrillic: Bool, _ language: WordStemmer.Language, _ table: StemTable
        ) -> Bool {
            guard table.isNew(entry, in: field) else { return false }
            let stem: Int
            if span.markedEnd > span.markedStart {
                stem = self.stem(span, entry, language, table)
            } else if let known = table.stem(of: entry) {
                stem = known
            } else {
                stem = self.stem(span, entry, language, table)
                table.setStem(stem, of: entry)
            }
            if stem != entry, table.isNew(stem, in: field) { stems.append((isCyrillic, stem)) }
            return true
        }

        /// The entry of a word's stem. That of a word with marks is worked out each time: another may be written without.
        private func stem(_ span: IndexWords.Span, _ entry: Int, _ language: WordStemmer.Language, _ table: StemTable) -> Int {
            guard span.markedEnd > span.markedStart else {
                return stemmer.withStem(of: Array(table.word(entry)), language) { table.entry(of: $0) }
            }
            return stemmer.withStem(of: Array(marked[Int(span.markedStart)..<Int(span.markedEnd)]), language) { stem in
                var refolded = IndexWords()
                refolded.read(String(decoding: stem, as: UTF8.self))
                guard let first = refolded.spans.first else { return entry }
                let folded = UnsafeBufferPointer(rebasing: refolded.folded[first.range])
                return withExtendedLifetime(refolded) { table.entry(of: folded) }
            }
        }

        func addStems(_ latin: StemTable, _ cyrillic: StemTable, to sink: inout some WordSink) {
            for stem in stems {
                if stem.isCyrillic {
                    sink.take(entry: stem.entry, of: cyrillic)
                } else {
                    sink.take(entry: stem.entry, of: latin)
                }
            }
        }
    }
}

extension IndexWords.Span {
    fileprivate var range: Range<Int> { Int(start)..<Int(end) }
}
