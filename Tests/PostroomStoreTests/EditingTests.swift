import MailMIME
import PostroomCore
import PostroomStore
import Testing

@Suite("What a person changes")
struct EditingTests {
    @Test("keywords show at once, one STORE goes to the server for all that change alike")
    func keywords() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add([.sample(1), .sample(2), .sample(3, keywords: ["$seen"])], to: inbox)
        let state = try await store.update(
            ids.map { EmailUpdate(id: $0, addKeywords: ["$seen", "work"]) }, ifInState: nil, of: account)
        #expect(state == (try await store.states(of: account)[.email]))
        for id in ids { #expect(try await fixture.email(id).keywords == ["$seen", "work"]) }
        #expect(try await fixture.mailbox(inbox).counts.unreadEmails == 0)
        let operations = try await fixture.operations()
        #expect(
            operations.map(\.kind) == [
                .storeFlags(mailbox: inbox, uidValidity: 1, uids: [1, 2], add: ["$seen", "work"], remove: []),
                .storeFlags(mailbox: inbox, uidValidity: 1, uids: [3], add: ["work"], remove: []),
            ])
        // What is already so asks nothing of the server.
        _ = try await store.update([EmailUpdate(id: ids[0], addKeywords: ["$seen"])], ifInState: state, of: account)
        #expect(try await fixture.operations().count == 2)
        await #expect(throws: StoreError.stateMismatch) {
            _ = try await store.update([EmailUpdate(id: ids[0], addKeywords: ["x"])], ifInState: state - 1, of: account)
        }
    }

    @Test("a keyword on its way is kept against what the server says meanwhile, and given back when it is refused")
    func pendingKeywords() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let id = try await fixture.add([.sample(1, keywords: ["$flagged"])], to: inbox)[0]
        _ = try await store.update([EmailUpdate(id: id, addKeywords: ["$seen"], removeKeywords: ["$flagged"])], ifInState: nil, of: account)
        try await store.setFlags(
            [ServerFlags(uid: 1, keywords: ["$flagged", "$answered"])], in: inbox, uidValidity: 1, cursor: nil, of: account)
        #expect(try await fixture.email(id).keywords == ["$seen", "$answered"])
        let operation = try #require(try await fixture.operations().first)
        try await store.postponeOperation(operation.id, until: fixture.clock.now().adding(seconds: 30), of: account)
        #expect(try await fixture.operations().isEmpty)
        fixture.clock.advance(seconds: 30)
        #expect(try await fixture.operations().first?.attempts == 1)
        try await store.refuseOperation(operation.id, of: account)
        #expect(try await fixture.email(id).keywords == ["$flagged", "$answered"])
        #expect(try await fixture.mailbox(inbox).counts.unreadEmails == 1)
        #expect(try await fixture.operations().isEmpty)
        try await store.setFlags([ServerFlags(uid: 1, keywords: [])], in: inbox, uidValidity: 1, cursor: nil, of: account)
        #expect(try await fixture.email(id).keywords.isEmpty)
    }

    @Test("a move keeps the id, before and after the server's answer")
    func move() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let id = try await fixture.add([.sample(5, messageID: "a@x")], to: inbox)[0]
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil, of: account)
        #expect(try await fixture.email(id).mailboxIDs == [archive])
        #expect(try await fixture.ids(.inMailbox(inbox)).isEmpty)
        #expect(try await fixture.mailbox(archive).counts.totalEmails == 1)
        #expect(try await store.placements(of: [id], account: account).isEmpty)
        let operation = try #require(try await fixture.operations().first)
        #expect(operation.kind == .move(from: inbox, uidValidity: 1, uid: 5, to: archive))
        // The server still has it in the inbox: it is no new message.
        #expect(try await store.placements(in: inbox, uids: 1...9, of: account).map(\.emailID) == [id])
        #expect(try await fixture.add([.sample(5, messageID: "a@x")], to: inbox) == [id])
        #expect(try await fixture.email(id).mailboxIDs == [archive])
        try await store.completeOperation(operation.id, newUID: (7, 70), of: account)
        #expect(
            try await store.placements(of: [id], account: account) == [Placement(emailID: id, mailboxID: archive, uidValidity: 7, uid: 70)])
        #expect(try await store.placements(in: inbox, uids: 1...9, of: account).isEmpty)
        #expect(try await fixture.operations().isEmpty)
    }

    @Test("without COPYUID a moved copy is recognised when it comes in", arguments: [true, false])
    func moveWithoutCopyUID(completesFirst: Bool) async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let id = try await fixture.add([.sample(5, messageID: "a@x", at: 77)], to: inbox)[0]
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil, of: account)
        let operation = try #require(try await fixture.operations().first)
        if completesFirst { try await store.completeOperation(operation.id, newUID: nil, of: account) }
        #expect(try await fixture.add([.sample(31, messageID: "a@x", at: 77)], to: archive) == [id])
        if !completesFirst { try await store.completeOperation(operation.id, newUID: (1, 31), of: account) }
        #expect(try await store.placements(of: [id], account: account).map(\.uid) == [31])
        #expect(try await fixture.mailbox(archive).counts.totalEmails == 1)
    }

    @Test("a synchronisation that did not recognise the copy gives way to the operation's answer")
    func rival() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let id = try await fixture.add([.sample(5, messageID: "a@x")], to: inbox)[0]
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil, of: account)
        let operation = try #require(try await fixture.operations().first)
        let rival = try await fixture.add([.sample(31, messageID: "rewritten@x")], to: archive)[0]
        #expect(rival != id)
        try await store.completeOperation(operation.id, newUID: (1, 31), of: account)
        #expect(try await fixture.ids(.inMailbox(archive)) == [id])
        #expect(try await store.emails([rival], of: account).isEmpty)
        #expect(
            try await fixture.mailbox(archive).counts == MailboxCounts(totalEmails: 1, unreadEmails: 1, totalThreads: 1, unreadThreads: 1))
    }

    @Test("a refused move is undone")
    func refusedMove() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive", "Third")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let third = try #require(boxes["Third"])
        let id = try await fixture.add([.sample(5, messageID: "a@x")], to: inbox)[0]
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil, of: account)
        // Moved on and flagged before the first answer.
        _ = try await store.update([EmailUpdate(id: id, addKeywords: ["$flagged"])], ifInState: nil, of: account)
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [third], removeMailboxes: [archive])], ifInState: nil, of: account)
        #expect(try await fixture.email(id).mailboxIDs == [third])
        let operations = try await fixture.operations()
        #expect(operations.count == 1, "what waits for the first answer is not due")
        try await store.refuseOperation(try #require(operations.first).id, of: account)
        #expect(try await fixture.email(id).mailboxIDs == [inbox])
        #expect(try await store.placements(of: [id], account: account).map(\.uid) == [5])
        for (mailbox, total) in [(inbox, 1), (archive, 0), (third, 0)] {
            #expect(try await fixture.mailbox(mailbox).counts.totalEmails == total)
        }
    }

    @Test("flags and moves of a copy without a UID wait for it and then go to the server")
    func waiting() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive", "Third")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let third = try #require(boxes["Third"])
        let id = try await fixture.add([.sample(5, messageID: "a@x")], to: inbox)[0]
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil, of: account)
        _ = try await store.update([EmailUpdate(id: id, addKeywords: ["$flagged"])], ifInState: nil, of: account)
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [third], removeMailboxes: [archive])], ifInState: nil, of: account)
        let first = try #require(try await fixture.operations().first)
        try await store.completeOperation(first.id, newUID: (3, 30), of: account)
        let later = try await fixture.operations()
        #expect(
            later.map(\.kind) == [
                .storeFlags(mailbox: archive, uidValidity: 3, uids: [30], add: ["$flagged"], remove: []),
                .move(from: archive, uidValidity: 3, uid: 30, to: third),
            ])
        for operation in later { try await store.completeOperation(operation.id, newUID: (4, 40), of: account) }
        #expect(
            try await store.placements(of: [id], account: account) == [Placement(emailID: id, mailboxID: third, uidValidity: 4, uid: 40)])
        #expect(try await store.placements(in: archive, uids: 1...99, of: account).isEmpty)
    }

    @Test("only added is a copy, only removed the end of that copy")
    func copyAndExpunge() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let id = try await fixture.add([.sample(5, messageID: "a@x")], to: inbox)[0]
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [archive])], ifInState: nil, of: account)
        let copy = try #require(try await fixture.operations().first)
        #expect(copy.kind == .copy(from: inbox, uidValidity: 1, uid: 5, to: archive))
        try await store.completeOperation(copy.id, newUID: (1, 8), of: account)
        _ = try await store.update([EmailUpdate(id: id, removeMailboxes: [inbox])], ifInState: nil, of: account)
        let expunge = try #require(try await fixture.operations().first)
        #expect(expunge.kind == .expunge(mailbox: inbox, uidValidity: 1, uid: 5))
        #expect(try await fixture.email(id).mailboxIDs == [archive])
        try await store.refuseOperation(expunge.id, of: account)
        #expect(Set(try await fixture.email(id).mailboxIDs) == [inbox, archive])
        await #expect(throws: StoreError.notFound(what: "mailbox 777")) {
            _ = try await store.update([EmailUpdate(id: id, addMailboxes: [MailboxID(777)])], ifInState: nil, of: account)
        }
    }

    @Test("a draft is an email at once, is replaced by its next version, and keeps its id when the server has it")
    func drafts() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let drafts = try #require(try await fixture.mailboxes("Drafts", roles: ["Drafts": .drafts])["Drafts"])
        func draft(_ text: String, replacing: EmailID?) -> NewEmail {
            let source = Array("Message-ID: <\(text)@x>\r\nSubject: Plan\r\n\r\n\(text)".utf8)
            let content = EmailContent(size: source.count, messageID: "\(text)@x", subject: "Plan \(text)")
            return NewEmail(
                source: source, content: content, searchText: SearchText(of: content, body: text), mailboxIDs: [drafts],
                keywords: ["$draft", "$seen"], receivedAt: Timestamp(milliseconds: 1_800_000_000_123), replacing: replacing)
        }
        let first = try await store.createEmail(draft("one", replacing: nil), of: account)
        #expect(try await fixture.email(first.id) == first)
        #expect(try await fixture.ids(.body("one")) == [first.id])
        let second = try await store.createEmail(draft("two", replacing: first.id), of: account)
        #expect(try await fixture.ids(.inMailbox(drafts)) == [second.id])
        #expect(try await store.source(of: second.id, account: account) == draft("two", replacing: nil).source)
        let operations = try await fixture.operations()
        guard case .append(let blob, drafts, ["$draft", "$seen"], let receivedAt)? = operations.first?.kind else {
            Issue.record("the first version is not appended")
            return
        }
        #expect(receivedAt == Timestamp(seconds: 1_800_000_000))
        #expect(try await store.blob(blob, of: account) == draft("one", replacing: nil).source)
        // The first version comes to be on the server all the same, and is then removed there.
        try await store.completeOperation(operations[0].id, newUID: (1, 1), of: account)
        #expect(try await fixture.operations().map(\.kind).contains(.expunge(mailbox: drafts, uidValidity: 1, uid: 1)))
        #expect(try await store.blob(blob, of: account) == nil, "nobody holds the first version any more")
        // The second version comes in by synchronisation, with the server's own idea of its size.
        var incoming = IncomingEmail.sample(2, messageID: "two@x", keywords: ["$draft", "$seen"], at: 1_800_000_000)
        incoming.content.size += 2
        #expect(try await fixture.add([incoming], to: drafts) == [second.id])
    }

    @Test("a refused APPEND leaves the message here, since it is nowhere else")
    func refusedAppend() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("Drafts", "Archive", roles: ["Drafts": .drafts])
        let drafts = try #require(boxes["Drafts"])
        let archive = try #require(boxes["Archive"])
        let content = EmailContent(size: 5, messageID: "one@x")
        let new = NewEmail(
            source: Array("hello".utf8), content: content, searchText: SearchText(), mailboxIDs: [drafts], keywords: ["$draft"],
            receivedAt: fixture.clock.now())
        let id = try await store.createEmail(new, of: account).id
        try await store.refuseOperation(try #require(try await fixture.operations().first).id, of: account)
        try await store.removeDetachedPlacements(in: drafts, of: account)
        #expect(try await fixture.ids(.inMailbox(drafts)) == [id])
        #expect(try await store.source(of: id, account: account) == new.source)
        // Moved, it is offered to the server again.
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [archive], removeMailboxes: [drafts])], ifInState: nil, of: account)
        guard case .append(_, archive, ["$draft"], _)? = try await fixture.operations().first?.kind else {
            Issue.record("it is not appended to the other mailbox")
            return
        }
        #expect(try await store.destroyEmails([id, EmailID(404)], ifInState: nil, of: account) == [EmailID(404)])
        #expect(try await fixture.mailbox(archive).counts == MailboxCounts())
    }

    @Test("a refused APPEND loses nothing of what was moved on and flagged meanwhile")
    func refusedAppendMovedOn() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("Drafts", "Archive", roles: ["Drafts": .drafts])
        let drafts = try #require(boxes["Drafts"])
        let archive = try #require(boxes["Archive"])
        let new = NewEmail(
            source: Array("hello".utf8), content: EmailContent(size: 5, messageID: "one@x"), searchText: SearchText(), mailboxIDs: [drafts],
            keywords: [], receivedAt: fixture.clock.now())
        let id = try await store.createEmail(new, of: account).id
        _ = try await store.update([EmailUpdate(id: id, addKeywords: ["$flagged"])], ifInState: nil, of: account)
        _ = try await store.update([EmailUpdate(id: id, addMailboxes: [archive], removeMailboxes: [drafts])], ifInState: nil, of: account)
        _ = try await store.update([EmailUpdate(id: id, addKeywords: ["$seen"])], ifInState: nil, of: account)
        try await store.refuseOperation(try #require(try await fixture.operations().first).id, of: account)
        for mailbox in [drafts, archive] { try await store.removeDetachedPlacements(in: mailbox, of: account) }
        #expect(try await fixture.ids(.inMailbox(archive)) == [id])
        #expect(try await fixture.email(id).keywords == ["$flagged", "$seen"])
        #expect(try await store.source(of: id, account: account) == new.source)
        #expect(try await fixture.operations().isEmpty)
        #expect(try await store.integrityProblems(of: account) == [])
    }

    @Test("destroyed emails are gone here at once, and from every mailbox of the server")
    func destroy() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let ids = try await fixture.add([.sample(1, messageID: "a@x", at: 1), .sample(2, messageID: "b@x")], to: inbox)
        try await fixture.add([.sample(1, messageID: "a@x", at: 1)], to: archive)
        #expect(try await store.destroyEmails([ids[0]], ifInState: nil, of: account).isEmpty)
        #expect(try await fixture.ids(nil) == [ids[1]])
        let kinds = try await fixture.operations().map(\.kind)
        #expect(
            Set(kinds) == [.expunge(mailbox: inbox, uidValidity: 1, uid: 1), .expunge(mailbox: archive, uidValidity: 1, uid: 1)])
        // A synchronisation that still sees it does not bring it back.
        #expect(try await fixture.add([.sample(1, messageID: "a@x", at: 1)], to: inbox) == [ids[0]])
        #expect(try await fixture.ids(nil) == [ids[1]])
        await #expect(throws: StoreError.stateMismatch) { _ = try await store.destroyEmails([ids[1]], ifInState: 0, of: account) }
    }

    @Test("local changes to copies survive a UIDVALIDITY change on their way")
    func detachedOperations() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let ids = try await fixture.add([.sample(1, messageID: "a@x", at: 1), .sample(2, messageID: "b@x", at: 2)], to: inbox)
        _ = try await store.update(ids.map { EmailUpdate(id: $0, addKeywords: ["$seen"]) }, ifInState: nil, of: account)
        _ = try await store.update(
            [EmailUpdate(id: ids[1], addMailboxes: [archive], removeMailboxes: [inbox])], ifInState: nil, of: account)
        try await store.detachPlacements(in: inbox, of: account)
        #expect(try await fixture.operations().isEmpty)
        try await fixture.add([.sample(11, messageID: "a@x", at: 1), .sample(12, messageID: "b@x", at: 2)], to: inbox, uidValidity: 2)
        #expect(
            Set(try await fixture.operations().map(\.kind)) == [
                .storeFlags(mailbox: inbox, uidValidity: 2, uids: [11], add: ["$seen"], remove: []),
                .move(from: inbox, uidValidity: 2, uid: 12, to: archive),
            ])
        #expect(try await fixture.email(ids[0]).keywords == ["$seen"])
        #expect(try await fixture.email(ids[1]).mailboxIDs == [archive])
    }
}
