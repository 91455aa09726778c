import PostroomCore
import PostroomStore
import Testing

@Suite("Mailboxes")
struct MailboxTests {
    @Test("a listing makes the tree: parents, names, roles once each")
    func listing() async throws {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.store.replaceMailboxes(
            with: [
                MailboxListing(path: "Work/2024/Q1", separator: "/"), MailboxListing(path: "Work", separator: "/", isSelectable: false),
                MailboxListing(path: "INBOX", separator: "/", role: .inbox), MailboxListing(path: "Sent", separator: "/", role: .sent),
                MailboxListing(path: "Отправленные", separator: "/", role: .sent, isSubscribed: false, isSynced: false),
            ], of: fixture.account)
        let byPath = Dictionary(uniqueKeysWithValues: boxes.map { ($0.path, $0) })
        #expect(boxes.first?.path == "INBOX")
        #expect(byPath["Work"]?.isSelectable == false)
        #expect(byPath["Work/2024/Q1"]?.name == "Q1")
        #expect(byPath["Work/2024/Q1"]?.parentID == byPath["Work"]?.id)
        #expect(boxes.filter { $0.role == .sent }.count == 1)
        #expect(byPath["Отправленные"]?.isSynced == false)
        let state = try await fixture.store.states(of: fixture.account)[.mailbox] ?? 0
        _ = try await fixture.store.replaceMailboxes(
            with: boxes.map {
                MailboxListing(
                    path: $0.path, separator: "/", role: $0.role, isSelectable: $0.isSelectable, isSubscribed: $0.isSubscribed,
                    isSynced: $0.isSynced)
            }, of: fixture.account)
        #expect(try await fixture.store.states(of: fixture.account)[.mailbox] == state, "the same listing changes nothing")
    }

