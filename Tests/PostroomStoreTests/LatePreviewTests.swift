import Testing

@testable import PostroomCore
@testable import PostroomStore

@Suite("Previews that come with the words")
struct LatePreviewTests {
    private static func source(_ number: Int, lines: Int = 1) -> [UInt8] {
        let text = String(repeating: "Letter \(number) about apples.\r\n", count: lines)
        return Array("Message-ID: <m\(number)@x>\r\nSubject: Apples\r\n\r\n\(text)".utf8)
    }

    private static func message(_ number: Int, source: [UInt8]) -> ServerMessage {
        ServerMessage(
            uid: UInt32(number), receivedAt: Timestamp(seconds: 1_700_000_000 + Int64(number)), size: source.count, bytes: source)
    }

    /// As a first synchronisation reads them.
    private static func incoming(_ sources: [[UInt8]]) -> [IncomingEmail] {
        MessageReader().read(sources.enumerated().map { message($0 + 1, source: $1) }, scope: .source, indexesLater: true)
    }

    private func stored(_ ids: [EmailID], of fixture: StoreFixture) async throws -> [String] {
        try await fixture.store.database.read { connection in
            try ids.map { try connection.row("SELECT preview FROM emails WHERE id = $1", [$0.sql])?.text(0) ?? "" }
        }
    }

    private func index(_ ids: [EmailID], of fixture: StoreFixture) async throws {
        let sources = try await fixture.store.sources(of: ids, account: fixture.account)
        try await fixture.store.index(fixture.store.indexPart(of: MessageReader().words(of: sources)), of: fixture.account)
    }

    @Test("lists have them from the first moment, and the store once the words are indexed; a long message's is there at once")
    func listed() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let long = Self.source(3, lines: 1 + MessageReader.largestLatePreview / 20)
        let ids = try await fixture.add(Self.incoming([Self.source(1), Self.source(2), long]), to: inbox)
        let before = try await stored(ids, of: fixture)
        #expect(before[0].isEmpty && before[1].isEmpty && before[2].hasPrefix("Letter 3 about apples. Letter 3"))
        let expected = ["Letter 1 about apples.", "Letter 2 about apples.", before[2]]
        #expect(try await fixture.store.emails(ids, of: fixture.account).map(\.content.preview) == expected)
        try await index(ids, of: fixture)
        #expect(try await stored(ids, of: fixture) == expected)
        #expect(try await fixture.store.emails(ids, of: fixture.account).map(\.content.preview) == expected)
        #expect(try await fixture.ids(.text("apple")).count == 3)
    }

    @Test("a message whose words are in the index already, as one that comes back, gets its preview as it comes in")
    func comesBack() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add(Self.incoming([Self.source(1), Self.source(2)]), to: inbox)
        try await index(ids, of: fixture)
        try await store.removePlacements(uids: [1, 2], in: inbox, cursor: nil, of: account)
        // One with its source, the other by its header first.
        let whole = Self.incoming([Self.source(1)])
        let header = MessageReader().read([Self.message(2, source: Self.source(2))], scope: .header)
        #expect(try await fixture.add(whole + header, to: inbox) == ids)
        #expect(try await stored(ids, of: fixture) == ["Letter 1 about apples.", ""])
        try await store.setSources([MessageReader().source(Self.source(2), of: ids[1], indexesLater: true)], of: account)
        #expect(try await store.unindexedEmails(limit: 10, of: account).isEmpty)
        #expect(try await stored(ids, of: fixture) == ["Letter 1 about apples.", "Letter 2 about apples."])
    }

    @Test("what is prepared before is stored as what is not")
    func prepared() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let boxes = try await fixture.mailboxes("INBOX", "Other")
        let (inbox, other) = (try #require(boxes["INBOX"]), try #require(boxes["Other"]))
        let mail = Self.incoming([Self.source(1), Self.source(2)])
        let ids = try await fixture.add(mail.map(store.prepared), to: inbox)
        // The same messages in another mailbox are the same emails.
        #expect(try await fixture.add(mail, to: other) == ids)
        for (id, email) in zip(ids, mail) {
            #expect(try await store.source(of: id, account: account) == email.source)
            #expect(try await fixture.email(id).content.messageID == email.content.messageID)
        }
        #expect(try await store.integrityProblems(of: account).isEmpty)
    }
}
