import PostroomCore
import Testing

@testable import PostroomStore

@Suite("RFC 8621 §3: emails of threads that grow together are made anew, so that threadId never changes")
struct ReinsertTests {
    private static func source(_ name: String) -> [UInt8] {
        Array("Subject: \(name)\r\nMessage-ID: <\(name)@x>\r\n\r\nwords of \(name)".utf8)
    }

    /// Two emails of one thread in the inbox (the one that stays), one alone in the archive, and the message that names both.
    private struct Scene {
        let fixture: StoreFixture
        let inbox: MailboxID
        let archive: MailboxID
        let large: [EmailID]
        let small: EmailID

        init() async throws {
            fixture = try await StoreFixture()
            let boxes = try await fixture.mailboxes("INBOX", "Archive")
            inbox = try #require(boxes["INBOX"])
            archive = try #require(boxes["Archive"])
            large = try await fixture.add(
                [.sample(1, messageID: "a@x"), .sample(2, messageID: "b@x", references: ["a@x"], keywords: ["$seen"])], to: inbox)
            small = try await fixture.add(
                [.sample(3, messageID: "c@x", body: "harvest", source: ReinsertTests.source("c"))], to: archive)[0]
        }

        @discardableResult
        func join() async throws -> EmailID {
            try await fixture.add([.sample(4, messageID: "d@x", references: ["b@x", "c@x"])], to: inbox)[0]
        }

        func expectOrder() async throws { #expect(try await fixture.store.integrityProblems(of: fixture.account) == []) }
    }

    @Test("the smaller thread's have new ids; log, counts and later mail agree")
    func merge() async throws {
        let scene = try await Scene()
        let fixture = scene.fixture
        let stays = try await fixture.email(scene.large[0]).threadID
        let goes = try await fixture.email(scene.small).threadID
        let states = try await fixture.store.states(of: fixture.account)
        let joiner = try await scene.join()
        let now = try await fixture.present(scene.small)
        #expect(now.id != scene.small && now.threadID == stays && now.content.messageID == "c@x" && now.mailboxIDs == [scene.archive])
        #expect(try await fixture.store.emails([scene.small], of: fixture.account).isEmpty)
        for id in scene.large + [joiner] { #expect(try await fixture.email(id).threadID == stays) }
        let threads = try await fixture.changes(.thread, since: states)
        #expect(threads.destroyed == [goes.value] && threads.updated == [stays.value] && threads.created == [])
        let emails = try await fixture.changes(.email, since: states)
        #expect(Set(emails.created) == [joiner.value, now.id.value] && emails.destroyed == [scene.small.value] && emails.updated == [])
        #expect(
            try await fixture.mailbox(scene.inbox).counts
                == MailboxCounts(totalEmails: 3, unreadEmails: 2, totalThreads: 1, unreadThreads: 1))
        #expect(try await fixture.store.source(of: now.id, account: fixture.account) == Self.source("c"))
        // What named the thread that is gone still leads to the one that stayed.
        let late = try await fixture.add([.sample(5, messageID: "e@x", references: ["c@x"])], to: scene.inbox)[0]
        #expect(try await fixture.email(late).threadID == stays)
        try await scene.expectOrder()
    }

    @Test("is not new mail, and is found by its words again once they are indexed under the new id")
    func search() async throws {
        let scene = try await Scene()
        let (store, account) = (scene.fixture.store, scene.fixture.account)
        #expect(try await scene.fixture.ids(.text("harvest")) == [scene.small])
        // A source that comes in later may name what its header did not: no mail is new then.
        let states = try await store.states(of: account)
        let joining = EmailContent(size: 9, messageID: "a@x", inReplyTo: [], references: ["c@x"])
        let source = Array("Message-ID: <a@x>\r\nReferences: <c@x>\r\n\r\nhi".utf8)
        try await store.setSources(
            [IncomingSource(emailID: scene.large[0], source: source, content: joining, searchText: nil)], of: account)
        let after = try await store.states(of: account)
        #expect(after[.emailDelivery] == states[.emailDelivery])
        let now = try await scene.fixture.present(scene.small).id
        #expect(now != scene.small)
        let waiting = try await store.unindexedEmails(limit: 10, of: account).map(\.email)
        #expect(waiting.contains(now))
        let words = SearchText(of: EmailContent(size: 1), body: "harvest")
        try await store.index(waiting.map { ($0, $0 == now ? words : SearchText()) }, of: account)
        #expect(try await scene.fixture.ids(.text("harvest")) == [now])
        try await scene.expectOrder()
    }

