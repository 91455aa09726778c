import PostroomCore
import Testing

@testable import PostroomStore

@Suite("Threads worked out anew from the store")
struct RethreadTests {
    private func rethread(_ fixture: StoreFixture) async throws -> RethreadStep {
        var sum = RethreadStep(next: try await fixture.store.rethreadingStart(of: fixture.account), total: 0, done: 0)
        while let next = sum.next {
            let step = try await fixture.store.rethread(next, of: fixture.account)
            sum.next = step.next
            (sum.total, sum.done) = (step.total, step.done)
            sum.moved += step.moved
            sum.createdThreads += step.createdThreads
            sum.destroyedThreads += step.destroyedThreads
        }
        return sum
    }

    @Test("what is right stays, and nothing is logged")
    func unchanged() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        try await fixture.add(
            (1...2_500).map { .sample($0, messageID: "\($0)@x", references: $0 % 5 == 0 ? ["\($0 - 1)@x"] : []) }, to: inbox)
        let states = try await fixture.store.states(of: fixture.account)
        let step = try await rethread(fixture)
        #expect((step.total, step.done, step.moved) == (2_500, 2_500, 0))
        #expect(try await fixture.store.states(of: fixture.account) == states)
        #expect(try await fixture.store.integrityProblems(of: fixture.account) == [])
    }

    @Test("conversations that only a message joined which is gone are parted again; the larger keeps its id")
    func parted() async throws {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let (inbox, archive) = (try #require(boxes["INBOX"]), try #require(boxes["Archive"]))
        let large = try await fixture.add(
            [.sample(1, messageID: "a@x"), .sample(2, messageID: "b@x", references: ["a@x"], keywords: ["$seen"])], to: inbox)
        let small = try await fixture.add([.sample(3, messageID: "c@x")], to: archive)[0]
        let joiner = try await fixture.add([.sample(4, messageID: "d@x", references: ["b@x", "c@x"])], to: inbox)[0]
        let thread = try await fixture.email(joiner).threadID
        #expect(try await fixture.present(small).threadID == thread)
        #expect(try await rethread(fixture).moved == 0)
        let before = try await fixture.present(small).id
        try await fixture.store.removePlacements(uids: [4], in: inbox, cursor: nil, of: fixture.account)
        let states = try await fixture.store.states(of: fixture.account)

        let step = try await rethread(fixture)
        #expect((step.moved, step.createdThreads, step.destroyedThreads) == (1, 1, 0))
        let parted = try await fixture.present(small).threadID
        #expect(parted != thread)
        for id in large { #expect(try await fixture.email(id).threadID == thread) }
        let emails = try await fixture.changes(.email, since: states)
        #expect(emails.destroyed == [before.value])
        #expect(emails.created == [try await fixture.present(small).id.value])
        let threads = try await fixture.changes(.thread, since: states)
        #expect(threads.created == [parted.value] && threads.updated == [thread.value] && threads.destroyed == [])
        #expect(try await fixture.store.integrityProblems(of: fixture.account) == [])
        // Once more changes nothing, and what comes in finds the right one.
        let after = try await fixture.store.states(of: fixture.account)
        #expect(try await rethread(fixture).moved == 0)
        #expect(try await fixture.store.states(of: fixture.account) == after)
        let late = try await fixture.add([.sample(5, messageID: "e@x", references: ["c@x"])], to: archive)[0]
        #expect(try await fixture.email(late).threadID == parted)
    }

    @Test("one conversation that lies in several threads is joined, whatever the references say")
    func joined() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add(
            [
                .sample(1, messageID: "a@x"), .sample(2, messageID: "b@x", references: ["a@x"]),
                .sample(3, messageID: "c@x", references: ["a@x"]),
            ],
            to: inbox)
        let right = try await fixture.email(ids[0]).threadID
        // What a defect would leave: an email in a thread of its own, and a name that leads nowhere.
        try await fixture.store.write(fixture.account) { transaction in
            let wrong = try transaction.takeIDs()
            try transaction.counting([right.value, wrong]) {
                for (table, column) in [("emails", "id"), ("placements", "email_id")] {
                    try transaction.connection.execute(
                        "UPDATE \(table) SET thread_id = $2 WHERE account_id = $1 AND \(column) = $3",
                        [transaction.account.sql, wrong.sql, ids[2].sql])
                }
            }
            try transaction.connection.execute("DELETE FROM thread_refs WHERE account_id = $1", [transaction.account.sql])
        }
        let wrong = try await fixture.email(ids[2]).threadID
        let states = try await fixture.store.states(of: fixture.account)
        let step = try await rethread(fixture)
        #expect((step.moved, step.createdThreads, step.destroyedThreads) == (1, 0, 1))
        for id in ids { #expect(try await fixture.present(id).threadID == right) }
        #expect(try await fixture.changes(.thread, since: states).destroyed == [wrong.value])
        #expect(try await fixture.mailbox(inbox).counts.totalThreads == 1)
        #expect(try await fixture.store.integrityProblems(of: fixture.account) == [])
        let late = try await fixture.add([.sample(4, messageID: "d@x", references: ["b@x"])], to: inbox)[0]
        #expect(try await fixture.email(late).threadID == right)
    }

    @Test("the server's own thread ids hold together what no reference does, also where they were not kept")
    func serverThreads() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        var mail: [IncomingEmail] = (1...4).map { .sample($0, messageID: "\($0)@x") }
        for (index, thread) in ["T1", "T1", "T2", "T2"].enumerated() { mail[index].serverThreadID = thread }
        let ids = try await fixture.add(mail, to: inbox)
        #expect(try await rethread(fixture).moved == 0)
        // As an earlier version left them.
        try await fixture.store.write(fixture.account) {
            try $0.connection.execute("UPDATE emails SET server_thread = NULL WHERE account_id = $1", [$0.account.sql])
        }
        #expect(try await rethread(fixture).moved == 0)
        #expect(try await fixture.email(ids[0]).threadID == fixture.email(ids[1]).threadID)
        #expect(try await fixture.email(ids[1]).threadID != fixture.email(ids[2]).threadID)
    }
}

