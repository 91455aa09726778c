import Foundation
import MailMIME
import Testing

@testable import PostroomCore

/// docs/diagnosis.md is what people are promised: every cause, with the texts that are really shown and a test that is really there.
@Suite("The table of causes in docs/diagnosis.md")
struct DiagnosisTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var code: String
        var how: String
        var english: String
        var russian: String
        var testDescription: String { code }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let rows: [Row] = {
        let text = (try? String(contentsOf: root.appendingPathComponent("docs/diagnosis.md"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 6 else { return Row(code: String(line), how: "", english: "", russian: "") }
            return Row(code: cells[1].trimmingCharacters(in: ["`"]), how: cells[2], english: cells[3], russian: cells[4])
        }
    }()

    @Test func everyCauseStandsInItOnce() {
        #expect(Self.rows.map(\.code).sorted() == DiagnosisCause.allCases.map(\.rawValue).sorted())
    }

    @Test("the texts are those of the catalogue", arguments: rows)
    func texts(_ row: Row) throws {
        let cause = try #require(DiagnosisCause(rawValue: row.code))
        for (language, text) in [(Language.english, row.english), (.russian, row.russian)] {
            let phrase = try #require(language.catalogue.causes[cause])
            for part in [phrase.title, phrase.detail, phrase.fix] { #expect(text.contains(part), "\(language)") }
        }
    }

    @Test("the table of reasons in delivery reports has each once, with the texts that are shown")
    func deliveryReasons() throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent("docs/diagnosis.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| *") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(rows.map { $0.first ?? "" }.sorted() == DeliveryReport.Reason.allCases.map { "*\($0.code)*" }.sorted())
        for row in rows where row.count == 3 {
            let reason = try #require(DeliveryReport.Reason.allCases.first { "*\($0.code)*" == row[0] })
            for (language, text) in zip([Language.english, .russian], row.dropFirst()) {
                let phrase = try #require(language.catalogue.deliveries.reasons[reason])
                #expect(text == "\(phrase.title) \(phrase.fix)", "\(reason) in \(language)")
            }
        }
    }

    /// What OAuth 2.0 can give is provoked together with OAuth 2.0 itself, whose tests come with it.
    static let provokedHere = rows.filter { row in
        !row.how.contains("OAuth") && !row.how.contains("oauth")
            || FileManager.default.fileExists(atPath: root.appendingPathComponent("Tests/e2e/test_oauth.py").path)
    }

    @Test("the test that provokes it is there", arguments: provokedHere)
    func provoked(_ row: Row) throws {
        let names = row.how.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
        try #require(names.count == 2, "a test and its file")
        let file = try String(contentsOf: Self.root.appendingPathComponent(names[1]), encoding: .utf8)
        #expect(file.contains(names[0]), "\(names[0]) in \(names[1])")
    }
}
