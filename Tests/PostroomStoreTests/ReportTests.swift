import MailMIME
import PostroomCore
import Testing

@testable import PostroomStore

@Suite("What came back about submissions")
struct ReportTests {
    private typealias Outcome = SubmissionReport.Outcome

    private func submit(
        _ fixture: StoreFixture, _ messageID: String = "m@x", to recipients: [String] = ["b@x"], account: AccountID? = nil
    ) async throws -> Submission {
        let now = fixture.clock.now()
        return try await fixture.store.addSubmission(
            Submission(
                id: SubmissionID(0), identityID: IdentityID(1), emailID: nil, threadID: nil, blobID: BlobID(sha256: []),
                messageID: messageID, mailFrom: "anna@example.com",
                recipients: recipients.map { Submission.RecipientStatus(address: $0, verdict: .accepted, reply: "250 ok") }, state: .sent,
                sendAt: now, createdAt: now), wire: Array("\(messageID) \(recipients)".utf8), of: account ?? fixture.account)
    }

    /// A report as it comes in: `uid` also makes its bytes, `id` is its own Message-ID.
    private func report(
        _ uid: UInt32, on messageID: String = "m@x", to addresses: [String] = ["b@x"], action: Outcome.Action = .failed, id: String = "",
        at seconds: Int64? = nil, bytes: String? = nil, kind: SubmissionReport.Kind = .delivery
    ) -> IncomingEmail {
        var email = IncomingEmail.sample(
            uid, messageID: "\(uid)@report", at: seconds, source: Array((bytes ?? "report \(uid)").utf8))
        email.report = IncomingReport(
            kind: kind, originalMessageID: messageID, messageID: id,
            entries: addresses.map {
                IncomingReport.Entry(
                    addresses: [$0], outcome: Outcome(address: $0, action: action, reason: .unknownRecipient, text: "550 no", isHard: true))
            })
        return email
    }

    private func changed(_ fixture: StoreFixture, since state: Int64) async throws -> [Int64] {
        try await fixture.store.changes(of: fixture.account, type: .submission, since: state, limit: nil).updated
    }

