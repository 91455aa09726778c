import MailProtocol
import Testing

@testable import PostroomCore

@Suite("Mirroring one account", .timeLimit(.minutes(2)))
struct SyncRunnerTests {
    static let condStore = SessionAbilities(idle: true, condStore: true, move: true, uidPlus: true, listStatus: true)
    static let plain = SessionAbilities()
    static let everyKind = [SyncFixture.allAbilities, condStore, plain]

    @Test("The newest fifty of the inbox are stored after two round trips, whatever the mailbox holds", arguments: everyKind)
    func firstScreen(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(300)
            let runner = try await fixture.runner()
            await fixture.server.breakAfter(4)  // SELECT, FETCH of envelopes, FETCH of sizes, FETCH of sources
            await #expect(throws: MailFailure.self) { try await runner.catchUp() }
            #expect(await fixture.server.log.prefix(4) == ["SELECT INBOX", "FETCH listing", "FETCH sizes", "FETCH source"])
            let emails = try await fixture.emails(in: "INBOX")
            #expect(emails.map(\.content.subject) == (251...300).map { "Letter \($0)" })
            for email in emails {
                guard case .stored = email.body else {
                    Issue.record("\(email.content.subject) has no source")
                    continue
                }
            }
        }
    }

    @Test("The first list comes without sizes, for which a server may look long; they follow at once")
    func sizes() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(60)
            let wanted = Dictionary(
                uniqueKeysWithValues: try await fixture.server.box("INBOX").messages.suffix(50).map { ("Letter \($0.uid)", $0.bytes.count) }
            )
            await fixture.server.breakAfter(2)
            await #expect(throws: MailFailure.self) { try await fixture.runner().catchUp() }
            let listed = try await fixture.emails(in: "INBOX")
            #expect(listed.count == 50)
            #expect(listed.allSatisfy { $0.content.size != wanted[$0.content.subject] })
            await fixture.server.breakAfter(nil)
            #expect(try await fixture.sync().added == 10)
            // Killed before they came: the sources bring them.
            for email in try await fixture.emails(in: "INBOX") where wanted[email.content.subject] != nil {
                #expect(email.content.size == wanted[email.content.subject])
            }
        }
    }

    @Test("Sizes that follow the first list are the server's before any source is here")
    func settledSizes() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(60)
            let wanted = try await fixture.server.box("INBOX").messages.suffix(50).map(\.bytes.count)
            await fixture.server.breakAfter(3)
            await #expect(throws: MailFailure.self) { try await fixture.runner().catchUp() }
            #expect(try await fixture.emails(in: "INBOX").map(\.content.size) == wanted)
        }
    }

    @Test("Everything comes, in all folders, whatever the server can", arguments: everyKind)
    func everything(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(230)
            await fixture.fill(70, "Archive", from: 1_000)
            let report = try await fixture.sync(window: 40, batch: 15)
            #expect(report.added == 300)
            #expect(report.sources == 300)
            #expect(try await fixture.subjects(in: "INBOX") == (1...230).map { "Letter \($0)" })
            #expect(try await fixture.subjects(in: "Archive").count == 70)
            for mailbox in try await fixture.store.mailboxes(of: fixture.account.id) { #expect(mailbox.cursor.oldestUID == 1) }
            let again = try await fixture.sync()
            #expect(again.added == 0)
        }
    }

    @Test("What the server says of its quotas is kept with the account")
    func quotas() async throws {
        try await SyncFixture.run { fixture in
            let quota = ServerQuota(name: "User quota", resource: .octets, used: 5, hardLimit: 10)
            await fixture.server.tellQuotas([quota])
            try await fixture.sync()
            #expect(try await fixture.store.quotas(of: fixture.account.id).map(\.limit) == [quota])
            await fixture.server.tellQuotas([])
            try await fixture.sync()
            #expect(try await fixture.store.quotas(of: fixture.account.id).isEmpty)
        }
    }

    @Test("A line that breaks at any command is taken up where it stopped")
    func resumes() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(150)
            var sessions = 0
            while true {
                sessions += 1
                await fixture.server.breakAfter(4 + sessions % 3)
                do {
                    try await fixture.sync(window: 30, batch: 10)
                    break
                } catch is MailFailure {}
                try #require(sessions < 100)
            }
            #expect(sessions > 3)
            let emails = try await fixture.emails(in: "INBOX")
            #expect(emails.map(\.content.subject) == (1...150).map { "Letter \($0)" })
            #expect(Set(emails.map(\.id)).count == 150)
        }
    }

    @Test("Arrivals, flags and removals are followed, whatever the server can", arguments: everyKind)
    func changes(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(10)
            try await fixture.sync()
            await fixture.fill(2, from: 11)
            await fixture.server.setFlags(["\\Seen", "\\Flagged"], of: 3, in: "INBOX")
            await fixture.server.remove([5, 6], from: "INBOX")
            try await fixture.sync()
            let emails = try await fixture.emails(in: "INBOX")
            #expect(emails.map(\.content.subject) == [1, 2, 3, 4, 7, 8, 9, 10, 11, 12].map { "Letter \($0)" })
            #expect(emails[2].keywords == ["$seen", "$flagged"])
            #expect(emails.filter { $0.keywords.isEmpty }.count == 9)
        }
    }

    @Test("A message removed while another arrives is noticed by servers that only count", arguments: everyKind)
    func sameCount(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(5)
            try await fixture.sync()
            await fixture.fill(1, from: 6)
            await fixture.server.remove([2], from: "INBOX")
            try await fixture.sync()
            #expect(try await fixture.subjects(in: "INBOX") == [1, 3, 4, 5, 6].map { "Letter \($0)" })
        }
    }

    @Test("A message moved by another program keeps its id and thread", arguments: everyKind)
    func movedElsewhere(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(5)
            try await fixture.sync()
            let before = try await fixture.emails(in: "INBOX")[2]
            await fixture.server.moveMessages([3], from: "INBOX", to: "Archive")
            try await fixture.sync()
            let after = try #require(try await fixture.emails(in: "Archive").first)
            #expect(after.id == before.id)
            #expect(after.threadID == before.threadID)
            #expect(try await fixture.subjects(in: "INBOX").count == 4)
        }
    }

    @Test("What moved to another folder, new ones too, is not fetched again: only its headers are read", arguments: [60, 120])
    func movedMailIsNotFetchedAgain(_ count: Int) async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(200)
            try await fixture.sync()
            let before = try await fixture.emails(in: "INBOX").prefix(count).map(\.id)
            await fixture.server.makeBox("Filed")
            await fixture.server.moveMessages(Set(1...UInt32(count)), from: "INBOX", to: "Filed")
            await fixture.server.forgetLog()
            let report = try await fixture.sync()
            #expect(report.sources == 0)
            #expect(await fixture.server.log == ["SELECT INBOX", "LIST STATUS", "SEARCH", "SELECT Filed", "FETCH envelope"])
            let after = try await fixture.emails(in: "Filed")
            #expect(after.map(\.id) == Array(before))
            #expect(after.allSatisfy { if case .stored = $0.body { true } else { false } })
        }
    }

    /// Five letters that are here, and three more that came since.
    private func threeNew(_ fixture: SyncFixture) async throws {
        await fixture.fill(5)
        try await fixture.sync()
        await fixture.fill(3, from: 6)
    }

    @Test("Small new mail comes whole by one fetch; what is larger shows by its header before its source comes")
    func arrivalsWhole() async throws {
        try await SyncFixture.run { fixture in
            try await threeNew(fixture)
            await fixture.server.forgetLog()
            let small = try await fixture.sync()
            #expect(await fixture.server.log == ["SELECT INBOX", "LIST STATUS", "FETCH beginning"])
            #expect(small.added == 3 && small.sources == 3)

            await fixture.server.deliver(
                SyncFixture.message(9, body: String(repeating: "long ", count: 20_000)), at: 1_790_001_000)
            await fixture.fill(1, from: 10)
            await fixture.server.forgetLog()
            let large = try await fixture.sync()
            #expect(
                await fixture.server.log == ["SELECT INBOX", "LIST STATUS", "FETCH beginning", "FETCH header", "FETCH source"])
            #expect(large.added == 2 && large.sources == 2)
            let emails = try await fixture.emails(in: "INBOX")
            #expect(emails.map(\.content.subject).sorted() == (1...10).map { "Letter \($0)" }.sorted())
            #expect(emails.allSatisfy { if case .stored = $0.body { true } else { false } })
        }
    }

    @Test("Very many that come at once while the inbox is watched are taken in windows, and no more of them at a time")
    func manyWhileWatched() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(5)
            let runner = try await fixture.runner(batch: 100)
            _ = try await runner.catchUp()
            try await runner.selectInbox()
            await fixture.fill(600, from: 6)
            await fixture.server.forgetLog()
            try await runner.follow([.arrived])
            #expect(await fixture.server.log == ["SEARCH", "FETCH sizes"] + Array(repeating: "FETCH source", count: 6))
            #expect(try await fixture.emails(in: "INBOX").count == 605)
            // And then again few, by one fetch.
            await fixture.fill(2, from: 606)
            await fixture.server.forgetLog()
            try await runner.follow([.arrived])
            #expect(await fixture.server.log == ["FETCH beginning"])
            await fixture.server.forgetLog()
            #expect(try await fixture.sync().added == 0)
            #expect(try await fixture.emails(in: "INBOX").count == 607)
        }
    }

    @Test("New mail beside a message that can't be read comes all the same, and that one is quarantined")
    func arrivalsBesideUnreadable() async throws {
        try await SyncFixture.run { fixture in
            try await threeNew(fixture)
            await fixture.server.makeUnreadable([7])
            let report = try await fixture.sync()
            #expect(report.added == 3 && report.sources == 2 && report.quarantined == 1)
            #expect(try await fixture.subjects(in: "INBOX") == (1...8).map { "Letter \($0)" })
        }
    }

    @Test(
        "Where nothing has changed the inbox, where it tells of changes, and LIST are all that is asked",
        arguments: [SyncFixture.allAbilities, condStore])
    func nothingChanged(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(80)
            await fixture.fill(3, "Archive", from: 100)
            try await fixture.sync()
            await fixture.server.forgetLog()
            try await fixture.sync()
            #expect(await fixture.server.log == (abilities.qResync ? ["SELECT INBOX"] : []) + ["LIST STATUS"])
        }
    }

    @Test("A stop between additions and removals loses neither")
    func stopBeforeRemovals() async throws {
        for commands in 2...6 {
            try await SyncFixture.run { fixture in
                await fixture.fill(5)
                try await fixture.sync()
                let before = try await fixture.emails(in: "INBOX")[1].id
                await fixture.server.moveMessages([2], from: "INBOX", to: "Archive")
                await fixture.fill(1, from: 6)
                await fixture.server.breakAfter(commands)
                _ = try? await fixture.sync()
                await fixture.server.breakAfter(nil)
                try await fixture.sync()
                #expect(try await fixture.subjects(in: "INBOX") == [1, 3, 4, 5, 6].map { "Letter \($0)" })
                #expect(try await fixture.emails(in: "Archive").map(\.id) == [before])
            }
        }
    }

    @Test("Another UIDVALIDITY keeps every id, and nothing is announced as new", arguments: everyKind)
    func renumbered(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(120)
            try await fixture.sync()
            let before = try await fixture.emails(in: "INBOX").map(\.id)
            let delivered = try await fixture.store.states(of: fixture.account.id)[.emailDelivery] ?? 0
            await fixture.server.renumber("INBOX")
            await fixture.server.remove([20], from: "INBOX")
            let report = try await fixture.sync(window: 30, batch: 10)
            #expect(report.sources == 0)
            var expected = before
            expected.remove(at: 9)
            #expect(try await fixture.emails(in: "INBOX").map(\.id) == expected)
            #expect(try await fixture.store.states(of: fixture.account.id)[.emailDelivery] ?? 0 == delivered)
            let uids = try await fixture.store.placements(of: expected, account: fixture.account.id).map(\.uid).sorted()
            #expect(uids == (await fixture.server.uids(in: "INBOX")))
        }
    }

    @Test("One message that the server won't give is quarantined and blocks nothing")
    func quarantine() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(130)
            await fixture.server.makeUnreadable([20, 100])
            let report = try await fixture.sync(window: 40, batch: 20)
            #expect(report.quarantined == 2)
            let emails = try await fixture.emails(in: "INBOX")
            #expect(emails.count == 130)
            let bad = emails.filter { if case .quarantined = $0.body { true } else { false } }
            #expect(bad.map(\.content.subject) == ["Letter 20", "Letter 100"])
        }
    }

    @Test("Only the history window is mirrored")
    func historyWindow() async throws {
        try await SyncFixture.run { fixture in
            let now = SystemClock().now().seconds
            for number in 1...200 {
                await fixture.server.deliver(SyncFixture.message(number), at: now - Int64(200 - number) * 86_400)
            }
            try await fixture.sync(historyDays: 90)
            let count = try await fixture.emails(in: "INBOX").count
            #expect((89...91).contains(count))
        }
    }

    @Test("A folder that a listing leaves out but that is still there keeps its mail; one that is gone loses it")
    func missingFolders() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(3, "Archive")
            try await fixture.sync()
            await fixture.server.removeBox("Archive")
            try await fixture.sync()
            #expect(try await fixture.mailbox("Archive") == nil)
        }
    }

    @Test("A server that claims everything is gone is not believed without proof")
    func massRemoval() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(100)
            try await fixture.sync()
            await fixture.server.change("INBOX") { box in
                box.modSeq += 1
                box.vanished = box.messages.map { ($0.uid, box.modSeq) }
            }
            try await fixture.sync()
            #expect(try await fixture.emails(in: "INBOX").count == 100)
        }
    }

    @Test("Nothing on the server changes by mirroring it")
    func readsOnly() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(60)
            try await fixture.sync()
            try await fixture.sync(isThorough: true)
            let writes = await fixture.server.log.filter { line in
                ["STORE", "MOVE", "COPY", "EXPUNGE", "APPEND", "CREATE", "DELETE", "RENAME"].contains { line.hasPrefix($0) }
            }
            #expect(writes.isEmpty)
            for uid in await fixture.server.uids(in: "INBOX") { #expect(await fixture.server.flags(of: uid, in: "INBOX").isEmpty) }
        }
    }
}
