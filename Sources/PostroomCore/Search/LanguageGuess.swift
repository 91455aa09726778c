/// Which of the stemmers' languages a text in Latin letters is in, by its commonest small words.
enum LanguageGuess {
    private static let smallWords: [String: [WordStemmer.Language]] = {
        var found: [String: [WordStemmer.Language]] = [:]
        func add(_ language: WordStemmer.Language, _ words: String) {
            for word in words.split(separator: " ") { found[String(word), default: []].append(language) }
        }
        add(.english, "the and of to is that for it with you are this was have not be from we will on your as at by an or if")
        add(.german, "der die und das ist nicht ein eine ich sie mit den von zu auf fur im dem es wir auch sich des werden bei wird")
        add(.french, "le la les et des est une pour dans que vous nous pas sur avec ce qui au du par plus je votre sont aux cette")
        add(.spanish, "el la los las de que y en un una es por con para se del su al lo como mas esta pero sus le nos usted gracias")
        add(.portuguese, "o os as de que e em um uma nao para com se por do da dos no na ao mais voce seu sua obrigado foi pelo")
        add(.italian, "il lo la gli di che e un una per con non sono del della le si nel alla dei ha questo come anche grazie piu")
        return found
    }()

    /// The small words packed into integers, with a bit for each of the languages that have it.
    private static let packed: [UInt64: UInt8] = {
        var found: [UInt64: UInt8] = [:]
        for (word, languages) in smallWords {
            var key: UInt64 = 0
            for byte in word.utf8 { key = key << 8 | UInt64(byte) }
            for language in languages {
                guard let bit = WordStemmer.Language.latin.firstIndex(of: language) else { continue }
                found[key, default: 0] |= 1 << UInt8(bit)
            }
        }
        return found
    }()

    /// No small word is longer.
    private static let longest = 8

    /// The language with most hits among the words; English where nothing speaks for another.
    static func language(of words: IndexWords, _ spans: some Sequence<IndexWords.Span>) -> WordStemmer.Language {
        var hits = [Int](repeating: 0, count: WordStemmer.Language.latin.count)
        let packed = packed
        words.folded.withUnsafeBufferPointer { bytes in
            for span in spans where span.kind == ScalarTable.Kind.latin && span.end - span.start <= longest {
                var key: UInt64 = 0
                for at in Int(span.start)..<Int(span.end) { key = key << 8 | UInt64(bytes[at]) }
                guard var languages = packed[key] else { continue }
                while languages != 0 {
                    hits[languages.trailingZeroBitCount] += 1
                    languages &= languages - 1
                }
            }
        }
        // The first of those with most hits, so that a draw has one outcome.
        let most = hits.max() ?? 0
        return hits.firstIndex(of: most).map { WordStemmer.Language.latin[$0] } ?? .english
    }
}
