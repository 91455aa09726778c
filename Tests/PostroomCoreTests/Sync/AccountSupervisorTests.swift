import MailProtocol
import Testing

@testable import PostroomCore

@Suite("Keeping accounts running", .timeLimit(.minutes(2)))
struct AccountSupervisorTests {
    /// Runs the supervisor while `body` runs.
    private func supervised(
        _ fixture: SyncFixture, sender: any MessageSender = ScriptedSender([]), _ body: (AccountSupervisor) async throws -> Void
    ) async throws {
        let supervisor = AccountSupervisor(parts: fixture.parts(sender: sender))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await supervisor.run() }
            try await body(supervisor)
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    @Test("What the server announces shows without anybody asking")
    func idle() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(3)
            try await supervised(fixture) { _ in
                try await eventually { try await fixture.store.account(fixture.account.id)?.status.phase == .upToDate }
                try await eventually { await fixture.server.isWatched }
                await fixture.fill(1, from: 4)
                try await eventually { try await fixture.emails(in: "INBOX").count == 4 }
                await fixture.server.setFlags(["\\Seen"], of: 1, in: "INBOX")
                try await eventually { try await fixture.emails(in: "INBOX")[0].keywords == ["$seen"] }
                await fixture.server.remove([2], from: "INBOX")
                try await eventually { try await fixture.emails(in: "INBOX").count == 3 }
            }
        }
    }

    @Test("A queued write wakes a waiting account")
    func wakes() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(3)
            try await supervised(fixture) { _ in
                try await eventually { await fixture.server.isWatched }
                let email = try await fixture.emails(in: "INBOX")[0]
                _ = try await fixture.store.update(
                    [EmailUpdate(id: email.id, addKeywords: ["$flagged"])], ifInState: nil, of: fixture.account.id)
                try await eventually { await fixture.server.flags(of: 1, in: "INBOX") == ["\\Flagged"] }
            }
        }
    }

    @Test("A wrong password is shown as what it is, and a new attempt follows a person's wish")
    func attention() async throws {
        try await SyncFixture.run { fixture in
            await fixture.server.refuseSignIn(
                MailFailure(Diagnosis(stage: .signIn, cause: .wrongCredentials, side: .imap), retry: .afterAttention))
            try await supervised(fixture) { supervisor in
                try await eventually { try await fixture.store.account(fixture.account.id)?.status.phase == .needsAttention }
                let status = try await fixture.store.account(fixture.account.id)?.status
                #expect(status?.diagnosis?.cause == .wrongCredentials)
                await fixture.server.refuseSignIn(nil)
                await supervisor.syncNow(fixture.account.id)
                try await eventually { try await fixture.store.account(fixture.account.id)?.status.phase == .upToDate }
                #expect(try await fixture.store.account(fixture.account.id)?.status.diagnosis == nil)
            }
        }
    }

    @Test("A line that breaks is taken up by itself")
    func reconnects() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(3)
            try await supervised(fixture) { _ in
                try await eventually { await fixture.server.isWatched }
                await fixture.server.breakAfter(0)
                await fixture.fill(1, from: 4)
                try await eventually { try await fixture.store.account(fixture.account.id)?.status.phase == .waiting }
                await fixture.server.breakAfter(nil)
                try await eventually { try await fixture.emails(in: "INBOX").count == 4 }
                #expect(await fixture.server.opened > 1)
            }
        }
    }

    @Test("A stopped account works no more, a started one goes on")
    func stopAndStart() async throws {
        try await SyncFixture.run { fixture in
            try await supervised(fixture) { supervisor in
                try await eventually { await fixture.server.isWatched }
                await supervisor.stop(fixture.account.id)
                let commands = await fixture.server.log.count
                await fixture.fill(1)
                await supervisor.syncNow(fixture.account.id)
                try await eventually { try await fixture.emails(in: "INBOX").count == 1 }
                #expect(await fixture.server.log.count > commands)
            }
        }
    }

    @Test("Where the server takes one connection, the mirror lends its own to a person and goes on")
    func yieldsConnection() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(3)
            await fixture.server.takeAtMost(1)
            try await supervised(fixture) { supervisor in
                try await eventually { await fixture.server.isWatched }
                for _ in 0..<3 {
                    let found = try await supervisor.searchServer([.subject("letter 2")], account: fixture.account.id)
                    #expect(found.emails.count == 1)
                }
                await fixture.fill(1, from: 4)
                try await eventually { try await fixture.emails(in: "INBOX").count == 4 }
                #expect(try await fixture.store.account(fixture.account.id)?.status.diagnosis == nil)
            }
        }
    }

    @Test("A message that the server hangs up on is quarantined alone, and comes when it can be read")
    func deadlyMessage() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(80)
            await fixture.server.hangUp(on: [70, 20])
            try await supervised(fixture) { supervisor in
                try await eventually { try await fixture.store.quarantined(limit: 9, of: fixture.account.id).count == 2 }
                try await eventually { try await fixture.store.account(fixture.account.id)?.status.phase == .upToDate }
                let held = try await fixture.store.quarantined(limit: 9, of: fixture.account.id)
                #expect(Set(held.flatMap(\.copies).map(\.uid)) == [70, 20])
                #expect(held.allSatisfy { $0.reason == "FETCH failed: Internal error" && $0.since != nil })
                #expect(try await fixture.emails(in: "INBOX").count == 80)
                await fixture.server.hangUp(on: [])
                #expect(try await fixture.store.releaseQuarantined(nil, of: fixture.account.id) == 2)
                await supervisor.syncNow(fixture.account.id)
                try await eventually { try await fixture.emails(in: "INBOX").allSatisfy { $0.content.subject.hasPrefix("Letter") } }
                #expect(try await fixture.store.quarantinedCount(of: fixture.account.id) == 0)
            }
        }
    }

    @Test("What a person opens is fetched at once and kept")
    func sourceOnDemand() async throws {
        try await SyncFixture.run { fixture in
            let large = SyncFixture.message(1, body: String(repeating: "word ", count: 8 << 20))
            await fixture.server.deliver(large)
            try await fixture.sync()
            let email = try #require(try await fixture.emails(in: "INBOX").first)
            #expect(email.body == .headers)
            let supervisor = AccountSupervisor(parts: fixture.parts())
            let source = try await supervisor.fetchSource(email.id, account: fixture.account.id)
            #expect(source == Array(large.utf8))
            #expect(try await fixture.store.source(of: email.id, account: fixture.account.id) == source)
        }
    }
}
