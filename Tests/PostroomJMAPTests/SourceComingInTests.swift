import PostroomCore
import PostroomJMAP
import PostroomStore
import Testing

@Suite("An email whose source comes in while it is read")
struct SourceComingInTests {
    /// The store is looked into once more before a server is asked, as the product does.
    private struct StoreOnly: SourceFetching {
        let store: SQLiteStore

        func fetchSource(_ email: EmailID, account: AccountID) async throws -> [UInt8] {
            if let source = try await store.source(of: email, account: account) { return source }
            throw SourceError.unavailable("not here yet")
        }
    }

    private static let source = Array(
        """
        Subject: Files\r
        Content-Type: multipart/mixed; boundary=b\r
        \r
        --b\r
        \r
        text\r
        --b\r
        Content-Type: application/pdf; name=a.pdf\r
        Content-Disposition: attachment; filename=a.pdf\r
        \r
        pdf\r
        --b--\r

        """.utf8)

    /// An answer of the header alone, made of two looks at different moments, was once given for good: body properties never change.
    @Test func isWholeOrNotYetToBeHad() async throws {
        let test = try await TestServer(sources: { StoreOnly(store: $0) })
        let inbox = try #require(try await test.store.mailboxes(of: test.account.id).first { $0.role == .inbox })
        var content = EmailContent(size: Self.source.count)
        content.subject = "Files"
        content.hasAttachment = true
        let listed = (1...200).map { uid in
            IncomingEmail(
                uid: UInt32(uid), keywords: [], receivedAt: Timestamp(seconds: 1_700_000_000 + Int64(uid)), content: content, source: nil,
                searchText: nil)
        }
        let emails = try await test.store.addEmails(
            listed, to: inbox.id, uidValidity: 1, cursor: SyncCursor(uidValidity: 1, uidNext: 201), of: test.account.id)
        let store = test.store
        let account = test.account.id
        for email in emails {
            let incoming = IncomingSource(emailID: email, source: Self.source, content: content, searchText: nil)
            async let storing: Void = store.setSources([incoming], of: account)
            let (name, answer) = try #require(
                try await test.responses(
                    "[\"Email/get\",{\"accountId\":\"\(test.a)\",\"ids\":[\"\(email.jmap)\"],\"properties\":[\"attachments\"]},\"c\"]"
                ).first)
            try await storing
            if name == "error" {
                #expect(answer["type"]?.string == "serverUnavailable")
            } else {
                #expect(answer["list"]?[0]?["attachments"]?[0]?["name"]?.string == "a.pdf")
            }
        }
    }
}
