import PostroomCore
import Testing

@testable import PostroomStore

@Suite("RFC 8621 §4.1.1: what another program has marked \\Deleted")
struct HiddenCopyTests {
    private static let source = Array("Subject: Invoice\r\nMessage-ID: <a@x>\r\n\r\nhello".utf8)

    private static func invoice(_ uid: UInt32, isDeleted: Bool = false) -> IncomingEmail {
        var email = IncomingEmail.sample(uid, messageID: "a@x", at: 50, subject: "Invoice", source: source)
        email.isDeleted = isDeleted
        return email
    }

    /// Two letters in the inbox, the first of them also in the archive where that is wanted.
    private struct Scene {
        let fixture: StoreFixture
        let inbox: MailboxID
        let archive: MailboxID
        let invoice: EmailID

        init(copyInArchive: Bool = false) async throws {
            fixture = try await StoreFixture()
            let boxes = try await fixture.mailboxes("INBOX", "Archive")
            inbox = try #require(boxes["INBOX"])
            archive = try #require(boxes["Archive"])
            invoice = try await fixture.add([HiddenCopyTests.invoice(1), .sample(2, messageID: "b@x", keywords: ["$seen"])], to: inbox)[0]
            if copyInArchive { try await fixture.add([HiddenCopyTests.invoice(7)], to: archive) }
        }

        @discardableResult
        func flags(_ uid: UInt32, _ keywords: Set<String> = [], isDeleted: Bool, in mailbox: MailboxID? = nil) async throws -> [UInt32] {
            try await fixture.store.setFlags(
                [ServerFlags(uid: uid, keywords: keywords, isDeleted: isDeleted)], in: mailbox ?? inbox, uidValidity: 1, cursor: nil,
                of: fixture.account)
        }

        func changes(since states: [DataType: Int64]) async throws -> ChangeSet {
            try await fixture.store.changes(of: fixture.account, type: .email, since: states[.email] ?? 0, limit: nil)
        }

        func uids(_ mailbox: MailboxID) async throws -> [UInt32] {
            try await fixture.store.placements(in: mailbox, uids: 1...100, of: fixture.account).map(\.uid)
        }

        func expectOrder() async throws { #expect(try await fixture.store.integrityProblems(of: fixture.account) == []) }
    }

    @Test("is not listed, found or counted; unmarked it comes back under its id, to be found as before, however long it took")
    func hiddenAndBack() async throws {
        let scene = try await Scene()
        let (fixture, store) = (scene.fixture, scene.fixture.store)
        var states = try await store.states(of: fixture.account)
        #expect(try await scene.flags(1, isDeleted: true) == [])
        #expect(try await fixture.ids(.inMailbox(scene.inbox)).count == 1)
        #expect(try await fixture.ids(.subject("invoice")).isEmpty)
        #expect(try await store.emails([scene.invoice], of: fixture.account).isEmpty)
        #expect(try await fixture.mailbox(scene.inbox).counts == MailboxCounts(totalEmails: 1, totalThreads: 1))
        #expect(try await scene.changes(since: states).destroyed == [scene.invoice.value])
        #expect(try await store.hiddenUnread(of: fixture.account) == [scene.inbox: 1])
        // The server has it still: a comparison must find it known.
        #expect(try await scene.uids(scene.inbox) == [1, 2])
        try await scene.expectOrder()
        // The same again changes nothing, and neither does meeting it once more.
        states = try await store.states(of: fixture.account)
        #expect(try await scene.flags(1, isDeleted: true) == [])
        try await fixture.add([Self.invoice(1, isDeleted: true)], to: scene.inbox)
        #expect(try await store.states(of: fixture.account) == states)
        try await scene.flags(1, ["$seen"], isDeleted: true)
        #expect(try await store.hiddenUnread(of: fixture.account) == [:])
        #expect(try await store.states(of: fixture.account) == states)

        // Longer than what left the server is remembered.
        fixture.clock.advance(seconds: 30 * 86_400)
        try await store.removePlacements(uids: [2], in: scene.inbox, cursor: nil, of: fixture.account)
        #expect(try await scene.flags(1, ["$flagged"], isDeleted: false) == [1])
        #expect(try await fixture.ids(.inMailbox(scene.inbox)).isEmpty)
        var back = Self.invoice(1)
        back.keywords = ["$flagged"]
        #expect(try await fixture.add([back], to: scene.inbox) == [scene.invoice])
        #expect(try await fixture.ids(.subject("invoice")) == [scene.invoice])
        #expect(try await fixture.email(scene.invoice).keywords == ["$flagged"])
        #expect(try await store.source(of: scene.invoice, account: fixture.account) == Self.source)
        #expect(try await fixture.mailbox(scene.inbox).counts.totalEmails == 1)
        #expect(try await scene.uids(scene.inbox) == [1])
        try await scene.expectOrder()
    }

