import Foundation
import PostroomCore
import Synchronization
import Testing

@testable import PostroomStore

/// Backup, restore, moving, checking. Where PostgreSQL is wanted the store is there, and moving goes both ways.
@Suite("Maintenance")
struct MaintenanceTests {
    /// A store with mail, a sealed password and an unfinished message to send; its place and the folder with its key.
    private struct Filled {
        let fixture: StoreFixture
        let work: String
        let vault: AESVault
        let master: [UInt8]

        init() async throws {
            fixture = try await StoreFixture()
            work = NSTemporaryDirectory() + "postroom-work-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: work + "/home", withIntermediateDirectories: true)
            master = AESVault.randomKey()
            let wrapped: [UInt8]
            (vault, wrapped) = try AESVault.open(masterKey: master, wrapped: nil)
            try Data((Data(master).base64EncodedString() + "\n").utf8).write(to: URL(fileURLWithPath: work + "/home/master.key"))
            let store = fixture.store
            try await store.setSetting("data-key", to: Data(wrapped).base64EncodedString())
            try await store.setSealedCredential(
                try vault.seal(Array("secret".utf8), context: "account:\(fixture.account)"), of: fixture.account)
            let boxes = try await fixture.mailboxes("INBOX", "Sent")
            let inbox = try #require(boxes["INBOX"])
            let identity = try #require(try await store.identities(of: fixture.account).first)
            _ = try await store.addSubmission(
                Submission(
                    id: SubmissionID(0), identityID: identity.id, emailID: nil, threadID: nil,
                    blobID: BlobID(sha256: [UInt8](repeating: 0, count: 32)),
                    messageID: "out@x", mailFrom: "anna@example.com", recipients: [], sendAt: fixture.clock.now(),
                    createdAt: fixture.clock.now()),
                wire: Array("Subject: out\r\n\r\nbody".utf8), of: fixture.account)
            var mail = (1...60 as ClosedRange<UInt32>).map { number in
                IncomingEmail.sample(
                    number, messageID: "m\(number)@x", subject: "Наводнение \(number)", body: "walrus\(number)",
                    source: Array(Self.letter(number).utf8))
            }
            mail[0].report = IncomingReport(
                kind: .delivery, originalMessageID: "out@x", messageID: "m1@x",
                entries: [.init(addresses: ["b@x"], outcome: .init(address: "b@x", action: .failed))])
            try await fixture.add(mail, to: inbox)
        }

        static func letter(_ number: UInt32) -> String {
            "From: bob@example.org\r\nTo: anna@example.com\r\nSubject: Letter\(number)\r\nMessage-ID: <m\(number)@x>\r\n\r\nwalrus\(number) "
                + String(repeating: "text ", count: Int(number)) + "\r\n"
        }

        var place: StorePlace {
            get throws { fixture.database.map { .postgres($0) } ?? .folder(fixture.folder) }
        }

        func remove() { try? FileManager.default.removeItem(atPath: work) }
    }

    /// Same mail, same secret, sound, searchable.
    private func expectSame(_ store: SQLStore, as filled: Filled) async throws {
        let account = filled.fixture.account
        #expect(try await store.integrityProblems(of: account) == [])
        let records = try await store.emails((1...2000 as ClosedRange<Int64>).map { EmailID($0) }, of: account)
        let originals = try await filled.fixture.store.emails((1...2000 as ClosedRange<Int64>).map { EmailID($0) }, of: account)
        #expect(records.count == 60)
        #expect(records == originals)
        let letter = try #require(records.first)
        #expect(try await store.source(of: letter.id, account: account) == Array(Filled.letter(1).utf8))
        let sent = try await store.submissions(nil, of: account)
        #expect(sent.map { $0.reports.map(\.outcomes.first?.address) } == [["b@x"]])
        #expect(try await filled.fixture.store.submissions(nil, of: account).map(\.reports) == sent.map(\.reports))
        let sealed = try #require(try await store.sealedCredential(of: account))
        #expect(try filled.vault.open(sealed, context: "account:\(account)") == Array("secret".utf8))
        let found = try await store.query(EmailQuery(filter: .text("walrus17")), window: QueryWindow(), of: account)
        #expect(found.ids.count == 1)
        let next = try await store.addUser(name: "next", displayName: "", isAdmin: false, passwordHash: nil)
        #expect(next.id.value > filled.fixture.user.id.value)
    }

