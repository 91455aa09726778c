import MailMIME
import PostroomCore
import PostroomStore
import Testing

@Suite("Outbox, identities and blobs")
struct OutboxTests {
    private func submission(_ fixture: StoreFixture, at: Timestamp) -> Submission {
        Submission(
            id: SubmissionID(0), identityID: IdentityID(1), emailID: EmailID(5), threadID: nil, blobID: BlobID(sha256: []),
            messageID: "m@x", mailFrom: "anna@example.com",
            recipients: [Submission.RecipientStatus(address: "b@x"), Submission.RecipientStatus(address: "c@x")], sendAt: at,
            createdAt: fixture.clock.now(),
            onSuccess: Submission.OnSuccess(addKeywords: ["$seen"], removeMailboxes: [MailboxID(3)], destroy: false))
    }

    @Test("a submission goes from phase to phase and keeps all of it")
    func phases() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let wire = Array("From: a\r\n\r\nhi".utf8)
        let now = fixture.clock.now()
        var added = try await store.addSubmission(submission(fixture, at: now), wire: wire, of: account)
        #expect(try await store.wire(of: added.id, account: account) == wire)
        #expect(try await store.submissions([added.id, SubmissionID(999)], of: account) == [added])
        #expect(try await store.claimSubmission(added.id, of: account))
        #expect(try await !store.claimSubmission(added.id, of: account), "one sender alone holds it")
        added.state = .finalDot
        added.attempts = 2
        added.recipients[0].verdict = .refused
        added.recipients[0].reply = "550 5.1.1 no"
        added.diagnosis = Diagnosis(stage: .delivery, cause: .recipientRefused, side: .smtp, serverText: "550")
        added.serverReply = "250 ok"
        added.nextAttemptAt = now.adding(seconds: 60)
        added.isCopied = true
        try await store.updateSubmission(added, of: account)
        #expect(try await store.submissions(nil, of: account) == [added])
        let changes = try await store.changes(of: account, type: .submission, since: 0, limit: nil)
        #expect(changes.created == [added.id.value])
        added.state = .sent
        try await store.updateSubmission(added, of: account)
        #expect(try await store.dueSubmissions(at: now.adding(seconds: 600), of: account).isEmpty)
        #expect(try await store.removeSubmission(added.id, of: account))
        #expect(try await !store.removeSubmission(added.id, of: account))
        #expect(try await !store.holdsBlob(added.blobID, account: account, for: fixture.user.id), "the wire form goes with it")
        await #expect(throws: StoreError.notFound(what: "submission \(added.id)")) { try await store.updateSubmission(added, of: account) }
    }

    @Test("what is due comes oldest first, what waits says when")
    func due() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let now = fixture.clock.now()
        #expect(try await store.nextSubmissionTime(of: account) == nil)
        let later = try await store.addSubmission(submission(fixture, at: now.adding(seconds: 100)), wire: [1], of: account)
        #expect(try await store.nextSubmissionTime(of: account) == now.adding(seconds: 100))
        var first = try await store.addSubmission(submission(fixture, at: now), wire: [1], of: account)
        #expect(try await store.dueSubmissions(at: now, of: account).map(\.id) == [first.id])
        first.nextAttemptAt = now.adding(seconds: 30)
        try await store.updateSubmission(first, of: account)
        #expect(try await store.dueSubmissions(at: now, of: account).isEmpty)
        #expect(try await store.nextSubmissionTime(of: account) == now.adding(seconds: 30))
        #expect(try await store.dueSubmissions(at: now.adding(seconds: 100), of: account).map(\.id) == [first.id, later.id])
    }

    @Test("what was written durably is there after the process is gone", .enabled(if: !PostgresServer.isWanted))
    func restart() async throws {
        let fixture = try await StoreFixture()
        let now = fixture.clock.now()
        var added = try await fixture.store.addSubmission(submission(fixture, at: now), wire: [1, 2], of: fixture.account)
        added.state = .finalDot
        try await fixture.store.updateSubmission(added, of: fixture.account)
        // A copy of the files as they lie on disk now is what a start after a crash would find.
        let copy = try fixture.copyOfFolder()
        let again = try await SQLStore.open(folder: copy.path, clock: fixture.clock)
        #expect(try await again.submissions(nil, of: fixture.account) == [added])
        #expect(try await again.wire(of: added.id, account: fixture.account) == [1, 2])
        try again.close()
    }

    @Test("identities")
    func identities() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let first = try #require(try await store.identities(of: account).first)
        #expect(!first.mayDelete)
        let draft = Identity(
            id: IdentityID(0), name: "Анна", email: "sales@example.com", replyTo: [MailAddress(name: "R", address: "r@x")],
            bcc: [MailAddress(address: "b@x")], textSignature: "--\nA", htmlSignature: "<p>A")
        var added = try await store.addIdentity(draft, of: account)
        added.name = "Sales"
        try await store.updateIdentity(added, of: account)
        #expect(try await store.identities(of: account) == [first, added])
        #expect(try await store.removeIdentity(added.id, of: account))
        #expect(try await !store.removeIdentity(added.id, of: account))
        let changes = try await store.changes(of: account, type: .identity, since: 0, limit: nil)
        #expect(changes.created == [first.id.value])
    }

    @Test("an upload is kept until it expires, or for as long as an email holds the same bytes")
    func uploads() async throws {
        let fixture = try await StoreFixture()
        let (store, account, user) = (fixture.store, fixture.account, fixture.user.id)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let now = fixture.clock.now()
        let bytes = [UInt8](repeating: 65, count: 5000)
        let blob = try await store.addUpload(bytes, type: "text/plain", expiresAt: now.adding(seconds: 10), of: account, by: user)
        #expect(try await store.addUpload(bytes, type: "text/plain", expiresAt: now.adding(seconds: 20), of: account, by: user) == blob)
        let other = try await store.addUpload([1, 2, 3], type: "", expiresAt: now.adding(seconds: 20), of: account, by: user)
        try await fixture.add([.sample(1, source: bytes)], to: inbox)
        try await store.removeExpiredUploads(before: now.adding(seconds: 15))
        #expect(try await store.blob(other, of: account) == [1, 2, 3])
        try await store.removeExpiredUploads(before: now.adding(seconds: 25))
        #expect(try await store.blob(other, of: account) == nil)
        #expect(try await store.blob(blob, of: account) == bytes)
        try await store.removePlacements(uids: [1], in: inbox, cursor: nil, of: account)
        #expect(try await store.blob(blob, of: account) == nil)
    }
}
