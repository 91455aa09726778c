import MailMIME
import PostroomCore
import Testing

@Suite("Words for people")
struct CatalogueTests {
    @Test("every cause and every problem has its words in every language", arguments: Language.allCases)
    func complete(_ language: Language) {
        let catalogue = language.catalogue
        for cause in DiagnosisCause.allCases {
            let phrase = catalogue.causes[cause]
            #expect(phrase?.title.isEmpty == false, "\(cause) in \(language)")
            #expect(phrase?.fix.isEmpty == false, "\(cause) in \(language)")
        }
        for code in ProblemCode.allCases { #expect(catalogue.problems[code]?.title.isEmpty == false, "\(code) in \(language)") }
        for stage in DiagnosisStage.allCases { #expect(catalogue.stages[stage]?.isEmpty == false, "\(stage) in \(language)") }
        for side in MailSide.allCases { #expect(catalogue.sides[side]?.isEmpty == false) }
        for reason in DeliveryReport.Reason.allCases {
            let phrase = catalogue.deliveries.reasons[reason]
            #expect(phrase?.title.isEmpty == false && phrase?.fix.isEmpty == false, "\(reason) in \(language)")
        }
        #expect(catalogue.deliveries.failed.contains("{recipient}") && catalogue.deliveries.delayed.contains("{recipient}"))
    }

    @Test("both languages fill in the same details")
    func sameDetails() {
        func names(_ phrase: Phrase?) -> Set<Substring> {
            guard let phrase else { return [] }
            let text = phrase.title + phrase.detail + phrase.fix
            let pieces = text.split(separator: "{", omittingEmptySubsequences: false).dropFirst()
            return Set(pieces.compactMap { $0.split(separator: "}", omittingEmptySubsequences: false).first })
        }
        for cause in DiagnosisCause.allCases {
            #expect(names(Catalogue.english.causes[cause]) == names(Catalogue.russian.causes[cause]), "\(cause)")
        }
        for code in ProblemCode.allCases {
            #expect(names(Catalogue.english.problems[code]) == names(Catalogue.russian.problems[code]), "\(code)")
        }
    }

    @Test("a phrase takes its details; one that is missing leaves no braces")
    func filling() {
        let diagnosis = Diagnosis(
            stage: .connect, cause: .connectionRefused, side: .imap, details: ["host": "imap.example.org", "port": "993"])
        #expect(diagnosis.phrase(in: .english).title == "imap.example.org refuses connections on port 993")
        #expect(!Diagnosis(stage: .tls, cause: .certificateExpired, side: .smtp).phrase(in: .russian).detail.contains("{"))
    }

    @Test(
        "the best language of a browser's list",
        arguments: [
            ("ru-RU,ru;q=0.9,en;q=0.8", Language.russian), ("en-US,en;q=0.9", .english), ("de,ru;q=0.5", .russian), ("", .english),
            ("en;q=0.3, ru;q=0.7", .russian), ("ru_RU.UTF-8", .russian), ("fr", .english),
        ])
    func preferences(_ header: String, _ language: Language) {
        #expect(Language(preferences: header) == language)
    }
}
