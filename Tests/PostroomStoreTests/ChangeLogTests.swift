import PostroomCore
import PostroomStore
import Testing

@Suite("The change log")
struct ChangeLogTests {
    @Test("created then changed is created; created then destroyed is nothing")
    func folding() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let start = try await store.states(of: account)[.email] ?? 0
        let ids = try await fixture.add([.sample(1), .sample(2), .sample(3)], to: inbox)
        let middle = try await store.states(of: account)[.email] ?? 0
        try await store.setFlags([ServerFlags(uid: 1, keywords: ["$seen"])], in: inbox, uidValidity: 1, cursor: nil, of: account)
        try await store.removePlacements(uids: [2], in: inbox, cursor: nil, of: account)
        let all = try await store.changes(of: account, type: .email, since: start, limit: nil)
        #expect(all.created == [ids[0].value, ids[2].value])
        #expect(all.updated.isEmpty && all.destroyed.isEmpty && !all.hasMoreChanges)
        let late = try await store.changes(of: account, type: .email, since: middle, limit: nil)
        #expect(late.created.isEmpty)
        #expect(late.updated == [ids[0].value])
        #expect(late.destroyed == [ids[1].value])
        #expect(late.newState == all.newState)
        let none = try await store.changes(of: account, type: .email, since: all.newState, limit: nil)
        #expect(none == ChangeSet(oldState: all.newState, newState: all.newState))
    }

    @Test("a limit cuts the log into pages that add up to the whole, even inside one write", arguments: [1, 2, 7, 1000])
    func pages(limit: Int) async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add((1...20).map { .sample($0) }, to: inbox)
        var state: Int64 = 0
        var seen: [Int64] = []
        var hasMore = true
        while hasMore {
            let page = try await fixture.store.changes(of: fixture.account, type: .email, since: state, limit: limit)
            #expect(page.created.count <= limit)
            #expect(page.newState > state)
            seen += page.created
            state = page.newState
            hasMore = page.hasMoreChanges
        }
        #expect(seen == ids.map(\.value))
        #expect(state == (try await fixture.store.states(of: fixture.account)[.email]))
    }

    @Test("states that were never given out or are forgotten can't be calculated from")
    func unknownStates() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        try await fixture.add((1...10).map { .sample($0) }, to: inbox)
        for state: Int64 in [-1, 100_000] {
            await #expect(throws: StoreError.cannotCalculateChanges) {
                _ = try await store.changes(of: account, type: .email, since: state, limit: nil)
            }
        }
        let last = try await store.states(of: account)[.email] ?? 0
        try await store.trimChanges(of: account, keeping: 3)
        await #expect(throws: StoreError.cannotCalculateChanges) {
            _ = try await store.changes(of: account, type: .email, since: 0, limit: nil)
        }
        #expect(try await store.changes(of: account, type: .email, since: last, limit: nil).newState == last)
    }

    @Test("the feed tells each commit with the states that it reached; a slow reader gets them merged")
    func feed() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        var reader = fixture.store.stateChanges().makeAsyncIterator()
        try await fixture.add([.sample(1)], to: inbox)
        try await fixture.add([.sample(2)], to: inbox)
        try await fixture.store.setStatus(AccountStatus(phase: .upToDate), of: fixture.account)
        let merged = try #require(await reader.next())
        let states = try await fixture.store.states(of: fixture.account)
        #expect(merged.states == states.filter { [.email, .thread, .mailbox].contains($0.key) })
        #expect(merged.accountChanged)
        try await fixture.add([.sample(3)], to: inbox)
        let next = try #require(await reader.next())
        #expect(next.states[.email] == (try await fixture.store.states(of: fixture.account)[.email]))
        #expect(!next.accountChanged)
    }

    @Test("a reader that is cancelled ends")
    func cancelledReader() async throws {
        let fixture = try await StoreFixture()
        let stream = fixture.store.stateChanges()
        let task = Task {
            var count = 0
            for await _ in stream { count += 1 }
            return count
        }
        task.cancel()
        #expect(await task.value == 0)
    }

    @Test("a write that fails leaves nothing behind, not in the log either")
    func allOrNothing() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let id = try await fixture.add([.sample(1)], to: inbox)[0]
        let states = try await fixture.store.states(of: fixture.account)
        await #expect(throws: StoreError.notFound(what: "email 999")) {
            _ = try await fixture.store.update(
                [EmailUpdate(id: id, addKeywords: ["$seen"]), EmailUpdate(id: EmailID(999), addKeywords: ["$seen"])], ifInState: nil,
                of: fixture.account)
        }
        #expect(try await fixture.store.states(of: fixture.account) == states)
        #expect(try await fixture.email(id).keywords.isEmpty)
        #expect(try await fixture.operations().isEmpty)
    }
}
