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

    /// The small words packed into integers, with a bit for each of the languages that have it: a table with room for eight times as many, where a word
    /// stands at its hash or right after. A dictionary's hashing took a third of the guess, which every message pays.
    private struct Table {
        static let bits: UInt64 = 11
        private(set) var slots = [(key: UInt64, languages: UInt8)](repeating: (0, 0), count: 1 << Int(bits))

        init() {
            for (word, languages) in smallWords {
                var key: UInt64 = 0
                for byte in word.utf8 { key = key << 8 | UInt64(byte) }
                for language in languages {
                    guard let bit = WordStemmer.Language.latin.firstIndex(of: language) else { continue }
                    slots[place(of: key)].key = key
                    slots[place(of: key)].languages |= 1 << UInt8(bit)
                }
            }
        }

        /// Where the word is, or would be.
        private func place(of key: UInt64) -> Int {
            var place = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> (64 - Self.bits))
            while slots[place].key != 0, slots[place].key != key { place = (place + 1) & (slots.count - 1) }
            return place
        }

        func languages(of key: UInt64) -> UInt8 { slots[place(of: key)].languages }
    }

    private static let table = Table()

    /// No small word is longer.
    private static let longest = 8

    /// The language with most hits among the words; English where nothing speaks for another.
    static func language(of folded: UnsafeBufferPointer<UInt8>, _ spans: some Sequence<IndexWords.Span>) -> WordStemmer.Language {
        var hits = [Int](repeating: 0, count: WordStemmer.Language.latin.count)
        let table = table
        for span in spans where span.kind == ScalarTable.Kind.latin && span.end - span.start <= longest {
            var key: UInt64 = 0
            for at in Int(span.start)..<Int(span.end) { key = key << 8 | UInt64(folded[at]) }
            var languages = table.languages(of: key)
            while languages != 0 {
                hits[languages.trailingZeroBitCount] += 1
                languages &= languages - 1
            }
        }
        // The first of those with most hits, so that a draw has one outcome.
        let most = hits.max() ?? 0
        return hits.firstIndex(of: most).map { WordStemmer.Language.latin[$0] } ?? .english
    }
}
