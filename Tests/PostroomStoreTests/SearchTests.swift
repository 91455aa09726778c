import PostroomCore
import PostroomStore
import Testing

@Suite("Search")
struct SearchTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var query: String
        var finds: Set<UInt32>

        var testDescription: String { query }
    }

    static let mail: [(subject: String, body: String, from: String, to: [String])] = [
        ("Счёт за услуги связи", "Просим оплатить счета до пятницы. Ёлка.", "billing@telecom.ru", ["anna@example.com"]),
        (
            "Invoices are running late", "The parties discussed running costs", "john.doe@example.org",
            ["anna@example.com", "team@example.com"]
        ),
        (
            "Résumé of Müller GmbH", "Die Rechnungen wurden bezahlt und die Häuser sind nicht mit dem Auto", "info@mueller.de",
            ["anna@example.com"]
        ),
        ("会議の議事録", "東京都庁で会議を行います", "tanaka@example.jp", ["anna@example.com"]),
        ("Report_2024-final.pdf", "see the attached file, ＦＵＬＬ width", "scan@printer.local", ["anna@example.com"]),
        ("Новости", "Новый йогурт уже в продаже, встречи перенесены", "news@shop.ru", ["list@example.com"]),
    ]

    @Test(
        "words are found by form, mark, width, script and part",
        arguments: [
            Case(query: "счет", finds: [1]), Case(query: "счетов", finds: [1]), Case(query: "елка", finds: [1]),
            Case(query: "invoice", finds: [2]), Case(query: "run", finds: [2]), Case(query: "RUNNING", finds: [2]),
            Case(query: "party", finds: [2]), Case(query: "resume", finds: [3]), Case(query: "MULLER", finds: [3]),
            Case(query: "Rechnung", finds: [3]), Case(query: "haus", finds: [3]), Case(query: "東京", finds: [4]),
            Case(query: "議事録", finds: [4]), Case(query: "庁", finds: [4]), Case(query: "京会", finds: []),
            Case(query: "report", finds: [5]), Case(query: "2024", finds: [5]), Case(query: "final pdf", finds: [5]),
            Case(query: "full", finds: [5]), Case(query: "встреча", finds: [6]), Case(query: "йогурты", finds: [6]),
            Case(query: "\"running costs\"", finds: [2]), Case(query: "\"costs running\"", finds: []),
            Case(query: "john.doe@example.org", finds: [2]), Case(query: "example.org", finds: [2]), Case(query: "runn*", finds: [2]),
            Case(query: "нов*", finds: [6]), Case(query: "anna", finds: [1, 2, 3, 4, 5]), Case(query: "invoices anna", finds: [2]),
            Case(query: "!!!", finds: []), Case(query: "OR AND NOT", finds: []), Case(query: "\" ' * ( ) : ^ -", finds: []),
        ])
    func found(_ item: Case) async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add(
            Self.mail.enumerated().map { index, mail in
                .sample(
                    UInt32(index + 1), subject: mail.subject, from: mail.from, to: mail.to, body: mail.body,
                    source: Array("source \(index)".utf8))
            }, to: inbox)
        let found = try await fixture.ids(.and([.inMailbox(inbox), .text(item.query)]))
        #expect(Set(found.compactMap { ids.firstIndex(of: $0).map { UInt32($0 + 1) } }) == item.finds)
    }

    @Test("fields are searched one by one, and accounts apart")
    func fields() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let id = try await fixture.add(
            [.sample(1, subject: "apple", from: "pear@x.org", to: ["plum@y.org"], body: "cherry", source: [1])], to: inbox)[0]
        #expect(try await fixture.ids(.subject("apple")) == [id])
        #expect(try await fixture.ids(.subject("pear")) == [])
        #expect(try await fixture.ids(.from("pear")) == [id])
        #expect(try await fixture.ids(.to("plum y.org")) == [id])
        #expect(try await fixture.ids(.cc("plum")) == [])
        #expect(try await fixture.ids(.body("cherries")) == [id])
        #expect(try await fixture.ids(.or([.subject("nothing"), .body("cherry")])) == [id])
        #expect(try await fixture.ids(.not([.text("apple")])) == [])
        let other = try await fixture.store.addAccount(
            userID: fixture.user.id, providerID: fixture.provider.id, address: "other@example.com", login: "o",
            settings: AccountSettings(), senderName: "", sealedCredential: [])
        let elsewhere = try await fixture.store.query(EmailQuery(filter: .text("apple")), window: QueryWindow(), of: other.id)
        #expect(elsewhere.ids.isEmpty)
        try await fixture.store.removeAccount(other.id)
    }
}