    @Test("a backup is checked, and restores to both databases", arguments: [true, false])
    func roundTrip(asFile: Bool) async throws {
        let filled = try await Filled()
        defer { filled.remove() }
        let target = filled.work + "/backup" + (asFile ? "" : "/")
        let before = try await filled.fixture.store.states(of: filled.fixture.account)
        let manifest = try Backup(
            filled.place, folder: filled.work + "/home", target: target, includesKey: true, vault: filled.vault
        ).run(now: filled.fixture.clock.now())
        #expect(manifest.emails == 60)
        #expect(manifest.includesKey)
        #expect(try FileManager.default.contentsOfDirectory(atPath: filled.work).sorted() == ["backup", "home"])
        #expect(throws: BackupError.exists(path: filled.work + "/backup")) {
            try Backup(filled.place, folder: filled.work + "/home", target: target, includesKey: true, vault: nil).run(
                now: filled.fixture.clock.now())
        }
        let restored = filled.work + "/restored"
        _ = try Restore(filled.work + "/backup", folder: restored, database: nil, masterKey: nil).run(now: filled.fixture.clock.now())
        #expect(FileManager.default.contents(atPath: restored + "/master.key") != nil)
        let store = try await SQLStore.open(folder: restored)
        try await expectSame(store, as: filled)
        // States that were given out after the backup lead nowhere now; what waited to be sent needs evidence.
        let old = try #require(before[.email])
        await #expect(throws: StoreError.cannotCalculateChanges) {
            try await store.changes(of: filled.fixture.account, type: .email, since: old + 5, limit: nil)
        }
        #expect(try await store.submissions(nil, of: filled.fixture.account).map(\.state) == [.finalDot])
        try store.close()
        if PostgresServer.isWanted {
            let database = try PostgresServer.newDatabase()
            _ = try Restore(filled.work + "/backup", folder: filled.work + "/node", database: database, masterKey: nil).run(
                now: filled.fixture.clock.now())
            let store = try await SQLStore.open(postgres: database)
            try await expectSame(store, as: filled)
            try store.close()
        }
    }

    @Test("a damaged or wrong backup changes nothing")
    func refusals() async throws {
        let filled = try await Filled()
        defer { filled.remove() }
        let target = filled.work + "/backup"
        _ = try Backup(filled.place, folder: filled.work + "/home", target: target, includesKey: false, vault: filled.vault).run(
            now: filled.fixture.clock.now())
        let restored = filled.work + "/restored"
        func restore(_ source: String, key: [UInt8]?) throws {
            _ = try Restore(source, folder: restored, database: nil, masterKey: key.map { ($0, true) }).run(now: Timestamp(seconds: 0))
        }
        #expect(throws: BackupError.keyMissing) { try restore(target, key: nil) }
        #expect(throws: BackupError.keyWrong) { try restore(target, key: AESVault.randomKey()) }
        var bytes = try #require(FileManager.default.contents(atPath: target))
        for damage in [bytes.count / 2, 700, bytes.count - 3000] {
            var changed = bytes
            changed[damage] ^= 0x55
            try changed.write(to: URL(fileURLWithPath: target + ".damaged"))
            #expect(throws: (any Error).self, "octet \(damage)") { try restore(target + ".damaged", key: filled.master) }
        }
        bytes.removeLast(bytes.count / 3)
        try bytes.write(to: URL(fileURLWithPath: target + ".short"))
        #expect(throws: BackupError.self) { try restore(target + ".short", key: filled.master) }
        #expect(!FileManager.default.fileExists(atPath: restored))
        try restore(target, key: filled.master)
        #expect(throws: BackupError.exists(path: restored)) { try restore(target, key: filled.master) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: restored).sorted() == ["master.key", "postroom.db", "postroom.lock"])
    }

    @Test("check finds what does not fit, and only that")
    func check() async throws {
        let filled = try await Filled()
        defer { filled.remove() }
        #expect(try StoreCheck(filled.place, vault: filled.vault).run().problems == [])
        let account = filled.fixture.account
        try await filled.fixture.store.write { connection in
            try connection.execute("UPDATE mailboxes SET total_emails = total_emails + 1 WHERE account_id = $1", [account.sql])
            try connection.execute(
                "UPDATE blobs SET data = $1, is_compressed = 0 WHERE hash = (SELECT blob FROM emails WHERE account_id = $2 ORDER BY id LIMIT 1)",
                [[UInt8](repeating: 7, count: 9).sql, account.sql])
        }
        let problems = try StoreCheck(filled.place, vault: try AESVault.open(masterKey: filled.master, wrapped: nil).vault).run().problems
        #expect(problems.contains { $0.contains("mailbox counts") })
        #expect(problems.contains { $0.contains("is damaged") })
        #expect(problems.contains { $0.contains("does not open") })
        #expect(throws: BackupError.self) {
            try Backup(filled.place, folder: filled.work + "/home", target: filled.work + "/b", includesKey: false, vault: nil).run(
                now: Timestamp(seconds: 0))
        }
        #expect(!FileManager.default.fileExists(atPath: filled.work + "/b"))
    }

    @Test("every secret opens after a change of keys, and the old key opens none")
    func rotation() async throws {
        let filled = try await Filled()
        defer { filled.remove() }
        let keeper = HeldMasterKey(filled.master)
        let ring = KeyRing(filled.vault)
        let store = filled.fixture.store
        let rotation = KeyRotation(store: store, ring: ring, masterKeys: keeper, settling: .milliseconds(10))
        #expect(try await rotation.rotate(newMasterKey: nil).unreadable == 0)
        let context = "account:\(filled.fixture.account)"
        let sealed = try #require(try await store.sealedCredential(of: filled.fixture.account))
        #expect(try ring.open(sealed, context: context) == Array("secret".utf8))
        #expect(throws: VaultError.wrongKey) { try filled.vault.open(sealed, context: context) }
        let wrapped = try #require(try StoredKey.read(filled.place))
        #expect(throws: VaultError.wrongKey) { try AESVault.open(masterKey: filled.master, wrapped: wrapped) }
        #expect(
            try AESVault.open(masterKey: keeper.current(), wrapped: wrapped).vault.open(sealed, context: context) == Array("secret".utf8))
        #expect(try StoreCheck(filled.place, vault: ring).run().problems == [])
    }

    @Test("a change of keys that was cut short goes on")
    func interruptedRotation() async throws {
        let filled = try await Filled()
        defer { filled.remove() }
        let store = filled.fixture.store
        let account = filled.fixture.account
        // Stopped after the next key was announced and one more secret was sealed with it.
        let (next, wrappedNext) = try AESVault.open(masterKey: filled.master, wrapped: nil)
        try await store.setSetting("data-key-next", to: Data(wrappedNext).base64EncodedString())
        let other = try await store.addAccount(
            userID: filled.fixture.user.id, providerID: filled.fixture.provider.id, address: "b@example.com", login: "b",
            settings: AccountSettings(), senderName: "", sealedCredential: [])
        try await store.setSealedCredential(try next.seal(Array("newer".utf8), context: "account:\(other.id)"), of: other.id)
        let ring = KeyRing(filled.vault)
        try await KeyRotation(store: store, ring: ring, masterKeys: HeldMasterKey(filled.master)).resume()
        for (id, secret) in [(account, "secret"), (other.id, "newer")] {
            let sealed = try #require(try await store.sealedCredential(of: id))
            #expect(try ring.open(sealed, context: "account:\(id)") == Array(secret.utf8))
        }
        #expect(try await store.setting("data-key-next") == nil)
    }
}

