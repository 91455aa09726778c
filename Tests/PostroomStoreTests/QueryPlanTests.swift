import PostroomCore
import Testing

@testable import PostroomStore

@Suite("What statements cost", .enabled(if: !PostgresServer.isWanted))
struct QueryPlanTests {
    /// Statements that are meant to walk an account, by a piece of their text.
    private static let walks = ["ORDER BY e.received_at DESC", "DELETE FROM", "is_unread = 1 GROUP BY"]
    /// Indexes of what waits for something: nothing, most of the time.
    private static let few = ["emails_without_source", "emails_unindexed", "emails_headers_unindexed"]

    @Test("no statement of daily work walks through all mail of an account")
    func plans() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        // Daily work, so that its statements are known.
        let ids = try await fixture.add(
            [.sample(1, messageID: "a@x", at: 1), .sample(2, messageID: "b@x", references: ["a@x"]), .sample(3, messageID: "c@x")],
            to: inbox)
        try await fixture.add(
            [.sample(9, messageID: "a@x", at: 1), .sample(10, messageID: "d@x", references: ["b@x", "c@x"])], to: archive)
        try await store.setFlags([ServerFlags(uid: 1, keywords: ["$seen"])], in: inbox, uidValidity: 1, cursor: nil, of: account)
        _ = try await store.update(
            [EmailUpdate(id: ids[1], addKeywords: ["$flagged"], addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil,
            of: account)
        for operation in try await fixture.operations() { try await store.completeOperation(operation.id, newUID: (1, 77), of: account) }
        for isDeleted in [true, false] {
            try await store.setFlags(
                [ServerFlags(uid: 10, keywords: [], isDeleted: isDeleted)], in: archive, uidValidity: 1, cursor: nil, of: account)
        }
        try await fixture.add([.sample(10, messageID: "d@x", references: ["b@x", "c@x"])], to: archive)
        _ = try await store.hiddenUnread(of: account)
        try await store.removePlacements(uids: [3], in: inbox, cursor: nil, of: account)
        _ = try await store.destroyEmails([ids[0]], ifInState: nil, of: account)
        for operation in try await fixture.operations() { try await store.refuseOperation(operation.id, of: account) }
        _ = try await store.emails(ids, of: account)
        _ = try await store.threads([fixture.email(ids[1]).threadID], of: account)
        _ = try await store.placements(of: ids, account: account)
        _ = try await store.placements(in: inbox, uids: 1...9, of: account)
        _ = try await store.placements(in: inbox, among: [1, 9], of: account)
        _ = try await store.missingSources(in: inbox, limit: 5, of: account)
        _ = try await store.emails(withMessageID: "a@x", of: account)
        for filter: EmailFilter in [
            .inMailbox(inbox), .and([.inMailbox(inbox), .text("word")]), .and([.inMailbox(inbox), .notKeyword("$seen")]),
        ] {
            _ = try await fixture.ids(filter)
            _ = try await fixture.ids(filter, collapse: true)
        }

        let database = try #require(store.database as? SQLiteDatabase)
        var checked = 0
        for statement in database.statements where ["placements", "emails", "hidden"].contains(where: statement.contains) {
            let plan = try await database.plan(of: statement)
            checked += 1
            for line in plan where !Self.walks.contains(where: { statement.contains($0) }) {
                // A search by the account alone: everything that the account has is looked at.
                #expect(
                    !line.contains("(account_id=?)") || line.contains("departures") || line.contains("mailboxes")
                        || Self.few.contains(where: { line.contains($0) }),
                    "\(line) in: \(statement)")
                #expect(!line.hasPrefix("SCAN ") || line.contains("json_each") || line.contains("search"), "\(line) in: \(statement)")
            }
        }
        #expect(checked > 30)
    }

    @Test("a page of a mailbox is a range of the copies' own order: nothing is sorted")
    func page() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        _ = try await fixture.ids(.inMailbox(inbox))
        let database = try #require(fixture.store.database as? SQLiteDatabase)
        let statement = try #require(database.statements.first { $0.contains("FROM placements p WHERE") && $0.contains("LIMIT") })
        #expect(try await database.plan(of: statement) == ["SEARCH p USING PRIMARY KEY (account_id=? AND mailbox_id=?)"])
    }

    @Test("a page of the few unread or flagged is a range of an index of theirs, by itself and by conversation")
    func unread() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        for filter: EmailFilter in [.notKeyword("$seen"), .hasKeyword("$flagged")] {
            _ = try await fixture.ids(.and([.inMailbox(inbox), filter]))
            _ = try await fixture.ids(.and([.inMailbox(inbox), filter]), collapse: true)
        }
        let database = try #require(fixture.store.database as? SQLiteDatabase)
        var checked = 0
        for statement in database.statements where statement.contains("FROM placements p WHERE") && statement.contains("p.keywords &") {
            let index = statement.contains("& 1)") ? "placements_unread" : "placements_flagged"
            #expect(
                try await database.plan(of: statement) == [
                    "SEARCH p USING COVERING INDEX \(index) (account_id=? AND mailbox_id=?)"
                ], "\(statement)")
            checked += 1
        }
        #expect(checked == 4)
    }
}
