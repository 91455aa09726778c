import CStemmer

/// The Snowball stemmers, made when first needed.
///
/// A stemmer keeps a buffer inside, so an instance belongs to one task: it is not `Sendable`.
final class WordStemmer {
    enum Language: String, CaseIterable, Sendable {
        case russian, english, german, french, spanish, portuguese, italian

        static let latin: [Language] = [.english, .german, .french, .spanish, .portuguese, .italian]
    }

    private var stemmers: [Language: OpaquePointer] = [:]

    deinit {
        for stemmer in stemmers.values { sb_stemmer_delete(stemmer) }
    }

    /// The stem of a word in lower case; the word itself where nothing is taken off.
    func stem(_ word: [UInt8], _ language: Language) -> [UInt8] { withStem(of: word, language) { Array($0) } }

    /// The same without a copy: `body` must not stem.
    func withStem<Value>(of word: [UInt8], _ language: Language, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        let stemmer: OpaquePointer
        if let made = stemmers[language] {
            stemmer = made
        } else {
            guard let made = sb_stemmer_new(language.rawValue, "UTF_8") else { return word.withUnsafeBufferPointer(body) }
            stemmers[language] = made
            stemmer = made
        }
        guard let stem = sb_stemmer_stem(stemmer, word, CInt(word.count)) else { return word.withUnsafeBufferPointer(body) }
        return body(UnsafeBufferPointer(start: stem, count: Int(sb_stemmer_length(stemmer))))
    }
}
