import MailProtocol
import PostroomCore
import Testing

/// A session that takes up where the one before it ended, at a server that tells what changed since (QRESYNC).
@Suite struct ResumingTests {
    @Test("A session resumes the inbox before the list; without QRESYNC it waits for its numbers")
    func order() async throws {
        for qResync in [true, false] {
            let abilities = qResync ? SyncFixture.allAbilities : SyncRunnerTests.condStore
            try await SyncFixture.run(abilities: abilities) { fixture in
                await fixture.fill(5)
                try await fixture.sync()
                await fixture.server.forgetLog()
                try await fixture.sync()
                #expect(await fixture.server.log == (qResync ? ["SELECT INBOX"] : []) + ["LIST STATUS"])
                await fixture.fill(1, from: 6)
                await fixture.server.setFlags(["\\Flagged"], of: 2, in: "INBOX")
                await fixture.server.forgetLog()
                let report = try await fixture.sync()
                #expect(report.added == 1 && report.flagsChanged > 0)
                #expect(
                    await fixture.server.log.prefix(3)
                        == (qResync
                            ? ["SELECT INBOX", "LIST STATUS", "FETCH beginning"] : ["LIST STATUS", "SELECT INBOX", "FETCH beginning"]))
            }
        }
    }

    @Test("What comes between the inbox's answer and the list comes with the rest, or is left for what is told next")
    func arrivalBeforeList() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(5)
            try await fixture.sync()
            await fixture.fill(1, from: 6)
            await fixture.server.deliver(SyncFixture.message(7), when: "LIST STATUS")
            #expect(try await fixture.sync().added == 2)
            await fixture.server.deliver(SyncFixture.message(8), when: "LIST STATUS")
            #expect(try await fixture.sync().added == 0)
            #expect(try await fixture.sync().added == 1)
            // Nothing was counted twice: what goes is missed.
            await fixture.server.remove([2, 7], from: "INBOX")
            #expect(try await fixture.sync().removed == 2)
            #expect(try await Set(fixture.subjects(in: "INBOX")) == Set([1, 3, 4, 5, 6, 8].map { "Letter \($0)" }))
        }
    }

    @Test("An inbox that can't be opened keeps no other folder from being followed, and is followed when it opens")
    func closedInbox() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(5)
            try await fixture.sync()
            await fixture.fill(1, from: 6)
            await fixture.fill(2, "Archive", from: 20)
            await fixture.server.lock(["INBOX"])
            #expect(try await fixture.sync().added == 2)
            #expect(try await fixture.subjects(in: "INBOX").count == 5)
            await fixture.server.lock([])
            #expect(try await fixture.sync().added == 1)
        }
    }

    @Test("Flags are written while new mail is fetched: those of old mail, of mail that shows again, and of the new")
    func flagsBesideArrivals() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(5)
            await fixture.server.setFlags(["\\Deleted"], of: 2, in: "INBOX")
            try await fixture.sync()
            await fixture.fill(2, from: 6)
            await fixture.server.setFlags([], of: 2, in: "INBOX")
            await fixture.server.setFlags(["\\Flagged"], of: 3, in: "INBOX")
            await fixture.server.setFlags(["\\Deleted"], of: 4, in: "INBOX")
            await fixture.server.setFlags(["\\Answered"], of: 6, in: "INBOX")
            await fixture.server.remove([5], from: "INBOX")
            #expect(try await fixture.sync().added == 3)
            let emails = try await fixture.emails(in: "INBOX")
            #expect(emails.map(\.content.subject).sorted() == [1, 2, 3, 6, 7].map { "Letter \($0)" })
            let keywords = Dictionary(uniqueKeysWithValues: emails.map { ($0.content.subject, $0.keywords) })
            #expect(keywords["Letter 3"] == ["$flagged"] && keywords["Letter 6"] == ["$answered"] && keywords["Letter 2"] == [])
            #expect(emails.allSatisfy { if case .stored = $0.body { true } else { false } })
        }
    }

    @Test("Removals far apart in a large mailbox are looked up by themselves; very many by what lies between them", arguments: [3, 6_000])
    func removalsFarApart(_ count: Int) async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(max(count / 10, 40))
            try await fixture.sync()
            let uids = Set([1, 20, 40])
            await fixture.server.remove(Set(uids.map(UInt32.init)), from: "INBOX")
            // The server may speak of messages that were never here.
            await fixture.server.sayVanished((100_000..<100_000 + UInt32(count)).map { $0 }, from: "INBOX")
            #expect(try await fixture.sync().removed == 3)
            #expect(try await fixture.emails(in: "INBOX").count == max(count / 10, 40) - 3)
        }
    }
}
