import MailProtocol
import Testing

@testable import PostroomCore

@Suite("RFC 8621 §4.1.1: mail that another program has marked \\Deleted", .timeLimit(.minutes(2)))
struct HiddenMailTests {
    static let everyKind = SyncRunnerTests.everyKind

    @Test("Marked it is gone, unmarked it is back under its id with its source, expunged it is forgotten", arguments: everyKind)
    func markedAndBack(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(10)
            try await fixture.sync()
            let before = try await fixture.emails(in: "INBOX")
            await fixture.server.setFlags(["\\Deleted"], of: 3, in: "INBOX")
            await fixture.server.setFlags(["\\Seen", "\\DELETED"], of: 4, in: "INBOX")
            try await fixture.sync(isThorough: true)
            #expect(
                try await fixture.emails(in: "INBOX").map(\.id) == before.map(\.id).filter { ![before[2].id, before[3].id].contains($0) })
            #expect(try await fixture.mailbox("INBOX")?.counts.totalEmails == 8)

            await fixture.server.setFlags(["\\Flagged"], of: 3, in: "INBOX")
            try await fixture.sync(isThorough: true)
            let back = try await fixture.emails(in: "INBOX")
            #expect(back.map(\.id) == before.map(\.id).filter { $0 != before[3].id })
            #expect(back[2].keywords == ["$flagged"])
            #expect(back.allSatisfy { if case .stored = $0.body { true } else { false } })