/// Moving needs both databases, so that it runs where PostgreSQL is wanted.
@Suite("Moving between databases", .enabled(if: PostgresServer.isWanted))
struct MigrateTests {
    @Test("there and back again")
    func thereAndBack() async throws {
        let folder = NSTemporaryDirectory() + "postroom-move-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try await SQLStore.open(folder: folder + "/a")
        let user = try await first.addUser(name: "anna", displayName: "", isAdmin: true, passwordHash: nil)
        let gone = try await first.addUser(name: "gone", displayName: "", isAdmin: true, passwordHash: nil)
        try await first.removeUser(gone.id)
        let provider = try await first.addProvider(.example, ownerID: nil, sealedClientSecret: [1, 2])
        let account = try await first.addAccount(
            userID: user.id, providerID: provider.id, address: "a@example.com", login: "a", settings: AccountSettings(), senderName: "A",
            sealedCredential: [9]
        ).id
        let boxes = try await first.replaceMailboxes(with: [MailboxListing(path: "INBOX", separator: "/", role: .inbox)], of: account)
        let mail = (1...2500 as ClosedRange<UInt32>).map { number in
            IncomingEmail.sample(
                number, messageID: "m\(number)@x", body: "walrus\(number)",
                source: number % 5 == 0 ? Array("Subject: s\(number)\r\n\r\nwalrus\(number)\r\n".utf8) : nil)
        }
        var hidden = IncomingEmail.sample(9_000, messageID: "hidden@x")
        hidden.isDeleted = true
        _ = try await first.addEmails(mail + [hidden], to: boxes[0].id, uidValidity: 1, cursor: nil, of: account)
        let states = try await first.states(of: account)
        let ids = (1...3000 as ClosedRange<Int64>).map { EmailID($0) }
        let emails = try await first.emails(ids, of: account)
        try first.close()
        // A store holds its folder for as long as the test does: the copy is free.
        try FileManager.default.copyItem(atPath: folder + "/a", toPath: folder + "/free")
        try Data("key".utf8).write(to: URL(fileURLWithPath: folder + "/free/master.key"))

        let database = try PostgresServer.newDatabase()
        let report = try Migrate(from: .folder(folder + "/free"), folder: folder + "/free", to: .postgres(database)).run()
        #expect(report.tables["emails"] == 2500)
        #expect(report.tables["hidden_copies"] == 1)
        #expect(throws: BackupError.self) {
            try Migrate(from: .folder(folder + "/free"), folder: folder + "/free", to: .postgres(database)).run()
        }
        let second = try await SQLStore.open(postgres: database)
        #expect(try await second.emails(ids, of: account) == emails)
        #expect(try await second.query(EmailQuery(filter: .text("walrus25")), window: QueryWindow(), of: account).ids.count == 1)
        #expect(try await second.states(of: account) == states)
        #expect(try await second.integrityProblems(of: account) == [])
        #expect(try await second.addUser(name: "b", displayName: "", isAdmin: false, passwordHash: nil).id.value > gone.id.value)
        try second.close()