@Suite("Quarantine")
struct QuarantineTests {
    @Test("what could not be fetched is told with its place and reason, and is fetched again when it is let go")
    func told() async throws {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let ids = try await fixture.add([.sample(1, messageID: "a@x"), .sample(2, messageID: "b@x", subject: "Bad")], to: inbox)
        #expect(try await fixture.store.quarantinedCount(of: fixture.account) == 0)
        try await fixture.store.quarantine(ids[1], reason: "Internal\u{0} error", of: fixture.account)
        #expect(try await fixture.store.missingSources(in: nil, limit: 9, of: fixture.account).map(\.emailID) == [ids[0]])
        let held = try #require(try await fixture.store.quarantined(limit: 9, of: fixture.account).first)
        #expect((held.email.id, held.email.content.subject, held.reason) == (ids[1], "Bad", "Internal error"))
        #expect(held.since == fixture.clock.now())
        #expect(held.copies == [.init(path: "INBOX", name: "INBOX", role: .inbox, uid: 2)])
        #expect(try await fixture.store.releaseQuarantined([ids[0]], of: fixture.account) == 0)
        let states = try await fixture.store.states(of: fixture.account)
        #expect(try await fixture.store.releaseQuarantined([ids[1]], of: fixture.account) == 1)
        #expect(
            try await fixture.store.changes(of: fixture.account, type: .email, since: states[.email] ?? 0, limit: nil).updated
                == [ids[1].value])
        #expect(try await fixture.store.missingSources(in: nil, limit: 9, of: fixture.account).count == 2)
        #expect(try await fixture.store.quarantined(limit: 9, of: fixture.account) == [])
        try await fixture.store.quarantine(ids[1], reason: "", of: fixture.account)
        #expect(try await fixture.store.releaseQuarantined(nil, of: fixture.account) == 1)
    }
}
