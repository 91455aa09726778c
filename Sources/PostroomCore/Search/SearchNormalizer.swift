import MailMIME

/// Makes the words that both databases index, so that both find the same.
///
/// A field's index is its words in order, then the stems that differ from them: phrases match the words, an inflected form is
/// found by its stem. One instance serves one task.
public struct SearchNormalizer {
    private let stemmer = WordStemmer()
    private let writer = SearchIndexWriter()

    /// Text beyond this many words is not indexed.
    public static let longestText = 100_000

    public init() {}

    /// The index of a message: what it says of itself, its text, and the names of its attachments.
    public func text(of content: EmailContent, body: String, fileNames: [String] = []) -> SearchText {
        text(of: content, bodies: [SearchableText(text: body)], fileNames: fileNames)
    }

    /// The same with the text in pieces; of the other form of a piece only what is new in it is taken.
    public func text(of content: EmailContent, bodies: [SearchableText], fileNames: [String] = []) -> SearchText {
        var sink = TextSink()
        writer.write(content, bodies: bodies, fileNames: fileNames, stemmer: stemmer, to: &sink)
        return sink.searchText
    }

    /// A batch of messages, which `body` adds one after the other.
    func batch(_ body: (inout IndexBatch) -> Void) -> IndexBatch {
        writer.beginBatch()
        var batch = IndexBatch()
        body(&batch)
        return batch
    }

    /// Adds a message to the batch that ``batch(_:)`` has begun last.
    func add(_ email: EmailID, _ content: EmailContent, bodies: [SearchableText], fileNames: [String], to batch: inout IndexBatch) {
        batch.add(email) { writer.write(content, bodies: bodies, fileNames: fileNames, stemmer: stemmer, to: &$0) }
    }

    private func stem(of word: SearchWords.Word, _ language: WordStemmer.Language) -> String {
        let spelling = word.marked ?? word.folded
        let stem = String(decoding: stemmer.stem(Array(spelling.utf8), language), as: UTF8.self)
        return word.marked == nil ? stem : SearchWords.words(of: stem).first?.folded ?? word.folded
    }

    /// What to look for: every term must be found. Quotes make a phrase, `*` right after a word its beginnings.
    public func terms(of query: String) -> [SearchTerm] {
        var terms: [SearchTerm] = []
        var isQuoted = false
        var part = ""
        func endPart(isPhrase: Bool) {
            defer { part = "" }
            let isPrefix = part.hasSuffix("*")
            let words = SearchWords.words(of: part)
            guard let first = words.first else { return }
            if words.count == 1 && !isPhrase {
                var alternatives = [first.folded]
                let languages: [WordStemmer.Language] =
                    switch first.script {
                    case .latin: WordStemmer.Language.latin
                    case .cyrillic: [.russian]
                    case .other, .pair: []
                    }
                for language in languages {
                    let stem = stem(of: first, language)
                    if !alternatives.contains(stem) { alternatives.append(stem) }
                }
                // A single character of a script without spaces begins the pairs that hold it.
                let isSingle = first.script == .pair && first.folded.unicodeScalars.count == 1
                terms.append(SearchTerm(alternatives: alternatives.map { [$0] }, isPrefix: isPrefix || isSingle))
            } else {
                terms.append(SearchTerm(alternatives: [words.map(\.folded)], isPrefix: isPrefix))
            }
        }
        for character in query {
            if character == "\"" || character == "\u{201C}" || character == "\u{201D}" || character == "«" || character == "»" {
                endPart(isPhrase: isQuoted)
                isQuoted.toggle()
            } else if character.isWhitespace && !isQuoted {
                endPart(isPhrase: false)
            } else {
                part.append(character)
            }
        }
        endPart(isPhrase: isQuoted)
        return terms
    }
}

/// One thing to find: any of the alternatives, each a phrase of normalised words.
public struct SearchTerm: Sendable, Hashable {
    public var alternatives: [[String]]
    /// The last word of the first alternative is only the beginning of one; the others are whole.
    public var isPrefix: Bool

    public init(alternatives: [[String]], isPrefix: Bool = false) {
        self.alternatives = alternatives
        self.isPrefix = isPrefix
    }
}

extension SearchText {
    /// The index of one message; for many, keep a `SearchNormalizer`.
    public init(of content: EmailContent, body: String, fileNames: [String] = []) {
        self = SearchNormalizer().text(of: content, body: body, fileNames: fileNames)
    }
}
