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

    /// The language with most hits among the folded words; English where nothing speaks for another.
    static func language(of words: some Sequence<String>) -> WordStemmer.Language {
        var hits: [WordStemmer.Language: Int] = [:]
        for word in words.prefix(400) {
            for language in smallWords[word] ?? [] { hits[language, default: 0] += 1 }
        }
        // In the order of the list, so that a draw has one outcome.
        return WordStemmer.Language.latin.max { hits[$0, default: 0] < hits[$1, default: 0] }
            .flatMap { best in WordStemmer.Language.latin.first { hits[$0, default: 0] == hits[best, default: 0] } } ?? .english
    }
}