            await fixture.server.remove([4], from: "INBOX")
            try await fixture.sync(isThorough: true)
            let inbox = try #require(try await fixture.mailbox("INBOX"))
            let mirrored = try await fixture.store.placements(in: inbox.id, uids: 1...100, of: fixture.account.id)
            #expect(mirrored.map(\.uid) == [1, 2, 3, 5, 6, 7, 8, 9, 10])
            #expect(try await fixture.store.integrityProblems(of: fixture.account.id) == [])
        }
    }

    @Test("Marked before the account was connected it never shows, and nothing of it is fetched", arguments: everyKind)
    func markedBefore(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(120)
            let marked: [UInt32] = [5, 60, 119]
            for uid in marked { await fixture.server.setFlags(["\\Deleted"], of: uid, in: "INBOX") }
            let report = try await fixture.sync(window: 40, batch: 15)
            #expect(report.added == 117)
            #expect(report.sources == 117)
            #expect(try await fixture.emails(in: "INBOX").count == 117)
            for uid in marked { await fixture.server.setFlags([], of: uid, in: "INBOX") }
            let back = try await fixture.sync(isThorough: true)
            #expect(back.added == 3 && back.sources == 3)
            #expect(try await fixture.subjects(in: "INBOX") == (1...120).map { "Letter \($0)" })
        }
    }

    @Test("Arriving with the mark it is no new mail", arguments: everyKind)
    func arrivesMarked(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(5)
            try await fixture.sync()
            let states = try await fixture.store.states(of: fixture.account.id)
            await fixture.server.deliver(SyncFixture.message(6), flags: ["\\Deleted"])
            await fixture.server.deliver(
                SyncFixture.message(7, body: String(repeating: "long ", count: 20_000)), flags: ["\\Deleted"])
            let report = try await fixture.sync()
            #expect(report.added == 0 && report.sources == 0)
            #expect(try await fixture.store.states(of: fixture.account.id) == states)
            await fixture.server.remove([2], from: "INBOX")
            try await fixture.sync()
            #expect(try await fixture.subjects(in: "INBOX") == [1, 3, 4, 5].map { "Letter \($0)" })
        }
    }

    @Test("As long as it stays marked no folder is compared for it", arguments: everyKind)
    func nothingChanged(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(10)
            try await fixture.sync()
            await fixture.server.setFlags(["\\Deleted"], of: 2, in: "INBOX")
            await fixture.server.setFlags(["\\Seen", "\\Deleted"], of: 4, in: "INBOX")
            try await fixture.sync(isThorough: true)
            #expect(try await fixture.emails(in: "INBOX").count == 8)
            await fixture.server.forgetLog()
            let again = try await fixture.sync()
            #expect(
                await fixture.server.log.filter { !$0.hasPrefix("STATUS") } == (abilities.qResync ? ["SELECT INBOX"] : [])
                    + [abilities.listStatus ? "LIST STATUS" : "LIST"])
            #expect(again.flagsChanged == 0)
            // A comparison tells of it no second time either.
            #expect(try await fixture.sync(isThorough: true).flagsChanged == 0)
        }
    }

    @Test("A move by COPY and a mark, seen before it is expunged, keeps the email and fetches nothing again", arguments: everyKind)
    func movedByCopy(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(5)
            try await fixture.sync()
            let before = try await fixture.emails(in: "INBOX")[2]
            let states = try await fixture.store.states(of: fixture.account.id)
            await fixture.server.deliver(SyncFixture.message(3), to: "Archive", at: before.receivedAt.seconds)
            await fixture.server.setFlags(["\\Deleted"], of: 3, in: "INBOX")
            let report = try await fixture.sync(isThorough: true)
            #expect(report.sources == 0)
            #expect(try await fixture.emails(in: "Archive").map(\.id) == [before.id])
            #expect(try await fixture.emails(in: "INBOX").count == 4)
            let changes = try await fixture.store.changes(
                of: fixture.account.id, type: .email, since: states[.email] ?? 0, limit: nil)
            #expect(changes.updated == [before.id.value] && changes.destroyed.isEmpty && changes.created.isEmpty)
        }
    }

    @Test("A line that breaks at any command loses neither the mark nor what comes back", arguments: 1...6)
    func stops(_ commands: Int) async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(5)
            try await fixture.sync()
            let before = try await fixture.emails(in: "INBOX").map(\.id)
            for (flags, expected) in [(["\\Deleted"], before.filter { $0 != before[1] }), ([], before)] {
                await fixture.server.setFlags(Set(flags), of: 2, in: "INBOX")
                await fixture.fill(1, "Archive", from: 100 + commands * 10 + flags.count)
                await fixture.server.breakAfter(commands)
                _ = try? await fixture.sync()
                await fixture.server.breakAfter(nil)
                try await fixture.sync()
                let emails = try await fixture.emails(in: "INBOX")
                #expect(emails.map(\.id) == expected)
                #expect(emails.allSatisfy { if case .stored = $0.body { true } else { false } })
            }
        }
    }

    @Test("Many that come back come in batches, those whose source can't be read too")
    func many() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(60)
            try await fixture.sync()
            let before = try await fixture.emails(in: "INBOX").map(\.id)
            for uid in UInt32(1)...50 { await fixture.server.setFlags(["\\Deleted"], of: uid, in: "INBOX") }
            try await fixture.sync()
            #expect(try await fixture.emails(in: "INBOX").count == 10)
            for uid in UInt32(1)...50 { await fixture.server.setFlags([], of: uid, in: "INBOX") }
            await fixture.server.makeUnreadable([7])
            let report = try await fixture.sync(batch: 15)
            #expect(report.added == 50 && report.sources == 49 && report.quarantined == 1)
            #expect(try await fixture.emails(in: "INBOX").map(\.id) == before)
        }
    }

    @Test(
        "What the server says on its own is followed at once, by mod-sequences or without",
        arguments: [SyncFixture.allAbilities, SessionAbilities(idle: true)])
    func watched(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(3)
            var parts = fixture.parts()
            // No look that comes by itself finds it.
            parts.lookInterval = .seconds(36_000)
            let supervisor = AccountSupervisor(parts: parts)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await supervisor.run() }
                try await eventually { await fixture.server.isWatched }
                let before = try await fixture.emails(in: "INBOX").map(\.id)
                await fixture.server.setFlags(["\\Deleted"], of: 2, in: "INBOX")
                try await eventually { try await fixture.emails(in: "INBOX").map(\.id) == [before[0], before[2]] }
                try await eventually { await fixture.server.isWatched }
                await fixture.server.setFlags([], of: 2, in: "INBOX")
                try await eventually {
                    let emails = try await fixture.emails(in: "INBOX")
                    return emails.map(\.id) == before && emails.allSatisfy { if case .stored = $0.body { true } else { false } }
                }
                group.cancelAll()
                while (try? await group.next()) != nil {}
            }
        }
    }

    @Test("A removal of ours that is refused does not bring back what is marked there", arguments: everyKind)
    func refusedRemoval(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(4)
            try await fixture.sync()
            let email = try await fixture.emails(in: "INBOX")[1]
            _ = try await fixture.store.destroyEmails([email.id], ifInState: nil, of: fixture.account.id)
            await fixture.server.setFlags(["\\Deleted"], of: 2, in: "INBOX")
            await fixture.server.refuseWrites(true)
            try await fixture.sync(isThorough: true)
            #expect(try await fixture.subjects(in: "INBOX") == [1, 3, 4].map { "Letter \($0)" })
            await fixture.server.setFlags([], of: 2, in: "INBOX")
            try await fixture.sync(isThorough: true)
            #expect(try await fixture.subjects(in: "INBOX") == (1...4).map { "Letter \($0)" })
        }
    }

    @Test("A search at the server tells neither of it nor of something that is missing here")
    func serverSearch() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(3)
            await fixture.server.setFlags(["\\Deleted"], of: 1, in: "INBOX")
            try await fixture.sync()
            await fixture.server.setFlags(["\\Deleted"], of: 2, in: "INBOX")
            try await fixture.sync()
            let supervisor = AccountSupervisor(parts: fixture.parts())
            let finds = try await supervisor.searchServer([.text("hello")], account: fixture.account.id)
            #expect(finds.emails == (try await fixture.emails(in: "INBOX")).map(\.id))
            #expect(finds.emails.count == 1)
            #expect(finds.missing == 0)
        }
    }
}