    @Test("a copy elsewhere keeps the email; unmarked it is in its mailbox again at once")
    func otherCopy() async throws {
        let scene = try await Scene(copyInArchive: true)
        let states = try await scene.fixture.store.states(of: scene.fixture.account)
        try await scene.flags(1, isDeleted: true)
        #expect(try await scene.fixture.email(scene.invoice).mailboxIDs == [scene.archive])
        #expect(try await scene.changes(since: states).updated == [scene.invoice.value])
        #expect(try await scene.flags(1, ["$seen"], isDeleted: false) == [])
        #expect(try await scene.fixture.email(scene.invoice).mailboxIDs == [scene.inbox, scene.archive])
        #expect(try await scene.fixture.email(scene.invoice).keywords == ["$seen"])
        #expect(try await scene.fixture.mailbox(scene.inbox).counts == MailboxCounts(totalEmails: 2, totalThreads: 2))
        try await scene.expectOrder()
    }

    @Test("both copies marked, each comes back into the one email")
    func bothCopies() async throws {
        let scene = try await Scene(copyInArchive: true)
        try await scene.flags(1, isDeleted: true)
        try await scene.flags(7, isDeleted: true, in: scene.archive)
        #expect(try await scene.fixture.store.emails([scene.invoice], of: scene.fixture.account).isEmpty)
        #expect(try await scene.flags(7, isDeleted: false, in: scene.archive) == [7])
        #expect(try await scene.fixture.add([Self.invoice(7)], to: scene.archive) == [scene.invoice])
        #expect(try await scene.flags(1, isDeleted: false) == [])
        #expect(try await scene.fixture.email(scene.invoice).mailboxIDs == [scene.inbox, scene.archive])
        try await scene.expectOrder()
    }

    @Test("where another copy has come into the mailbox meanwhile, the one that comes back is an email of its own")
    func replaced() async throws {
        let scene = try await Scene()
        try await scene.flags(1, isDeleted: true)
        #expect(try await scene.fixture.add([Self.invoice(5)], to: scene.inbox) == [scene.invoice])
        #expect(try await scene.flags(1, isDeleted: false) == [1])
        let other = try await scene.fixture.add([Self.invoice(1)], to: scene.inbox)[0]
        #expect(other != scene.invoice)
        #expect(try await scene.fixture.ids(.inMailbox(scene.inbox)).count == 3)
        try await scene.expectOrder()
    }

