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
    /// Stems of words met before: mail repeats itself, and a look here costs a tenth of stemming.
    private var known: [Language: [String: String]] = [:]

    deinit {
        for stemmer in stemmers.values { sb_stemmer_delete(stemmer) }
    }

    /// `make` of the word, worked out once a word.
    func remembered(_ word: String, _ language: Language, _ make: () -> String) -> String {
        if let stem = known[language]?[word] { return stem }
        let stem = make()
        if (known[language]?.count ?? 0) >= 20_000 { known[language] = nil }
        known[language, default: [:]][word] = stem
        return stem
    }

    /// The stem of a word in lower case; the word itself where nothing is taken off.
    func stem(_ word: [UInt8], _ language: Language) -> [UInt8] {
        let stemmer: OpaquePointer
        if let made = stemmers[language] {
            stemmer = made
        } else {
            guard let made = sb_stemmer_new(language.rawValue, "UTF_8") else { return word }
            stemmers[language] = made
            stemmer = made
        }
        guard let stem = sb_stemmer_stem(stemmer, word, CInt(word.count)) else { return word }
        return Array(UnsafeBufferPointer(start: stem, count: Int(sb_stemmer_length(stemmer))))
    }
}