        _ = try Migrate(from: .postgres(database), folder: folder + "/free", to: .folder(folder + "/b")).run()
        #expect(FileManager.default.contents(atPath: folder + "/b/master.key") == Data("key".utf8))
        let third = try await SQLStore.open(folder: folder + "/b")
        #expect(try await third.emails(ids, of: account) == emails)
        #expect(try await third.placements(in: boxes[0].id, uids: 9_000...9_000, of: account).map(\.isHidden) == [true])
        #expect(try await third.query(EmailQuery(filter: .text("walrus25")), window: QueryWindow(), of: account).ids.count == 1)
        #expect(try await third.integrityProblems(of: account) == [])
        try third.close()
    }
}

/// A master key in memory, as its file would keep it.
private final class HeldMasterKey: MasterKeyKeeping {
    private struct Keys {
        var current: [UInt8]
        var next: [UInt8]?
    }

    private let keys: Mutex<Keys>
    let isOutside = false

    init(_ key: [UInt8]) { keys = Mutex(Keys(current: key)) }

    func current() throws -> [UInt8] { keys.withLock { $0.current } }
    func prepare(_ key: [UInt8]) throws { keys.withLock { $0.next = key } }
    func adopt() throws { keys.withLock { $0.current = $0.next ?? $0.current } }
}