    @Test("a folder that is gone takes its copies; one renamed under its role keeps id and mail, and its children follow")
    func relisting() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let boxes = try await fixture.mailboxes("INBOX", "Sent", "Sent/Old", "Junk", roles: ["INBOX": .inbox, "Sent": .sent])
        let sent = try #require(boxes["Sent"])
        let junk = try #require(boxes["Junk"])
        let id = try await fixture.add([.sample(1, messageID: "a@x")], to: sent)[0]
        let lost = try await fixture.add([.sample(1, messageID: "b@x")], to: junk)[0]
        let before = try await store.states(of: fixture.account)
        let after = try await fixture.mailboxes(
            "INBOX", "Sent Items", "Sent Items/Old", "New", roles: ["INBOX": .inbox, "Sent Items": .sent])
        #expect(after["Sent Items"] == sent)
        #expect(after["Sent Items/Old"] == boxes["Sent/Old"])
        #expect(try await fixture.email(id).mailboxIDs == [sent])
        #expect(try await store.emails([lost], of: fixture.account).isEmpty)
        let changes = try await store.changes(of: fixture.account, type: .mailbox, since: before[.mailbox] ?? 0, limit: nil)
        #expect(changes.created == [try #require(after["New"]).value])
        #expect(changes.destroyed == [junk.value])
        #expect(Set(changes.updated) == [sent.value, try #require(boxes["Sent/Old"]).value])
        #expect(!changes.onlyCountsChanged)
    }

    @Test("a mailbox made here is left alone by listings until the server has it")
    func created() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let made = try await store.createMailbox(name: "Проекты", parentID: inbox, role: nil, isSubscribed: true, of: account)
        #expect(made.path == "INBOX/Проекты")
        let operations = try await fixture.operations()
        #expect(
            operations.map(\.kind) == [
                .createMailbox(mailbox: made.id, path: "INBOX/Проекты"), .subscribe(path: "INBOX/Проекты", isSubscribed: true),
            ])
        #expect(try await fixture.mailboxes("INBOX")["INBOX/Проекты"] == made.id)
        try await store.completeOperation(operations[0].id, newUID: nil, of: account)
        #expect(try await fixture.mailboxes("INBOX", "INBOX/Проекты")["INBOX/Проекты"] == made.id)
        await #expect(throws: StoreError.duplicate(what: "mailbox INBOX/Проекты")) {
            _ = try await store.createMailbox(name: "Проекты", parentID: inbox, role: nil, isSubscribed: true, of: account)
        }
        await #expect(throws: StoreError.notFound(what: "mailbox 4711")) {
            _ = try await store.createMailbox(name: "x", parentID: MailboxID(4711), role: nil, isSubscribed: true, of: account)
        }
        await #expect(throws: StoreError.self) {
            _ = try await store.createMailbox(name: "a/b", parentID: nil, role: nil, isSubscribed: true, of: account)
        }
    }

    @Test("a renamed mailbox takes its children along, on the server by one RENAME")
    func renamed() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "A", "A/B", "A/B/C", "D")
        var mailbox = try await fixture.mailbox(try #require(boxes["A/B"]))
        mailbox.name = "Z"
        mailbox.parentID = boxes["D"]
        mailbox.sortOrder = 3
        mailbox.isSubscribed = false
        try await store.updateMailbox(mailbox, of: account)
        let now = try await store.mailboxes(of: account)
        #expect(Set(now.map(\.path)) == ["INBOX", "A", "D", "D/Z", "D/Z/C"])
        #expect(try await fixture.mailbox(mailbox.id).sortOrder == 3)
        let operations = try await fixture.operations()
        #expect(
            operations.map(\.kind) == [
                .renameMailbox(mailbox: mailbox.id, from: "A/B", to: "D/Z"), .subscribe(path: "D/Z", isSubscribed: false),
            ])
        // The server does not know yet: its listing neither brings the old names back nor takes the new ones away.
        #expect(try await fixture.mailboxes("INBOX", "A", "A/B", "A/B/C", "D").keys.sorted() == ["A", "D", "D/Z", "D/Z/C", "INBOX"])
        try await store.refuseOperation(operations[0].id, of: account)
        #expect(Set(try await store.mailboxes(of: account).map(\.path)) == ["INBOX", "A", "A/B", "A/B/C", "D"])
        var top = try await fixture.mailbox(try #require(boxes["A"]))
        top.parentID = boxes["A/B/C"]
        await #expect(throws: StoreError.self) { try await store.updateMailbox(top, of: account) }
    }

    @Test("a mailbox with folders or emails is not destroyed by mistake")
    func destroyed() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "A", "A/B")
        let parent = try #require(boxes["A"])
        let child = try #require(boxes["A/B"])
        let id = try await fixture.add([.sample(1)], to: child)[0]
        await #expect(throws: StoreError.self) { try await store.destroyMailbox(parent, removingEmails: true, of: account) }
        await #expect(throws: StoreError.self) { try await store.destroyMailbox(child, removingEmails: false, of: account) }
        try await store.destroyMailbox(child, removingEmails: true, of: account)
        #expect(try await store.emails([id], of: account).isEmpty)
        #expect(try await fixture.operations().map(\.kind) == [.deleteMailbox(path: "A/B")])
        // Until the server has done it, its listing does not bring it back; when it refuses, the next one does.
        #expect(try await fixture.mailboxes("INBOX", "A", "A/B")["A/B"] == nil)
        try await store.refuseOperation(try #require(try await fixture.operations().first).id, of: account)
        #expect(try await fixture.mailboxes("INBOX", "A", "A/B")["A/B"] != nil)
    }

    @Test("a mailbox made and destroyed here is deleted on the server as soon as its creation was begun, and after its renames")
    func destroyedWhileOnItsWay() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        _ = try await fixture.mailboxes("INBOX")
        let unknown = try await store.createMailbox(name: "A", parentID: nil, role: nil, isSubscribed: false, of: account)
        let first = try #require(try await fixture.operations().first)
        try await store.destroyMailbox(unknown.id, removingEmails: true, of: account)
        #expect(try await fixture.operations().isEmpty)
        #expect(try await !store.postponeOperation(first.id, until: fixture.clock.now(), of: account), "it must not be begun any more")

        let begun = try await store.createMailbox(name: "B", parentID: nil, role: nil, isSubscribed: false, of: account)
        let second = try #require(try await fixture.operations().first)
        #expect(try await store.postponeOperation(second.id, until: fixture.clock.now(), of: account))
        try await store.destroyMailbox(begun.id, removingEmails: true, of: account)
        #expect(try await fixture.operations().map(\.kind) == [.deleteMailbox(path: "B")])
        try await store.completeOperation(try #require(try await fixture.operations().first).id, newUID: nil, of: account)

        var there = try await fixture.mailbox(try #require(try await fixture.mailboxes("INBOX", "C")["C"]))
        there.name = "D"
        try await store.updateMailbox(there, of: account)
        try await store.destroyMailbox(there.id, removingEmails: true, of: account)
        #expect(
            try await fixture.operations().map(\.kind) == [
                .renameMailbox(mailbox: there.id, from: "C", to: "D"), .deleteMailbox(path: "D"),
            ])
        #expect(try await fixture.mailboxes("INBOX", "C").keys.sorted() == ["INBOX"], "neither name comes back meanwhile")
    }
}
