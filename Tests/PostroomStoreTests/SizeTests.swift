import Foundation
import PostroomCore
import Testing

@testable import PostroomStore

/// Bounds: quotas, the change log, bytes that nobody holds, a full disk.
@Suite("Sizes")
struct SizeTests {
    private static func letters(_ uids: ClosedRange<UInt32>, octets: Int = 1000) -> [IncomingEmail] {
        uids.map { uid in
            IncomingEmail.sample(
                uid, messageID: "q\(uid)@x",
                source: Array("Subject: \(uid)\r\n\r\n".utf8) + [UInt8](repeating: UInt8(uid % 250), count: octets))
        }
    }

    @Test("an account takes no more than its quota, and goes on when there is room again")
    func quota() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        try await fixture.add(Self.letters(1...5), to: inbox)
        let usage = try await store.usage(of: fixture.account)
        #expect(usage.emails == 5)
        #expect(usage.bytes > 5000 && usage.bytes < 5200)
        try await store.setQuota(StorageQuota(maxEmails: 7), of: fixture.account)
        try await fixture.add(Self.letters(6...7), to: inbox)
        await #expect(throws: StoreError.overQuota) { try await fixture.add(Self.letters(8...8), to: inbox) }
        try await store.setQuota(StorageQuota(maxBytes: 8000), of: fixture.account)
        await #expect(throws: StoreError.overQuota) { try await fixture.add(Self.letters(8...9), to: inbox) }
        await #expect(throws: StoreError.overQuota) {
            try await store.addUpload(
                [UInt8](repeating: 1, count: 2000), type: "", expiresAt: fixture.clock.now(), of: fixture.account, by: fixture.user.id)
        }
        // What holds for all accounts holds where an account has nothing of its own.
        try await store.setQuota(nil, of: fixture.account)
        try await store.setSetting(StorageQuota.setting, to: StorageQuota(maxEmails: 7).text)
        await #expect(throws: StoreError.overQuota) { try await fixture.add(Self.letters(8...8), to: inbox) }
        try await store.setSetting(StorageQuota.setting, to: nil)
        try await fixture.add(Self.letters(8...9), to: inbox)
        #expect(try await store.integrityProblems(of: fixture.account) == [])
        #expect(try await store.usage(of: fixture.account).emails == 9)
    }

    @Test("RFC 8620 §6: an upload that has no room takes that of the oldest uploads; an email's bytes stay; too much is refused")
    func uploadsMakeRoom() async throws {
        let fixture = try await StoreFixture()
        let (store, account, now) = (fixture.store, fixture.account, fixture.clock.now())
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        try await fixture.add(Self.letters(1...1), to: inbox)
        try await store.setQuota(StorageQuota(maxBytes: 8000), of: account)
        func upload(_ byte: UInt8, _ seconds: Int64) async throws -> BlobID {
            try await store.addUpload(
                [UInt8](repeating: byte, count: 3000), type: "", expiresAt: now.adding(seconds: seconds), of: account, by: fixture.user.id)
        }
        let (old, young) = (try await upload(1, 10), try await upload(2, 20))
        let new = try await upload(3, 30)
        #expect(try await store.blob(old, of: account) == nil)
        #expect(try await store.blob(young, of: account)?.count == 3000)
        #expect(try await store.blob(new, of: account)?.count == 3000)
        await #expect(throws: StoreError.overQuota) {
            try await store.addUpload([UInt8](repeating: 4, count: 9000), type: "", expiresAt: now, of: account, by: fixture.user.id)
        }
        #expect(try await store.usage(of: account).emails == 1)
        #expect(try await store.integrityProblems(of: account) == [])
    }

    @Test("tidying removes what has run out and keeps the newest of the log")
    func tidy() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        try await fixture.add(Self.letters(1...50), to: inbox)
        let early = try #require(try await store.states(of: fixture.account)[.email])
        try await fixture.add(Self.letters(51...60), to: inbox)
        let upload = try await store.addUpload(
            Array("kept".utf8), type: "text/plain", expiresAt: fixture.clock.now().adding(seconds: 10), of: fixture.account,
            by: fixture.user.id)
        try await store.tidy(changeLogSteps: 1000)
        #expect(try await store.blob(upload, of: fixture.account) != nil)
        #expect(try await store.changes(of: fixture.account, type: .email, since: 0, limit: nil).created.count == 60)
        fixture.clock.advance(seconds: 20)
        try await store.tidy(changeLogSteps: 15)
        #expect(try await store.blob(upload, of: fixture.account) == nil)
        await #expect(throws: StoreError.cannotCalculateChanges) {
            try await store.changes(of: fixture.account, type: .email, since: early - 40, limit: nil)
        }
        let newest = try #require(try await store.states(of: fixture.account)[.email])
        #expect(try await store.changes(of: fixture.account, type: .email, since: newest, limit: nil).created.isEmpty)
        #expect(try await store.integrityProblems(of: fixture.account) == [])
    }

    @Test("bytes that nobody holds go, however many begin and end to hold some meanwhile")
    func sweeping() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let account = fixture.account
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 as Range<UInt32> {
                group.addTask {
                    for round in 0..<25 as Range<UInt32> {
                        // The same bytes again and again: held, let go, held again.
                        let uid = 1 + writer * 1000 + round
                        let bytes = Array("Subject: same\r\n\r\n\(round % 3) \(String(repeating: "x", count: 500))".utf8)
                        let ids = try await fixture.add(
                            [IncomingEmail.sample(uid, messageID: "s\(uid)@x", source: bytes)], to: inbox)
                        #expect(try await store.source(of: ids[0], account: account) == bytes)
                        if round % 2 == 0 { try await store.removePlacements(uids: [uid], in: inbox, cursor: nil, of: account) }
                    }
                }
            }
            group.addTask { for _ in 0..<40 { try await store.removeUnheldBlobs(of: account) } }
            try await group.waitForAll()
        }
        #expect(try await store.integrityProblems(of: account) == [])
        try await store.write { connection in
            _ = try connection.execute(
                "INSERT INTO blobs (account_id, hash, size, refs, data) VALUES ($1, $2, 1, 0, $2)", [account.sql, [UInt8(1)].sql])
        }
        try await store.tidy(changeLogSteps: 1000)
        #expect(try await store.integrityProblems(of: account) == [])
        #expect(try await store.blob(BlobID(sha256: [1]), of: account) == nil)
    }

    @Test("a full database refuses cleanly, tells since when, and goes on", .enabled(if: !PostgresServer.isWanted))
    func full() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        try await fixture.add(Self.letters(1...10), to: inbox)
        let database = try #require(store.database as? SQLiteDatabase)
        try await database.limit(toPages: 400)
        var refused = 0
        for start in stride(from: UInt32(100), to: 3000, by: 10) {
            var random = SystemRandomNumberGenerator()
            let mail = (start..<start + 10).map { uid in
                IncomingEmail.sample(
                    uid, messageID: "f\(uid)@x", source: (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) })
            }
            do {
                try await fixture.add(mail, to: inbox)
            } catch StoreError.diskFull {
                refused += 1
                if refused > 2 { break }
            }
        }
        #expect(refused == 3)
        #expect(store.fullSince != nil)
        #expect(try await store.integrityProblems(of: fixture.account) == [])
        let here = try await store.usage(of: fixture.account).emails
        try await database.limit(toPages: 100_000)
        try await store.waitForRoom()
        #expect(store.fullSince == nil)
        try await fixture.add(Self.letters(5000...5010), to: inbox)
        #expect(try await store.usage(of: fixture.account).emails == here + 11)
    }
}
