import MailMIME
import PostroomCore
import PostroomJMAP
import Testing

@Suite("RFC 8621 §7: what is reported of a submission")
struct SubmissionReportTests {
    /// A submission of the account to two recipients, handed to its server.
    private func submission(_ test: TestServer, _ account: Account? = nil) async throws -> Submission {
        let now = test.clock.now()
        return try await test.store.addSubmission(
            Submission(
                id: SubmissionID(0), identityID: IdentityID(1), emailID: nil, threadID: nil, blobID: BlobID(sha256: []),
                messageID: "sent@example.com", mailFrom: "ann@example.com",
                recipients: ["bob@example.org", "carl@example.org"].map {
                    Submission.RecipientStatus(address: $0, verdict: .accepted, reply: "250 2.0.0 ok")
                }, state: .sent, sendAt: now, createdAt: now), wire: [1], of: (account ?? test.account).id)
    }

    private func arrive(
        _ test: TestServer, _ uid: UInt32, _ kind: SubmissionReport.Kind, _ entries: [(String, SubmissionReport.Outcome.Action)]
    ) async throws {
        let inbox = try #require(try await test.store.mailboxes(of: test.account.id).first { $0.role == .inbox })
        _ = try await test.store.addEmails(
            [
                IncomingEmail(
                    uid: uid, keywords: [], receivedAt: Timestamp(seconds: Int64(uid)),
                    content: EmailContent(size: 9, messageID: "r\(uid)@x"),
                    source: Array("report \(uid)".utf8), searchText: SearchText(),
                    report: IncomingReport(
                        kind: kind, originalMessageID: "sent@example.com", messageID: "r\(uid)@x",
                        entries: entries.map {
                            IncomingReport.Entry(
                                addresses: [$0.0], outcome: .init(address: $0.0, action: $0.1, text: "550 5.1.1 no such user", isHard: true)
                            )
                        }))
            ], to: inbox.id, uidValidity: 1, cursor: nil, of: test.account.id)
    }

    @Test("the blobs of reports in the order of receipt, delivered and displayed of each recipient, and a change of the submission")
    func told() async throws {
        let test = try await TestServer()
        let id = try await submission(test).id.jmap
        let before = try await test.call("EmailSubmission/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(id)\"]}")
        #expect(before["list"]?[0]?["dsnBlobIds"]?.strings == [])
        #expect(before["list"]?[0]?["deliveryStatus"]?["bob@example.org"]?["delivered"]?.string == "unknown")
        try await arrive(test, 20, .delivery, [("carl@example.org", .delivered), ("bob@EXAMPLE.org", .failed)])
        try await arrive(test, 10, .delivery, [("bob@example.org", .delayed)])
        try await arrive(test, 30, .disposition, [("carl@example.org", .displayed)])

        let told = try await test.get("EmailSubmission", id)
        let status = try #require(told["deliveryStatus"])
        #expect(status["bob@example.org"]?["delivered"]?.string == "no")
        #expect(status["bob@example.org"]?["displayed"]?.string == "unknown")
        #expect(status["bob@example.org"]?["smtpReply"]?.string == "550 5.1.1 no such user")
        #expect(status["carl@example.org"]?["delivered"]?.string == "yes")
        #expect(status["carl@example.org"]?["displayed"]?.string == "yes")
        var texts: [String] = []
        for blob in (told["dsnBlobIds"]?.strings ?? []) + (told["mdnBlobIds"]?.strings ?? []) {
            texts.append(String(decoding: try await test.server.download(account: test.a, blob: blob, user: test.user), as: UTF8.self))
        }
        #expect(texts == ["report 10", "report 20", "report 30"])
        #expect(told["mdnBlobIds"]?.array?.count == 1)
        let changes = try await test.call(
            "EmailSubmission/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(before["state"]?.string ?? "")\"}")
        #expect(changes["updated"]?.strings == [id])
    }

    @Test("blobs of reports stay when the message in the mailbox is destroyed, and are another user's secret")
    func blobs() async throws {
        let test = try await TestServer()
        let id = try await submission(test).id.jmap
        try await arrive(test, 1, .delivery, [("bob@example.org", .failed)])
        let emails = try await test.call("Email/query", "{\"accountId\":\"\(test.a)\"}")["ids"]?.strings ?? []
        #expect(emails.count == 1)
        _ = try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"destroy\":[\"\(emails.first ?? "")\"]}")
        let blob = try #require(try await test.get("EmailSubmission", id)["dsnBlobIds"]?.strings.first)
        #expect(try await test.server.download(account: test.a, blob: blob, user: test.user) == Array("report 1".utf8))
        let other = try await test.addAccount("other@example.com")
        await #expect(throws: (any Error).self) {
            _ = try await test.server.download(account: other.id.jmap, blob: blob, user: test.user)
        }
    }

    @Test("reports that came to one account say nothing of another's submission")
    func otherAccount() async throws {
        let test = try await TestServer()
        let other = try await test.addAccount("other@example.com")
        let theirs = try await submission(test, other).id.jmap
        try await arrive(test, 1, .delivery, [("bob@example.org", .failed)])
        let told = try await test.call("EmailSubmission/get", "{\"accountId\":\"\(other.id.jmap)\",\"ids\":[\"\(theirs)\"]}")
        #expect(told["list"]?[0]?["dsnBlobIds"]?.strings == [])
        #expect(told["list"]?[0]?["deliveryStatus"]?["bob@example.org"]?["delivered"]?.string == "unknown")
    }
}