    @Test("what waits for the server goes on under the new id, and old ids lead to it however often it changed")
    func pending() async throws {
        let scene = try await Scene()
        let (fixture, store, account) = (scene.fixture, scene.fixture.store, scene.fixture.account)
        let other = try #require(try await fixture.mailboxes("INBOX", "Archive", "Later")["Later"])
        _ = try await store.update(
            [EmailUpdate(id: scene.small, addKeywords: ["$flagged"], addMailboxes: [other], removeMailboxes: [scene.archive])],
            ifInState: nil, of: account)
        let operations = try await fixture.operations()
        try await scene.join()
        let now = try await fixture.present(scene.small).id
        #expect(try await fixture.email(now).keywords == ["$flagged"])
        #expect(try await fixture.email(now).mailboxIDs == [other])
        #expect(try await fixture.operations().map(\.id) == operations.map(\.id))
        #expect(try await Set(fixture.operations().compactMap(\.emailID)) == [now])
        // What the server says of the keywords does not count before it has heard of ours.
        for operation in operations { try await store.completeOperation(operation.id, newUID: (uidValidity: 1, uid: 70), of: account) }
        #expect(try await store.placements(in: other, uids: 70...70, of: account).map(\.emailID) == [now])
        #expect(try await store.placements(in: scene.archive, uids: 1...100, of: account).isEmpty)
        try await scene.expectOrder()

        // Once more, into a thread that is larger still.
        try await fixture.add((10...16).map { .sample($0, messageID: "m\($0)@x", references: ["m@x"]) }, to: scene.inbox)
        try await fixture.add([.sample(20, messageID: "n@x", references: ["m@x", "d@x"])], to: scene.inbox)
        let last = try await fixture.present(scene.small)
        #expect(last.id != now)
        #expect(
            try await store.presentIDs(of: [scene.small, now, EmailID(99_999)], account: account) == [scene.small: last.id, now: last.id])
        #expect(last.threadID == (try await fixture.present(scene.large[0]).threadID))
        // Old ids go with the email.
        _ = try await store.destroyEmails([last.id], ifInState: nil, of: account)
        #expect(try await store.presentIDs(of: [scene.small, now], account: account) == [:])
        try await scene.expectOrder()
    }

    @Test("sources, sizes and new submissions that still say the old id are those of the new one")
    func staleIDs() async throws {
        let scene = try await Scene()
        let (fixture, store, account) = (scene.fixture, scene.fixture.store, scene.fixture.account)
        let header = try await fixture.add([.sample(30, messageID: "h@x"), .sample(31, messageID: "i@x")], to: scene.archive)
        let submission = Submission(
            id: SubmissionID(0), identityID: IdentityID(1), emailID: header[0], threadID: try await fixture.email(header[0]).threadID,
            blobID: BlobID(sha256: []), messageID: "h@x", mailFrom: "anna@example.com", recipients: [], sendAt: fixture.clock.now(),
            createdAt: fixture.clock.now())
        let sent = try await store.addSubmission(submission, wire: [1], of: account)
        let states = try await store.states(of: account)
        try await fixture.add([.sample(40, messageID: "j@x", references: ["h@x", "i@x", "b@x"])], to: scene.inbox)
        let now = try await fixture.present(header[0])
        #expect(now.id != header[0])
        // Its emailId and threadId are immutable: whoever sends it asks for the id of now.
        #expect(try await store.submissions([sent.id], of: account) == [sent])
        #expect(try await fixture.changes(.submission, since: states).updated == [])
        #expect(try await store.email(nowOrBefore: header[0], of: account)?.id == now.id)
        // One that is made of what was read before.
        let late = try await store.addSubmission(submission, wire: [2], of: account)
        #expect(late.emailID == now.id && late.threadID == now.threadID)

        try await store.setSizes([header[1]: 77], of: account)
        #expect(try await fixture.present(header[1]).content.size == 77)
        let source = Self.source("h")
        let content = EmailContent(size: source.count, messageID: "h@x", subject: "h")
        try await store.setSources([IncomingSource(emailID: header[0], source: source, content: content, searchText: nil)], of: account)
        #expect(try await store.source(of: now.id, account: account) == source)
        try await store.quarantine(header[1], reason: "unreadable", of: account)
        #expect(try await fixture.present(header[1]).body == .quarantined(reason: "unreadable"))
        try await scene.expectOrder()
    }

    @Test("an email that left and comes back has its id where it has its thread, else a new one")
    func comesBack() async throws {
        let scene = try await Scene()
        let (fixture, store, account) = (scene.fixture, scene.fixture.store, scene.fixture.account)
        let thread = try await fixture.email(scene.small).threadID
        // Moved by another program: gone there before it is new here.
        try await store.removePlacements(uids: [3], in: scene.archive, cursor: nil, of: account)
        #expect(try await store.threads([thread], of: account) == [:])
        let back = try await fixture.add([.sample(50, messageID: "c@x", at: 1_700_000_003, source: Self.source("c"))], to: scene.inbox)[0]
        #expect(back == scene.small)
        #expect(try await fixture.email(back).threadID == thread)
        // While it is away its conversation goes on, in a thread of its own.
        try await store.removePlacements(uids: [50], in: scene.inbox, cursor: nil, of: account)
        let answer = try await fixture.add([.sample(51, messageID: "k@x", references: ["c@x"])], to: scene.inbox)[0]
        let again = try await fixture.add([.sample(52, messageID: "c@x", at: 1_700_000_003, source: Self.source("c"))], to: scene.archive)[
            0]
        #expect(again != scene.small)
        #expect(try await fixture.email(again).threadID == fixture.email(answer).threadID)
        #expect(try await fixture.present(scene.small).id == again)
        try await scene.expectOrder()
    }
}
