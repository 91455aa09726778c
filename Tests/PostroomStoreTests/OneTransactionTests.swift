import MailMIME
import PostroomCore
import PostroomStore
import Testing

@Suite("What a person changes with one call")
struct OneTransactionTests {
    @Test("creates, updates and destroys of one call are one transaction: all of them or none")
    func together() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add([.sample(1, messageID: "a@x"), .sample(2, messageID: "b@x")], to: inbox)
        let new = NewEmail(
            source: Array("hello".utf8), content: EmailContent(size: 5, messageID: "one@x"), searchText: SearchText(), mailboxIDs: [inbox],
            keywords: [], receivedAt: fixture.clock.now())
        let before = try await store.states(of: account)
        let prepared = try await store.prepare(new, of: account)
        await #expect(throws: StoreError.notFound(what: "email 404")) {
            _ = try await store.edit(account, .email, ifInState: nil, isDurable: true) { editing in
                _ = try editing.createEmail(prepared)
                _ = try editing.destroyEmails([ids[1]])
                try editing.updateEmails([EmailUpdate(id: EmailID(404), addKeywords: ["$seen"])])
            }
        }
        #expect(try await store.states(of: account) == before)
        #expect(try await fixture.ids(nil).count == 2)
        #expect(try await fixture.operations().isEmpty)
        let edited = try await store.edit(account, .email, ifInState: before[.email], isDurable: true) { editing in
            let created = try editing.createEmail(prepared)
            try editing.updateEmails([EmailUpdate(id: ids[0], addKeywords: ["$seen"])])
            #expect(try editing.destroyEmails([ids[1], EmailID(405)]) == [ids[1]])
            return created
        }
        #expect(edited.oldState == before[.email])
        #expect(try await store.states(of: account)[.email] == edited.newState)
        let changes = try await store.changes(of: account, type: .email, since: edited.oldState, limit: nil)
        #expect(changes.created == [edited.value.id.value])
        #expect(changes.updated == [ids[0].value])
        #expect(changes.destroyed == [ids[1].value])
        #expect(try await store.integrityProblems(of: account) == [])
    }

    @Test("one call is one transaction: what is refused leaves no trace and undoes nothing, what breaks off undoes all")
    func oneTransaction() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let archive = try #require(boxes["Archive"])
        let id = try await fixture.add([.sample(1)], to: archive)[0]
        let before = try await store.states(of: account)
        let content = EmailContent(size: 5, messageID: "new@x", subject: "New")
        func email(in mailbox: MailboxID) -> NewEmail {
            NewEmail(
                source: Array("S: x\r\n".utf8), content: content, searchText: SearchText(of: content, body: "b"), mailboxIDs: [mailbox],
                keywords: [], receivedAt: fixture.clock.now())
        }
        let good = try await store.prepare(email(in: archive), of: account)
        let bad = try await store.prepare(email(in: MailboxID(9999)), of: account)
        let wire = try await store.prepare(wire: Array("W".utf8))
        let submission = Submission(
            id: SubmissionID(0), identityID: IdentityID(1), emailID: id, threadID: nil, blobID: BlobID(sha256: []), messageID: "m@x",
            mailFrom: "a@x", recipients: [], sendAt: fixture.clock.now(), createdAt: fixture.clock.now(), onSuccess: .init())
        let edited = try await store.edit(account, .mailbox, ifInState: before[.mailbox], isDurable: true) { editing -> [String] in
            var refused: [String] = []
            func attempt(_ name: String, _ body: () throws -> Void) throws {
                do { try editing.attempt(body) } catch StoreError.duplicate, StoreError.notFound, StoreError.inUse { refused.append(name) }
            }
            let top = try editing.attempt { try editing.createMailbox(name: "Top", parentID: nil, role: nil, isSubscribed: true) }
            // The database itself refuses the second: PostgreSQL would let nothing more be done without the way back.
            try attempt("double") { _ = try editing.createMailbox(name: "Top", parentID: nil, role: nil, isSubscribed: true) }
            try attempt("child") { _ = try editing.createMailbox(name: "Child", parentID: top.id, role: nil, isSubscribed: false) }
            try attempt("parent") { _ = try editing.createMailbox(name: "x", parentID: MailboxID(777), role: nil, isSubscribed: false) }
            try attempt("full") { try editing.destroyMailbox(archive, removingEmails: false) }
            try attempt("email") { _ = try editing.createEmail(good) }
            try attempt("bad email") { _ = try editing.createEmail(bad) }
            try attempt("unknown email") { try editing.updateEmails([EmailUpdate(id: EmailID(4040), addKeywords: ["$seen"])]) }
            try attempt("seen") { try editing.updateEmails([EmailUpdate(id: id, addKeywords: ["$seen"])]) }
            try attempt("identity") { _ = try editing.addIdentity(Identity(id: IdentityID(0), name: "S", email: "s@x")) }
            try attempt("unknown identity") { try editing.updateIdentity(Identity(id: IdentityID(99), name: "S", email: "s@x")) }
            try attempt("submission") { _ = try editing.addSubmission(submission, wire: wire) }
            #expect(try editing.mailboxes().count == 4)
            #expect(try editing.emails([id]).first?.keywords == ["$seen"])
            return refused
        }
        #expect(edited.value == ["double", "parent", "full", "bad email", "unknown email", "unknown identity"])
        #expect(edited.oldState == before[.mailbox])
        #expect(edited.newState == (try await store.states(of: account)[.mailbox]))
        #expect(try await fixture.ids(nil).count == 2)
        #expect(try await store.submissions(nil, of: account).count == 1)
        #expect(try await store.identities(of: account).count == 2)
        let changes = try await store.changes(of: account, type: .mailbox, since: edited.oldState, limit: nil)
        #expect(changes.created.count == 2)
        #expect(changes.destroyed.isEmpty)
        #expect(try await store.integrityProblems(of: account) == [])

        let after = try await store.states(of: account)
        let queued = try await fixture.operations().count
        await #expect(throws: StoreError.notFound(what: "identity 99")) {
            _ = try await store.edit(account, .identity, ifInState: nil, isDurable: true) { editing in
                _ = try editing.createMailbox(name: "Lost", parentID: nil, role: nil, isSubscribed: true)
                try editing.updateIdentity(Identity(id: IdentityID(99), name: "S", email: "s@x"))
            }
        }
        await #expect(throws: StoreError.stateMismatch) {
            _ = try await store.edit(account, .identity, ifInState: 0, isDurable: false) { try $0.removeIdentity(IdentityID(1)) }
        }
        #expect(try await store.states(of: account) == after)
        #expect(try await fixture.operations().count == queued)
        #expect(try await !store.mailboxes(of: account).contains { $0.name == "Lost" })
    }
}
