import PostroomCore
import Testing

@Suite("The query language")
struct SearchQueryTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var text: String
        var filter: EmailFilter?
        var misunderstood: [String] = []

        init(_ text: String, _ filter: EmailFilter?, misunderstood: [String] = []) {
            self.text = text
            self.filter = filter
            self.misunderstood = misunderstood
        }

        var testDescription: String { text.isEmpty ? "nothing" : text }
    }

    private static func at(_ text: String) -> Timestamp { Timestamp(rfc3339: text) ?? Timestamp(seconds: 0) }

    @Test(
        "in both languages",
        arguments: [
            Case("", nil),
            Case("   ", nil),
            Case("invoice", .text("invoice*")),
            Case("invoice ", .text("invoice")),
            Case("in", .text("in")),
            Case("inv", .text("inv*")),
            Case("in*", .text("in*")),
            Case("invoice march", .text("invoice march*")),
            Case("\"final report\"", .text("\"final report\"")),
            Case("«акт сверки» май ", .text("\"акт сверки\" май")),
            Case("from:bob", .from("bob")),
            Case("от:иван тема:\"за май\"", .and([.from("иван"), .subject("\"за май\"")])),
            Case("кому:anna", .or([.to("anna"), .cc("anna"), .bcc("anna")])),
            Case("report -draft", .and([.text("report"), .not([.text("draft*")])])),
            Case("-from:news", .not([.from("news")])),
            Case("a OR b ", .or([.text("a"), .text("b")])),
            Case("кот ИЛИ пёс ", .or([.text("кот"), .text("пёс")])),
            Case("(a OR b) c ", .and([.text("c"), .or([.text("a"), .text("b")])])),
            Case("in:inbox is:unread", .and([.inMailbox(MailboxID(1)), .notKeyword("$seen")])),
            Case("в:Входящие это:непрочитанное", .and([.inMailbox(MailboxID(1)), .notKeyword("$seen")])),
            Case("папка:Проекты", .inMailbox(MailboxID(2))),
            Case("in:anywhere cat ", .text("cat")),
            Case("in:nowhere", .or([]), misunderstood: ["in:nowhere"]),
            Case("has:attachment larger:10M", .and([.hasAttachment(true), .minSize(10 << 20)])),
            Case("есть:вложение меньше:500кб", .and([.hasAttachment(true), .maxSize(500 << 10)])),
            Case("is:flagged", .hasKeyword("$flagged")),
            Case("метка:Work", .hasKeyword("work")),
            Case("before:2024-03-01", .before(at("2024-02-29T21:00:00Z"))),
            Case("после:31.12.2023", .after(at("2023-12-30T21:00:00Z"))),
            Case("on:2024-02", .and([.after(at("2024-01-31T21:00:00Z")), .before(at("2024-02-29T21:00:00Z"))])),
            Case("since:yesterday", .after(at("2026-11-21T21:00:00Z"))),
            Case("after:7d", .after(at("2026-11-15T21:00:00Z"))),
            Case("before:soon", .or([]), misunderstood: ["before:soon"]),
            Case("before:2024-02-30", .or([]), misunderstood: ["before:2024-02-30"]),
            Case("http://example.com/a ", .text("http://example.com/a")),
            Case("a - b ", .text("a b")),
            Case(")(", nil),
            Case("- | OR (", nil),
        ])
    func parses(_ item: Case) {
        let mailboxes = [
            Mailbox(id: MailboxID(1), name: "INBOX", path: "INBOX", role: .inbox),
            Mailbox(id: MailboxID(2), name: "Проекты", path: "Work/Проекты"),
        ]
        let query = SearchQuery(
            item.text, mailboxes: mailboxes, now: Self.at("2026-11-23T15:00:00Z"), offsetMinutes: 180)
        #expect(query.filter == item.filter)
        #expect(query.misunderstood == item.misunderstood)
    }
}
