import MailProtocol
import Testing

@testable import PostroomCore

@Suite("Writes that people asked for", .timeLimit(.minutes(2)))
struct SyncOperationTests {
    @Test("Flags reach the server in one command and stay as set")
    func flags() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(20)
            try await fixture.sync()
            let emails = try await fixture.emails(in: "INBOX")
            _ = try await fixture.store.update(
                emails.prefix(10).map { EmailUpdate(id: $0.id, addKeywords: ["$seen"]) }, ifInState: nil, of: fixture.account.id)
            await fixture.server.forgetLog()
            try await fixture.sync()
            #expect(await fixture.server.log.filter { $0.hasPrefix("STORE") } == ["STORE 1:10"])
            for uid in UInt32(1)...10 { #expect(await fixture.server.flags(of: uid, in: "INBOX") == ["\\Seen"]) }
            #expect(try await fixture.emails(in: "INBOX").filter { $0.keywords == ["$seen"] }.count == 10)
        }
    }

    @Test("A move keeps the id and is done once", arguments: SyncRunnerTests.everyKind)
    func move(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(4)
            try await fixture.sync()
            let email = try await fixture.emails(in: "INBOX")[1]
            let inbox = try #require(try await fixture.mailbox("INBOX")).id
            let archive = try #require(try await fixture.mailbox("Archive")).id
            _ = try await fixture.store.update(
                [EmailUpdate(id: email.id, addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil, of: fixture.account.id)
            try await fixture.sync()
            try await fixture.sync()
            #expect(await fixture.server.uids(in: "INBOX") == [1, 3, 4])
            #expect(await fixture.server.uids(in: "Archive").count == 1)
            #expect(try await fixture.emails(in: "Archive").map(\.id) == [email.id])
            #expect(try await fixture.emails(in: "INBOX").count == 3)
        }
    }

    @Test("What another program flags between a move and the next look is not passed over", arguments: SyncRunnerTests.everyKind)
    func flaggedAfterMove(_ abilities: SessionAbilities) async throws {
        try await SyncFixture.run(abilities: abilities) { fixture in
            await fixture.fill(4)
            try await fixture.sync()
            let email = try await fixture.emails(in: "INBOX")[1]
            let inbox = try #require(try await fixture.mailbox("INBOX")).id
            let archive = try #require(try await fixture.mailbox("Archive")).id
            _ = try await fixture.store.update(
                [EmailUpdate(id: email.id, addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil, of: fixture.account.id)
            // COPYUID names the copy, so that it is known before it "arrives".
            try await fixture.runner().runOperations()
            let uid = try #require(await fixture.server.uids(in: "Archive").first)
            await fixture.server.setFlags(["\\Answered"], of: uid, in: "Archive")
            try await fixture.sync()
            #expect(try await fixture.emails(in: "Archive").map(\.keywords) == [["$answered"]])
        }
    }

    @Test("A message that another program removed before it could be moved is gone here too")
    func moveOfNothing() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(4)
            try await fixture.sync()
            let emails = try await fixture.emails(in: "INBOX")
            let inbox = try #require(try await fixture.mailbox("INBOX")).id
            let archive = try #require(try await fixture.mailbox("Archive")).id
            _ = try await fixture.store.update(
                emails.prefix(2).map { EmailUpdate(id: $0.id, addMailboxes: [archive], removeMailboxes: [inbox]) }, ifInState: nil,
                of: fixture.account.id)
            // Those two, whichever way the list is sorted: all of them go.
            await fixture.server.remove([1, 2, 3, 4], from: "INBOX")
            try await fixture.sync()
            try await fixture.sync()
            #expect(try await fixture.emails(in: "INBOX").isEmpty)
            #expect(try await fixture.emails(in: "Archive").isEmpty)
            #expect(try await fixture.store.awaitedCopies(of: fixture.account.id).isEmpty)
        }
    }

    @Test("What the server refuses is undone where people see it")
    func refusal() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(4)
            try await fixture.sync()
            let email = try await fixture.emails(in: "INBOX")[1]
            let inbox = try #require(try await fixture.mailbox("INBOX")).id
            let archive = try #require(try await fixture.mailbox("Archive")).id
            _ = try await fixture.store.update(
                [EmailUpdate(id: email.id, addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil, of: fixture.account.id)
            await fixture.server.refuseWrites(true)
            try await fixture.sync()
            await fixture.server.refuseWrites(false)
            try await fixture.sync()
            #expect(try await fixture.emails(in: "INBOX").count == 4)
            #expect(try await fixture.emails(in: "Archive").isEmpty)
        }
    }

    @Test("What another program changed meanwhile is seen before a flag is written over it")
    func unchangedSince() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(3)
            try await fixture.sync()
            let emails = try await fixture.emails(in: "INBOX")
            _ = try await fixture.store.update(
                emails.map { EmailUpdate(id: $0.id, addKeywords: ["$flagged"]) }, ifInState: nil, of: fixture.account.id)
            await fixture.server.setFlags(["\\Answered"], of: 2, in: "INBOX")
            try await (try await fixture.runner()).runOperations()
            #expect(await fixture.server.flags(of: 1, in: "INBOX") == ["\\Flagged"])
            #expect(await fixture.server.flags(of: 2, in: "INBOX") == ["\\Answered", "\\Flagged"])
            // It shows here without another look.
            #expect(try await fixture.emails(in: "INBOX")[1].keywords == ["$answered", "$flagged"])
        }
    }

    @Test("Numbers that mean other messages now are never acted on")
    func uidValidity() async throws {
        try await SyncFixture.run { fixture in
            await fixture.fill(15)
            try await fixture.sync()
            let victim = try await fixture.emails(in: "INBOX")[11]
            _ = try await fixture.store.destroyEmails([victim.id], ifInState: nil, of: fixture.account.id)
            // UID 12 is "Letter 2" from here on.
            await fixture.server.renumber("INBOX")
            try await fixture.sync()
            let sources = await fixture.server.sources(in: "INBOX")
            #expect(sources.contains { $0.contains("Subject: Letter 2\r\n") })
            #expect(sources.count >= 14)
        }
    }

    @Test("A line lost after APPEND does not make a second copy")
    func appendOnce() async throws {
        try await SyncFixture.run { fixture in
            try await fixture.sync()
            let drafts = try #require(try await fixture.mailbox("Drafts")).id
            let source = Array(SyncFixture.message(1).utf8)
            let (content, searchText) = MessageReader().read(source)
            let draft = try await fixture.store.createEmail(
                NewEmail(
                    source: source, content: content, searchText: searchText, mailboxIDs: [drafts], keywords: ["$draft", "$seen"],
                    receivedAt: SystemClock().now()), of: fixture.account.id)
            try await fixture.sync()
            try await fixture.sync()
            #expect(await fixture.server.uids(in: "Drafts").count == 1)
            #expect(await fixture.server.flags(of: 1, in: "Drafts") == ["\\Draft", "\\Seen"])
            #expect(try await fixture.emails(in: "Drafts").map(\.id) == [draft.id])
        }
    }

    @Test("Folders are made, renamed and removed")
    func folders() async throws {
        try await SyncFixture.run { fixture in
            try await fixture.sync()
            var made = try await fixture.store.createMailbox(
                name: "Projects", parentID: nil, role: nil, isSubscribed: true, of: fixture.account.id)
            try await fixture.sync()
            #expect(await fixture.server.boxes["Projects"] != nil)
            made = try #require(try await fixture.mailbox("Projects"))
            made.name = "Old projects"
            try await fixture.store.updateMailbox(made, of: fixture.account.id)
            try await fixture.sync()
            #expect(await fixture.server.boxes["Projects"] == nil)
            #expect(await fixture.server.boxes["Old projects"] != nil)
            try await fixture.store.destroyMailbox(made.id, removingEmails: true, of: fixture.account.id)
            try await fixture.sync()
            #expect(await fixture.server.boxes["Old projects"] == nil)
            #expect(try await fixture.mailbox("Old projects") == nil)
        }
    }
}
