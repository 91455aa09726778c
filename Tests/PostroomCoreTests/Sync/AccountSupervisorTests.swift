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
