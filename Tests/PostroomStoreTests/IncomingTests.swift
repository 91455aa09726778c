import MailMIME
import PostroomCore
import PostroomStore
import Testing

@Suite("Mail that comes in from the server")
struct IncomingTests {
    @Test("a message keeps all that it says of itself, and its source byte for byte")
    func content() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let source = Array("Subject: \u{43F}\r\n\r\n\(String(repeating: "body ", count: 300))".utf8)
        let content = EmailContent(
            size: source.count, messageID: "one@x", inReplyTo: ["zero@x"], references: ["a@x", "zero@x"], subject: "Привет, мир",
            from: [MailAddress(name: "Боб", address: "bob@x"), MailAddress(address: "b2@x")],
            sender: [MailAddress(name: "", address: "s@x")],
            to: [MailAddress(address: "t@x")], cc: [MailAddress(name: "C", address: "c@x")], bcc: [],
            replyTo: [MailAddress(address: "r@x")],
            sentAt: MailDate(secondsSince1970: 1_700_000_000, offsetMinutes: -330), hasAttachment: true, preview: "body body")
        let incoming = IncomingEmail(
            uid: 7, modSeq: 12, keywords: ["$seen", "work", "$Label1"], receivedAt: Timestamp(seconds: 1_700_000_100), content: content,
            source: source, searchText: SearchText(of: content, body: ""))
        let id = try await fixture.add([incoming], to: inbox)[0]
        let email = try await fixture.email(id)
        #expect(email.content == content)
        #expect(email.keywords == ["$seen", "work", "$label1"])
        #expect(email.mailboxIDs == [inbox])
        #expect(email.receivedAt == Timestamp(seconds: 1_700_000_100))
        #expect(try await fixture.store.source(of: id, account: fixture.account) == source)
        guard case .stored(let blob) = email.body else {
            Issue.record("the source is not stored")
            return
        }
        #expect(try await fixture.store.blob(blob, of: fixture.account) == source)
        #expect(try await fixture.store.holdsBlob(blob, account: fixture.account, for: fixture.user.id))
        #expect(try await !fixture.store.holdsBlob(blob, account: AccountID(99), for: fixture.user.id))
        #expect(
            try await fixture.store.placements(of: [id], account: fixture.account) == [
                Placement(emailID: id, mailboxID: inbox, uidValidity: 1, uid: 7, modSeq: 12)
            ])
        #expect(try await fixture.store.emails(withMessageID: "one@x", of: fixture.account) == [id])
    }

    @Test("known UIDs are left alone; the email of each message is returned in order")
    func knownUIDs() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let first = try await fixture.add([.sample(1, messageID: "a@x"), .sample(2, messageID: "b@x")], to: inbox)
        let cursor = SyncCursor(uidValidity: 1, uidNext: 4, highestModSeq: 9, oldestUID: 1, serverCount: 3)
        let second = try await fixture.add([.sample(3, messageID: "c@x"), .sample(1, messageID: "a@x")], to: inbox, cursor: cursor)
        #expect(second[1] == first[0])
        #expect(!first.contains(second[0]))
        let mailbox = try await fixture.mailbox(inbox)
        #expect(mailbox.counts == MailboxCounts(totalEmails: 3, unreadEmails: 3, totalThreads: 3, unreadThreads: 3))
        #expect(mailbox.cursor == cursor)
    }

    @Test(
        "a message in a second mailbox is the same email where the server's id or Message-ID, size and arrival say so",
        arguments: [
            (label: "all equal", size: 1000, at: Int64(50), same: true), (label: "another size", size: 1001, at: 50, same: false),
            (label: "another arrival", size: 1000, at: 51, same: false),
        ])
    func sameEmail(label: String, size: Int, at: Int64, same: Bool) async throws {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let first = try await fixture.add([.sample(1, messageID: "a@x", at: 50)], to: inbox)[0]
        let second = try await fixture.add([.sample(9, messageID: "a@x", at: at, size: size)], to: archive)[0]
        #expect((first == second) == same, "\(label)")
        if same {
            #expect(Set(try await fixture.email(first).mailboxIDs) == [inbox, archive])
        } else {
            // By the same Message-ID they are one conversation all the same.
            #expect(try await fixture.email(first).threadID == fixture.email(second).threadID)
        }
    }

    @Test("twins in one mailbox stay two emails")
    func twins() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add([.sample(1, messageID: "a@x", at: 50), .sample(2, messageID: "a@x", at: 50)], to: inbox)
        #expect(Set(ids).count == 2)
        #expect(Set(try await fixture.add([.sample(3, messageID: "a@x", at: 50)], to: inbox) + ids).count == 3)
    }

    @Test("the server's own id decides before headers do")
    func serverID() async throws {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.mailboxes("INBOX", "All")
        let inbox = try #require(boxes["INBOX"])
        let all = try #require(boxes["All"])
        let first = try await fixture.add([.sample(1, messageID: "a@x", at: 50, serverEmailID: "M1")], to: inbox)[0]
        let same = try await fixture.add([.sample(1, messageID: "other@x", at: 99, size: 5, serverEmailID: "M1")], to: all)[0]
        #expect(first == same)
        let other = try await fixture.add([.sample(2, messageID: "a@x", at: 50, serverEmailID: "M2")], to: all)[0]
        #expect(other != first)
    }

    @Test("an email that leaves one mailbox and comes back in another keeps its id, and is found as before")
    func movedElsewhere() async throws {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let source = Array("Subject: Invoice\r\n\r\nhello".utf8)
        let id = try await fixture.add([.sample(1, messageID: "a@x", at: 50, subject: "Invoice", source: source)], to: inbox)[0]
        let state = try await fixture.store.states(of: fixture.account)[.email] ?? 0
        try await fixture.store.removePlacements(uids: [1], in: inbox, cursor: nil, of: fixture.account)
        #expect(try await fixture.store.emails([id], of: fixture.account).isEmpty)
        #expect(try await fixture.ids(.subject("invoice")).isEmpty)
        let back = try await fixture.add([.sample(4, messageID: "a@x", at: 50, subject: "Invoice", source: source)], to: archive)[0]
        #expect(back == id)
        #expect(try await fixture.ids(.subject("invoice")) == [id])
        let changes = try await fixture.store.changes(of: fixture.account, type: .email, since: state, limit: nil)
        #expect(changes.updated == [id.value])
        #expect(changes.created.isEmpty && changes.destroyed.isEmpty)
        #expect(try await fixture.store.source(of: id, account: fixture.account) == source)
    }

    @Test("a header comes first, its source later; an unreadable one is shown as such")
    func sources() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let store = fixture.store
        let ids = try await fixture.add(
            [.sample(1, messageID: "a@x"), .sample(2, messageID: "b@x"), .sample(3, messageID: "c@x")], to: inbox)
        #expect(
            try await store.missingSources(in: nil, limit: 2, of: fixture.account) == [
                MissingSource(emailID: ids[2], mailboxID: inbox, uid: 3, size: 1000),
                MissingSource(emailID: ids[1], mailboxID: inbox, uid: 2, size: 1000),
            ])
        let source = Array("Subject: Hello\r\n\r\nquarterly figures".utf8)
        var content = try await fixture.email(ids[2]).content
        content.preview = "quarterly figures"
        content.hasAttachment = true
        let incoming = IncomingSource(
            emailID: ids[2], source: source, content: content, searchText: SearchText(of: content, body: "quarterly figures"))
        try await store.setSources([incoming, incoming], of: fixture.account)
        try await store.setSources([incoming], of: fixture.account)
        #expect(try await fixture.email(ids[2]).content == content)
        #expect(try await store.source(of: ids[2], account: fixture.account) == source)
        #expect(try await fixture.ids(.body("figures")) == [ids[2]])
        #expect(try await fixture.ids(.text("bob")) == [ids[2], ids[1], ids[0]])

        try await store.quarantine(ids[1], reason: "the server won't give it", of: fixture.account)
        #expect(try await fixture.email(ids[1]).body == .quarantined(reason: "the server won't give it"))
        #expect(try await store.missingSources(in: inbox, limit: 10, of: fixture.account).map(\.emailID) == [ids[0]])
    }

    @Test("RFC 8621 §1.5: new mail bumps EmailDelivery, read or junk; history and changes of what is here do not")
    func delivery() async throws {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.mailboxes("INBOX", "Junk", roles: ["INBOX": .inbox, "Junk": .junk])
        let inbox = try #require(boxes["INBOX"])
        let junk = try #require(boxes["Junk"])
        func delivery() async throws -> Int64 { try await fixture.store.states(of: fixture.account)[.emailDelivery] ?? -1 }
        let cursor = SyncCursor(uidValidity: 1, uidNext: 11, oldestUID: 10, serverCount: 10)
        try await fixture.add([.sample(10)], to: inbox, cursor: cursor)
        let old = try await fixture.add([.sample(1)], to: inbox)
        try await fixture.add([.sample(1, messageID: "j@x")], to: junk, cursor: cursor)
        #expect(try await delivery() == 0)
        try await fixture.add([.sample(11, keywords: ["$seen"])], to: inbox)
        let read = try await delivery()
        #expect(read > 0)
        try await fixture.add([.sample(12, messageID: "k@x")], to: junk)
        let spam = try await delivery()
        #expect(spam > read)
        _ = try await fixture.store.update(
            [EmailUpdate(id: old[0], addKeywords: ["$seen"])], ifInState: nil, of: fixture.account)
        _ = try await fixture.store.destroyEmails([old[0]], ifInState: nil, of: fixture.account)
        #expect(try await delivery() == spam)
    }

    @Test("threads join by references in whatever order messages come, never by subject")
    func threads() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let store = fixture.store
        // Newest first, as history comes in: the answer, then what it answers.
        let answer = try await fixture.add([.sample(3, messageID: "c@x", references: ["a@x", "b@x"])], to: inbox)[0]
        let question = try await fixture.add([.sample(1, messageID: "a@x")], to: inbox)[0]
        let thread = try await fixture.email(answer).threadID
        #expect(try await fixture.email(question).threadID == thread)
        let stranger = try await fixture.add([.sample(4, messageID: "z@x")], to: inbox)[0]
        #expect(try await fixture.email(stranger).threadID != thread)
        #expect(try await store.threads([thread, ThreadID(9999)], of: fixture.account) == [thread: [question, answer]])
        let counts = try await fixture.mailbox(inbox).counts
        #expect(counts == MailboxCounts(totalEmails: 3, unreadEmails: 3, totalThreads: 2, unreadThreads: 2))
    }

    @Test("the server's flags are the email's in every mailbox")
    func flags() async throws {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let id = try await fixture.add([.sample(1, messageID: "a@x", at: 5)], to: inbox)[0]
        try await fixture.add([.sample(1, messageID: "a@x", at: 5)], to: archive)
        #expect(try await fixture.mailbox(archive).counts.unreadEmails == 1)
        let before = try await fixture.store.states(of: fixture.account)
        try await fixture.store.setFlags(
            [ServerFlags(uid: 1, keywords: ["$seen", "blue"], modSeq: 5), ServerFlags(uid: 77, keywords: ["$seen"])], in: inbox,
            uidValidity: 1, cursor: nil, of: fixture.account)
        #expect(try await fixture.email(id).keywords == ["$seen", "blue"])
        #expect(try await fixture.mailbox(archive).counts.unreadEmails == 0)
        #expect(
            try await fixture.store.placements(in: inbox, uids: 1...100, of: fixture.account) == [
                MirroredMessage(uid: 1, emailID: id, modSeq: 5, keywords: ["$seen", "blue"])
            ])
        let mailboxes = try await fixture.store.changes(of: fixture.account, type: .mailbox, since: before[.mailbox] ?? 0, limit: nil)
        #expect(Set(mailboxes.updated) == [inbox.value, archive.value])
        #expect(mailboxes.onlyCountsChanged)
        // The same again changes nothing.
        let states = try await fixture.store.states(of: fixture.account)
        try await fixture.store.setFlags(
            [ServerFlags(uid: 1, keywords: ["$seen", "blue"], modSeq: 6)], in: inbox, uidValidity: 1, cursor: nil, of: fixture.account)
        #expect(try await fixture.store.states(of: fixture.account) == states)
    }

    @Test("after a UIDVALIDITY change messages are found again under their ids; what is not found goes")
    func uidValidity() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let store = fixture.store
        let cursor = SyncCursor(uidValidity: 1, uidNext: 5, oldestUID: 1, serverCount: 4)
        let ids = try await fixture.add(
            [
                .sample(1, messageID: "a@x", at: 10), .sample(2, messageID: "b@x", at: 20), .sample(3, at: 30, size: 333),
                .sample(4, messageID: "gone@x", at: 40),
            ], to: inbox, cursor: cursor)
        let states = try await store.states(of: fixture.account)
        try await store.detachPlacements(in: inbox, of: fixture.account)
        #expect(try await fixture.ids(.inMailbox(inbox)).count == 4)
        #expect(try await store.placements(in: inbox, uids: 1...1000, of: fixture.account).isEmpty)
        #expect(try await fixture.mailbox(inbox).cursor == SyncCursor())
        let again = try await fixture.add(
            [
                .sample(101, messageID: "a@x", at: 10), .sample(102, messageID: "b@x", at: 20), .sample(103, at: 30, size: 333),
                .sample(104, messageID: "new@x", at: 50),
            ], to: inbox, uidValidity: 2)
        #expect(Array(again.prefix(3)) == Array(ids.prefix(3)))
        try await store.removeDetachedPlacements(in: inbox, of: fixture.account)
        #expect(try await fixture.ids(.inMailbox(inbox)) == [again[3], ids[2], ids[1], ids[0]])
        #expect(try await store.placements(in: inbox, uids: 1...1000, of: fixture.account).map(\.uid) == [101, 102, 103, 104])
        #expect(try await store.placements(in: inbox, among: [104, 7, 102], of: fixture.account).map(\.uid) == [102, 104])
        #expect(try await store.placements(in: inbox, among: [], of: fixture.account).isEmpty)
        let changes = try await store.changes(of: fixture.account, type: .email, since: states[.email] ?? 0, limit: nil)
        #expect(changes.created == [again[3].value])
        #expect(changes.destroyed == [ids[3].value])
        #expect(changes.updated.isEmpty)
        #expect(try await store.states(of: fixture.account)[.emailDelivery] == 0)
    }

    @Test("a mailbox that is not there takes nothing in")
    func unknownMailbox() async throws {
        let fixture = try await StoreFixture()
        await #expect(throws: StoreError.notFound(what: "mailbox 55")) { try await fixture.add([.sample(1)], to: MailboxID(55)) }
        await #expect(throws: StoreError.notFound(what: "account 55")) { _ = try await fixture.store.states(of: AccountID(55)) }
    }
}