    @Test("marked from the start it is never shown nor new mail; unmarked it comes in, a message without Message-ID too")
    func fromTheStart() async throws {
        let scene = try await Scene()
        let (fixture, store) = (scene.fixture, scene.fixture.store)
        let states = try await store.states(of: fixture.account)
        var letter = IncomingEmail.sample(9, messageID: "c@x")
        letter.isDeleted = true
        let cursor = SyncCursor(uidValidity: 1, uidNext: 10, oldestUID: 1, serverCount: 3)
        #expect(try await fixture.add([letter], to: scene.inbox, cursor: cursor).map(\.value) == [0])
        #expect(try await store.states(of: fixture.account) == states)
        #expect(try await fixture.mailbox(scene.inbox).cursor == cursor)
        #expect(try await scene.uids(scene.inbox) == [1, 2, 9])
        #expect(try await scene.flags(9, isDeleted: false) == [9])
        letter.isDeleted = false
        let id = try await fixture.add([letter], to: scene.inbox)[0]
        #expect(try await fixture.ids(.inMailbox(scene.inbox)).contains(id))
        // By its UID alone.
        let nameless = try await fixture.add([.sample(12, at: 77, size: 5)], to: scene.inbox)[0]
        try await scene.flags(12, isDeleted: true)
        try await scene.flags(12, isDeleted: false)
        #expect(try await fixture.add([.sample(12, at: 77, size: 5)], to: scene.inbox) == [nameless])
        try await scene.expectOrder()
    }

    @Test("expunged it is forgotten, with its mailbox and its UIDVALIDITY too")
    func expunged() async throws {
        let scene = try await Scene()
        let (fixture, store) = (scene.fixture, scene.fixture.store)
        try await scene.flags(1, isDeleted: true)
        try await store.removePlacements(uids: [1], in: scene.inbox, cursor: nil, of: fixture.account)
        #expect(try await scene.uids(scene.inbox) == [2])
        #expect(try await scene.flags(1, isDeleted: false) == [])
        try await scene.flags(2, isDeleted: true)
        try await store.detachPlacements(in: scene.inbox, of: fixture.account)
        #expect(try await scene.uids(scene.inbox) == [])
        // Found again under another number, still marked, and then not: it is the same email.
        var again = IncomingEmail.sample(31, messageID: "b@x", at: 1_700_000_002)
        let before = try await fixture.add([.sample(2, messageID: "b@x")], to: scene.archive)[0]
        again.isDeleted = true
        try await fixture.add([again], to: scene.inbox, uidValidity: 2)
        try await store.removeDetachedPlacements(in: scene.inbox, of: fixture.account)
        #expect(try await fixture.email(before).mailboxIDs == [scene.archive])
        let shown = try await store.setFlags(
            [ServerFlags(uid: 31, keywords: [])], in: scene.inbox, uidValidity: 2, cursor: nil, of: fixture.account)
        #expect(shown == [])
        #expect(try await fixture.email(before).mailboxIDs == [scene.inbox, scene.archive])
        try await store.setFlags(
            [ServerFlags(uid: 31, keywords: [], isDeleted: true)], in: scene.inbox, uidValidity: 2, cursor: nil, of: fixture.account)
        _ = try await fixture.mailboxes("Archive")
        try await scene.expectOrder()
    }

    @Test("a copy found again after a UIDVALIDITY change as marked waits no longer")
    func relinked() async throws {
        let scene = try await Scene()
        let (fixture, store) = (scene.fixture, scene.fixture.store)
        try await store.detachPlacements(in: scene.inbox, of: fixture.account)
        try await fixture.add([Self.invoice(41, isDeleted: true)], to: scene.inbox, uidValidity: 2)
        #expect(try await store.emails([scene.invoice], of: fixture.account).isEmpty)
        #expect(
            try await store.setFlags(
                [ServerFlags(uid: 41, keywords: [])], in: scene.inbox, uidValidity: 2, cursor: nil, of: fixture.account) == [41])
        #expect(try await fixture.add([Self.invoice(41)], to: scene.inbox, uidValidity: 2) == [scene.invoice])
        try await scene.expectOrder()
    }