    @Test("a report is kept with the submission that it is about, in the order of receipt, and told as a change of it")
    func kept() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let submission = try await submit(fixture)
        let state = try await store.states(of: account)[.submission] ?? 0
        try await fixture.add(
            [report(1, at: 200, kind: .disposition), report(2, action: .delayed, at: 100), .sample(3), report(4, on: "other@x")], to: inbox)
        let found = try #require(try await store.submissions([submission.id], of: account).first)
        #expect(found.reports.map(\.kind) == [.delivery, .disposition])
        #expect(found.reports.map(\.outcomes.first?.action) == [.delayed, .failed])
        #expect(found.reports.map(\.receivedAt) == [Timestamp(seconds: 100), Timestamp(seconds: 200)])
        #expect(try await store.submissions(nil, of: account) == [found])
        #expect(try await store.submissions(of: ["m@x", "other@x"], account: account) == [found])
        #expect(try await changed(fixture, since: state) == [submission.id.value])
        #expect(try await store.blob(found.reports[0].blobID, of: account) == Array("report 2".utf8))
        #expect(try await store.integrityProblems(of: account) == [])
    }

    @Test("reports of one second are in the order of their coming")
    func oneSecond() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let submission = try await submit(fixture)
        try await fixture.add([2, 4, 1, 3].map { report($0, id: "\($0)@r", at: 100) }, to: inbox)
        try await fixture.add([9, 6, 5, 8].map { report($0, id: "\($0)@r", at: 100) }, to: inbox)
        let found = try await fixture.store.submissions([submission.id], of: fixture.account).first
        #expect(found?.reports.map(\.messageID) == [1, 2, 3, 4, 5, 6, 8, 9].map { "\($0)@r" })
    }

    @Test("the same report again, as another copy, from another address or with its source late, counts once")
    func once() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let (inbox, archive) = (try #require(boxes["INBOX"]), try #require(boxes["Archive"]))
        let submission = try await submit(fixture)
        func count() async throws -> Int { try await store.submissions([submission.id], of: account).first?.reports.count ?? -1 }
        try await fixture.add(
            [report(1, id: "r@x", bytes: "one"), report(2, id: "r@x", bytes: "one, delivered by another way")], to: inbox)
        #expect(try await count() == 1)
        let state = try await store.states(of: account)[.submission] ?? 0
        try await fixture.add([report(1, id: "r@x", bytes: "one")], to: archive)
        try await store.detachPlacements(in: inbox, of: account)
        try await fixture.add([report(7, id: "r@x", bytes: "one")], to: inbox, uidValidity: 2)
        try await fixture.add([report(8, id: "", bytes: "one")], to: inbox, uidValidity: 2)
        #expect(try await count() == 1)
        #expect(try await changed(fixture, since: state) == [], "nothing new is no change")
        // The message submitted once more afterwards: the old report is not on that.
        let again = try await submit(fixture)
        try await fixture.add([report(9, id: "r@x", bytes: "one")], to: archive)
        #expect(try await store.submissions([again.id], of: account).first?.reports == [])
        try await fixture.add([report(10, id: "s@x", bytes: "two")], to: archive)
        #expect(try await store.submissions([again.id], of: account).first?.reports.count == 1, "the newest that it can be about")
        #expect(try await count() == 1)
        #expect(try await store.integrityProblems(of: account) == [])
    }

    @Test("a source that comes after its header is a report as well")
    func late() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let submission = try await submit(fixture)
        let id = try #require(try await fixture.add([.sample(1, at: 77)], to: inbox).first)
        let incoming = report(1)
        for _ in 1...2 {
            try await store.setSources(
                [
                    IncomingSource(
                        emailID: id, source: Array("late".utf8), content: incoming.content, searchText: nil, report: incoming.report)
                ], of: account)
        }
        let found = try #require(try await store.submissions([submission.id], of: account).first)
        #expect(found.reports.map(\.receivedAt) == [Timestamp(seconds: 77)])
        #expect(try await store.integrityProblems(of: account) == [])
    }

    @Test("a report never says anything of another account's submission")
    func otherAccount() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let other = try await store.addAccount(
            userID: fixture.user.id, providerID: fixture.provider.id, address: "eve@example.com", login: "eve", settings: AccountSettings(),
            senderName: "Eve", sealedCredential: [1]
        ).id
        let theirs = try await submit(fixture, account: other)
        let state = try await store.states(of: other)
        try await fixture.add([report(1)], to: inbox)
        #expect(try await store.submissions([theirs.id], of: other).first?.reports == [])
        #expect(try await store.submissions(of: ["m@x"], account: account) == [])
        #expect(try await store.states(of: other) == state)
        #expect(try await store.integrityProblems(of: account) == [])
    }

    @Test("of several submissions of one message it is the one that went to the address; canceled ones are out of it")
    func several() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let first = try await submit(fixture, to: ["b@x"])
        let second = try await submit(fixture, to: ["c@x"])
        var third = try await submit(fixture, to: ["b@x"])
        third.state = .canceled
        try await store.updateSubmission(third, of: account)
        try await fixture.add([report(1, to: ["b@X"]), report(2, to: ["forwarded@elsewhere"])], to: inbox)
        let found = try await store.submissions([first.id, second.id, third.id], of: account)
        #expect(found.map { $0.reports.flatMap(\.outcomes).map(\.address) } == [["b@x"], ["forwarded@elsewhere"], []])
        #expect(found[1].reports.flatMap(\.outcomes).map(\.isRecipient) == [false])
    }

    @Test("however many reports somebody forges, so many are kept; the first stay, and what they say is bounded")
    func bounded() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let submission = try await submit(fixture)
        let most = SubmissionReport.most(recipients: 1)
        let strangers = (1...500).map { "\($0)@elsewhere" } + ["b@x", "B@X", "b@x"]
        try await fixture.add((1...UInt32(most + 10)).map { report($0, to: strangers, id: "\($0)@r") }, to: inbox)
        try await fixture.add([report(9_000, id: "last@r")], to: inbox)
        let found = try #require(try await store.submissions([submission.id], of: account).first)
        #expect(found.reports.count == most)
        #expect(found.reports.first?.messageID == "1@r")
        #expect(found.reports.allSatisfy { $0.outcomes.count == 7 })
        #expect(try await store.integrityProblems(of: account) == [])
    }

    @Test("reports stay when their emails go, and go with their submission")
    func removal() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let submission = try await submit(fixture)
        try await fixture.add([report(1)], to: inbox)
        try await store.removePlacements(uids: [1], in: inbox, cursor: nil, of: account)
        let blob = try #require(try await store.submissions([submission.id], of: account).first?.reports.first?.blobID)
        #expect(try await store.holdsBlob(blob, account: account, for: fixture.user.id))
        #expect(try await store.integrityProblems(of: account) == [])
        #expect(try await store.removeSubmission(submission.id, of: account))
        #expect(try await store.blob(blob, of: account) == nil)
        #expect(try await store.integrityProblems(of: account) == [])
    }

    @Test("what the outbox writes of a submission leaves its reports alone")
    func outboxWrites() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        var submission = try await submit(fixture)
        try await fixture.add([report(1)], to: inbox)
        submission.isCopied = true
        try await store.updateSubmission(submission, of: account)
        let found = try #require(try await store.submissions([submission.id], of: account).first)
        #expect(found.isCopied && found.reports.count == 1)
    }

    @Test("a Message-ID of any length and with any characters is found, and none is taken for another")
    func longMessageIDs() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        // Of no repetition, so that a database can't pack it: its index has rows of a few kilobytes at most.
        var random = SystemRandomNumberGenerator()
        let long = (1...1_000).map { _ in String(UInt64.random(in: 0...UInt64.max, using: &random), radix: 36) }.joined() + "ю"
        let submission = try await submit(fixture, long)
        try await fixture.add([report(1, on: String(long.dropLast())), report(2, on: ""), report(3, on: "a\0b")], to: inbox)
        #expect(try await store.submissions([submission.id], of: account).first?.reports == [])
        try await fixture.add([report(4, on: long)], to: inbox)
        #expect(try await store.submissions([submission.id], of: account).first?.reports.count == 1)
    }

    @Test("a report finds its submission by an index, however many there are", .enabled(if: !PostgresServer.isWanted))
    func plan() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        _ = try await submit(fixture)
        try await fixture.add([report(1)], to: inbox)
        _ = try await fixture.store.submissions(nil, of: fixture.account)
        let database = try #require(fixture.store.database as? SQLiteDatabase)
        let byMessage = try #require(database.statements.first { $0.contains("substr(message_id") && $0.hasPrefix("SELECT") })
        #expect(try await database.plan(of: byMessage).contains { $0.contains("submissions_message (account_id=? AND <expr>=?)") })
        let reports = try #require(database.statements.first { $0.contains("FROM submission_reports") && $0.hasPrefix("SELECT") })
        #expect(try await database.plan(of: reports).contains { $0.contains("PRIMARY KEY (account_id=? AND submission_id=?)") })
    }

    @Test("mail that is no report asks nothing of the outbox")
    func ordinary() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        try await fixture.add([.sample(1, source: Array("hello".utf8))], to: inbox)
        if let database = fixture.store.database as? SQLiteDatabase {
            #expect(!database.statements.contains { $0.contains("substr(message_id") && $0.hasPrefix("SELECT") })
        }
    }
}
