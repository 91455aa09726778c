import Testing

@testable import PostroomCore

@Suite("Search while mail is still coming", .timeLimit(.minutes(2)))
struct SearchingTests {
    @Test("history is listed without words, which one pass of indexing adds; it ends and does nothing twice")
    func indexing() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(300)
            let report = try await fixture.sync(window: 100, batch: 30)
            #expect(report.added == 300 && report.listed != nil)
            func found(_ words: String) async throws -> Int {
                try await fixture.store.query(EmailQuery(filter: .text(words)), window: QueryWindow(), of: fixture.account.id).ids.count
            }
            // The newest fifty are indexed as they come.
            #expect(try await found("hello") == 50)
            #expect(try await fixture.store.searchCoverage(of: fixture.account.id) == SearchCoverage(emails: 300, indexed: 50, missing: 0))
            let indexing = SearchIndexing(account: fixture.account.id, store: fixture.store, turns: Turns())
            #expect(try await indexing.run() == 250)
            #expect(try await indexing.run() == 0)
            #expect(try await found("hello") == 300)
            #expect(try await found("\"letter 7\"") == 1)
            #expect(try await fixture.store.searchCoverage(of: fixture.account.id).isComplete)
        }
    }

    @Test("words come with a message's source; one whose source can't be had, or is large, is found by its header")
    func headers() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(3)
            await fixture.server.makeUnreadable([2])
            #expect(try await fixture.sync().quarantined == 1)
            _ = try await SearchIndexing(account: fixture.account.id, store: fixture.store, turns: Turns()).run()
            func found(_ words: String) async throws -> Int {
                try await fixture.store.query(EmailQuery(filter: .text(words)), window: QueryWindow(), of: fixture.account.id).ids.count
            }
            #expect(try await found("hello") == 2)
            #expect(try await found("letter") == 3)
        }
        let header = ServerMessage(uid: 1, receivedAt: Timestamp(seconds: 0), size: 900, bytes: Array(SyncFixture.message(1).utf8))
        var large = header
        large.size = FetchBatches.largeMessage + 1
        let read = MessageReader().read([header, large], scope: .header, sourcesFollow: true)
        #expect(read.map { $0.searchText == nil } == [true, false])
        #expect(read.map(\.content.subject) == ["Letter 1", "Letter 1"])
    }

    @Test("a running account indexes what it has listed")
    func supervised() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(120)
            let supervisor = AccountSupervisor(parts: fixture.parts())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await supervisor.run() }
                try await eventually {
                    let coverage = try await fixture.store.searchCoverage(of: fixture.account.id)
                    return coverage.isComplete && coverage.emails == 120
                }
                group.cancelAll()
                while (try? await group.next()) != nil {}
            }
        }
    }

    @Test("the server is asked for what is not here: what it finds, and how much of that is missing")
    func server() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(10)
            try await fixture.sync()
            await fixture.server.deliver(SyncFixture.message(11), to: "INBOX", at: 1_790_010_000)
            let supervisor = AccountSupervisor(parts: fixture.parts())
            let finds = try await supervisor.searchServer([.subject("Letter 1")], account: fixture.account.id)
            let subjects = try await fixture.store.emails(finds.emails, of: fixture.account.id).map(\.content.subject)
            #expect(subjects == ["Letter 10", "Letter 1"])
            #expect(finds.missing == 1)
            let nothing = try await supervisor.searchServer([.text("hello"), .text("absent")], account: fixture.account.id)
            #expect(nothing == ServerFinds(emails: [], missing: 0))
        }
    }

    @Test("a filter in the words a server understands, or none")
    func terms() {
        #expect(
            ServerSearchTerm.terms(of: .text("final \"board meeting\" rep*")) == [.text("final"), .text("board meeting"), .text("rep")])
        #expect(ServerSearchTerm.terms(of: .and([.from("bob"), .subject("x")])) == [.from("bob"), .subject("x")])
        #expect(ServerSearchTerm.terms(of: .or([.to("anna"), .cc("anna"), .bcc("anna")])) == [.to("anna")])
        #expect(ServerSearchTerm.terms(of: .not([.text("a")])) == nil)
        #expect(ServerSearchTerm.terms(of: .or([.text("a"), .text("b")])) == nil)
        #expect(ServerSearchTerm.terms(of: .and([.text("a"), .hasAttachment(true)])) == nil)
    }
}

@Suite("How fresh an account is")
struct FreshnessTests {
    private final class Hand: Clock {
        nonisolated(unsafe) var time: Int64 = 1_000
        func now() -> Timestamp { Timestamp(seconds: time) }
    }

    private func status(_ fixture: SyncFixture) async throws -> AccountStatus {
        try #require(try await fixture.store.account(fixture.account.id)).status
    }

    @Test("a gap is recorded once the comparison has closed it, and short ones are no gaps")
    func gap() async throws {
        try await SyncFixture.run { fixture in
            let clock = Hand()
            func keeper() async throws -> StatusKeeper {
                StatusKeeper(account: fixture.account.id, status: try await status(fixture), store: fixture.store, clock: clock)
            }
            await (try await keeper()).upToDate()
            #expect(try await status(fixture).gap == nil)
            clock.time = 1_030
            var next = try await keeper()
            await next.connecting()
            await next.upToDate()
            #expect(try await status(fixture).gap == nil)
            clock.time = 2_000
            next = try await keeper()
            await next.connecting()
            #expect(try await status(fixture).gap == nil)
            await next.upToDate()
            #expect(try await status(fixture).gap == SyncGap(from: Timestamp(seconds: 1_030), closedAt: Timestamp(seconds: 2_000)))
        }
    }

    @Test("the lag is counted from INTERNALDATE, never below nothing")
    func lag() async throws {
        try await SyncFixture.run { fixture in
            let clock = Hand()
            let keeper = StatusKeeper(account: fixture.account.id, status: AccountStatus(), store: fixture.store, clock: clock)
            await keeper.arrived(receivedAt: Timestamp(seconds: 998))
            await keeper.upToDate()
            let late = try await status(fixture)
            #expect(late.lag == 2_000)
            await keeper.arrived(receivedAt: Timestamp(seconds: 1_500))
            await keeper.connecting()
            let early = try await status(fixture)
            #expect(early.lag == 0)
        }
    }
}