    @Test("a removal of ours that the server refuses does not bring it back; one that is done leaves nothing")
    func ourRemoval() async throws {
        let scene = try await Scene()
        let (fixture, store) = (scene.fixture, scene.fixture.store)
        _ = try await store.update(
            [EmailUpdate(id: scene.invoice, addMailboxes: [scene.archive], removeMailboxes: [scene.inbox])], ifInState: nil,
            of: fixture.account)
        let move = try #require(try await fixture.operations().first)
        try await scene.flags(1, isDeleted: true)
        #expect(try await fixture.email(scene.invoice).mailboxIDs == [scene.archive])
        #expect(try await scene.uids(scene.inbox) == [1, 2])
        try await store.refuseOperation(move.id, of: fixture.account)
        #expect(try await store.emails([scene.invoice], of: fixture.account).isEmpty)
        #expect(try await scene.flags(1, isDeleted: false) == [1])
        #expect(try await fixture.add([Self.invoice(1)], to: scene.inbox) == [scene.invoice])

        _ = try await store.destroyEmails([scene.invoice], ifInState: nil, of: fixture.account)
        let removal = try #require(try await fixture.operations().first)
        try await scene.flags(1, isDeleted: true)
        try await store.completeOperation(removal.id, newUID: nil, of: fixture.account)
        #expect(try await scene.uids(scene.inbox) == [2])
        #expect(try await store.hiddenUnread(of: fixture.account) == [:])
        try await scene.expectOrder()
    }

    @Test("a mark that is taken off while our removal waits changes nothing: the removal is still to be done")
    func unmarkedBeforeOurRemoval() async throws {
        let scene = try await Scene()
        let (fixture, store) = (scene.fixture, scene.fixture.store)
        _ = try await store.update(
            [EmailUpdate(id: scene.invoice, addMailboxes: [scene.archive], removeMailboxes: [scene.inbox])], ifInState: nil,
            of: fixture.account)
        let move = try #require(try await fixture.operations().first)
        try await scene.flags(1, isDeleted: true)
        #expect(try await scene.flags(1, isDeleted: false) == [])
        #expect(try await fixture.email(scene.invoice).mailboxIDs == [scene.archive])
        try await store.refuseOperation(move.id, of: fixture.account)
        #expect(try await fixture.email(scene.invoice).mailboxIDs == [scene.inbox])
        try await scene.expectOrder()
    }

    @Test("a copy that an operation of ours brought, and that another program has marked since, is hidden")
    func broughtAndMarked() async throws {
        let scene = try await Scene()
        let (fixture, store) = (scene.fixture, scene.fixture.store)
        _ = try await store.update(
            [EmailUpdate(id: scene.invoice, addMailboxes: [scene.archive], removeMailboxes: [scene.inbox])], ifInState: nil,
            of: fixture.account)
        let move = try #require(try await fixture.operations().first)
        // Seen by a synchronisation before the operation's end is known, with another size than here.
        var strange = Self.invoice(3, isDeleted: true)
        strange.content.size += 1
        try await fixture.add([strange], to: scene.archive)
        #expect(try await fixture.email(scene.invoice).mailboxIDs == [scene.archive])
        try await store.completeOperation(move.id, newUID: (1, 3), of: fixture.account)
        #expect(try await store.emails([scene.invoice], of: fixture.account).isEmpty)
        #expect(try await scene.flags(3, isDeleted: false, in: scene.archive) == [3])
        #expect(try await fixture.add([Self.invoice(3)], to: scene.archive) == [scene.invoice])
        try await scene.expectOrder()
    }

    @Test("marks from before this version are heard of: the server is asked for all flags once more")
    func fromEarlierVersions() async throws {
        let scene = try await Scene()
        let (fixture, store) = (scene.fixture, scene.fixture.store)
        let cursor = SyncCursor(uidValidity: 1, uidNext: 3, highestModSeq: 700, oldestUID: 1, serverCount: 2)
        try await store.setCursor(cursor, of: scene.inbox, account: fixture.account)
        try await store.write { connection in
            try connection.script("DROP TABLE hidden_copies; DELETE FROM migrations WHERE number = 31;")
            try connection.migrate()
        }
        var expected = cursor
        expected.highestModSeq = 1
        #expect(try await fixture.mailbox(scene.inbox).cursor == expected)
        // A server without mod-sequences has none to forget.
        #expect(try await fixture.mailbox(scene.archive).cursor.highestModSeq == 0)
    }
}
