import CZlib
import MailMIME
import PostroomCore
import Testing

@testable import PostroomStore

@Suite("Indexing after listing")
struct IndexingTests {
    private static func message(_ uid: UInt32, body: String, source: [UInt8]?) -> IncomingEmail {
        var email = IncomingEmail.sample(uid, messageID: "m\(uid)@x", subject: "Subject", body: body, source: source)
        email.searchText = nil
        return email
    }

    @Test("what came without words is listed, found once it is indexed, and counted meanwhile")
    func coverage() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add(
            [
                Self.message(1, body: "", source: Array("old".utf8)), Self.message(2, body: "", source: Array("newer one".utf8)),
                Self.message(3, body: "", source: nil),
            ], to: inbox)
        #expect(try await fixture.ids(.inMailbox(inbox)).count == 3)
        #expect(try await fixture.ids(.text("apples")).isEmpty)
        #expect(try await store.searchCoverage(of: account) == SearchCoverage(emails: 3, indexed: 0, missing: 0))
        let waiting = try await store.unindexedEmails(limit: 10, of: account)
        #expect(waiting.map(\.email) == [ids[1], ids[0]])
        #expect(waiting.map(\.size) == [9, 3])
        #expect(try await store.unindexedEmails(limit: 1, of: account).map(\.email) == [ids[1]])
        let sources = try await store.sources(of: ids, account: account)
        #expect(
            Dictionary(uniqueKeysWithValues: sources.map { ($0.email, $0.source) }) == [
                ids[0]: Array("old".utf8), ids[1]: Array("newer one".utf8),
            ])

        let state = try await store.states(of: account)[.email]
        let words = SearchText(of: EmailContent(size: 1, subject: "Subject"), body: "apples and pears")
        try await store.index(ids.prefix(2).map { ($0, words) }, of: account)
        #expect(Set(try await fixture.ids(.text("apples"))) == [ids[0], ids[1]])
        #expect(try await store.unindexedEmails(limit: 10, of: account).isEmpty)
        #expect(try await store.searchCoverage(of: account) == SearchCoverage(emails: 3, indexed: 2, missing: 0))
        // The header alone is no text; its source comes without words, too.
        try await store.setSources(
            [IncomingSource(emailID: ids[2], source: Array("late".utf8), content: EmailContent(size: 4), searchText: nil)], of: account)
        #expect(try await store.unindexedEmails(limit: 10, of: account).map(\.email) == [ids[2]])
        try await store.index([(ids[2], words)], of: account)
        #expect(try await store.searchCoverage(of: account).isComplete)
        #expect(try await fixture.ids(.text("pear")).count == 3)
        #expect(try await store.states(of: account)[.email] == state.map { $0 + 1 })
        #expect(try await store.integrityProblems(of: account).isEmpty)
    }

    @Test("what is gone before its turn is not found, and what comes back is")
    func removed() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add([Self.message(1, body: "", source: [65])], to: inbox)
        let words = SearchText(of: EmailContent(size: 1), body: "apples")
        try await store.removePlacements(uids: [1], in: inbox, cursor: nil, of: account)
        try await store.index([(ids[0], words)], of: account)
        #expect(try await fixture.ids(.text("apples")).isEmpty)
        let again = try await fixture.add([Self.message(1, body: "", source: [65])], to: inbox)
        #expect(again == ids)
        // Its words came while it was away.
        #expect(try await store.unindexedEmails(limit: 10, of: account).isEmpty)
        #expect(try await fixture.ids(.text("apples")) == ids)
    }

    @Test("messages that the history still lacks are counted as missing")
    func missing() async throws {
        let fixture = try await StoreFixture()
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let cursor = SyncCursor(uidValidity: 1, uidNext: 101, highestModSeq: 0, oldestUID: 100, serverCount: 100, lastComparedAt: nil)
        try await fixture.add([.sample(100, messageID: "a@x", source: [65])], to: inbox, cursor: cursor)
        #expect(try await fixture.store.searchCoverage(of: fixture.account) == SearchCoverage(emails: 1, indexed: 1, missing: 99))
    }

    @Test("messages that earlier versions deflated are still read")
    func deflated() throws {
        let text = [UInt8](String(repeating: "the same words again ", count: 50).utf8)
        var count = compressBound(uLong(text.count))
        let packed = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            initialized = compress2(buffer.baseAddress, &count, text, uLong(text.count), 1) == Z_OK ? Int(count) : 0
        }
        #expect(try PackedBlob.unpack(packed, size: text.count, isCompressed: true) == text)
        let now = PackedBlob(text)
        #expect(now.isCompressed && now.data.count < 100)
        #expect(try PackedBlob.unpack(now.data, size: text.count, isCompressed: true) == text)
        #expect(throws: StoreError.self) { try PackedBlob.unpack(Array(now.data.dropLast(5)), size: text.count, isCompressed: true) }
    }
}
