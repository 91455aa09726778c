import Foundation
import MailMIME
import PostroomCore
import PostroomStore
import Synchronization
import Testing

/// A clock that tests set.
final class TestClock: Clock {
    private let time = Mutex(Timestamp(seconds: 1_800_000_000))

    func now() -> Timestamp { time.withLock { $0 } }
    func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// A store on a real database file, or on PostgreSQL where that is wanted, with one account; removed when the test is over.
final class StoreFixture: Sendable {
    let folder: String
    let store: SQLStore
    /// The PostgreSQL database; nil: the store is in the folder.
    let database: String?
    let clock = TestClock()
    let user: User
    let provider: Provider
    let account: AccountID

    init() async throws {
        folder = NSTemporaryDirectory() + "postroom-store-\(UUID().uuidString)"
        database = PostgresServer.isWanted ? try PostgresServer.newDatabase() : nil
        if let database {
            store = try await SQLStore.open(postgres: database, clock: clock)
        } else {
            store = try await SQLStore.open(folder: folder, clock: clock)
        }
        user = try await store.addUser(name: "anna", displayName: "Anna", isAdmin: true, passwordHash: "hash")
        provider = try await store.addProvider(.example, ownerID: nil, sealedClientSecret: nil)
        account = try await store.addAccount(
            userID: user.id, providerID: provider.id, address: "anna@example.com", login: "anna@example.com", settings: AccountSettings(),
            senderName: "Anna", sealedCredential: [1, 2, 3]
        ).id
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Mailboxes by path, made as a listing of the server would.
    @discardableResult
    func mailboxes(_ paths: String..., roles: [String: MailboxRole] = ["INBOX": .inbox]) async throws -> [String: MailboxID] {
        let listing = paths.map { MailboxListing(path: $0, separator: "/", role: roles[$0]) }
        let mailboxes = try await store.replaceMailboxes(with: listing, of: account)
        return Dictionary(uniqueKeysWithValues: mailboxes.map { ($0.path, $0.id) })
    }

    func mailbox(_ id: MailboxID) async throws -> Mailbox {
        try #require(try await store.mailboxes(of: account).first { $0.id == id })
    }

    @discardableResult
    func add(_ emails: [IncomingEmail], to mailbox: MailboxID, uidValidity: UInt32 = 1, cursor: SyncCursor? = nil) async throws -> [EmailID]
    {
        try await store.addEmails(emails, to: mailbox, uidValidity: uidValidity, cursor: cursor, of: account)
    }

    func email(_ id: EmailID) async throws -> EmailRecord { try #require(try await store.emails([id], of: account).first) }

    /// The email that has or had this id.
    func present(_ id: EmailID) async throws -> EmailRecord { try #require(try await store.email(nowOrBefore: id, of: account)) }

    func changes(_ type: DataType, since states: [DataType: Int64]) async throws -> ChangeSet {
        try await store.changes(of: account, type: type, since: states[type] ?? 0, limit: nil)
    }

    func operations() async throws -> [ServerOperation] {
        try await store.dueOperations(at: clock.now(), limit: 100, of: account)
    }

    func ids(_ filter: EmailFilter?, sort: [EmailSort] = [EmailSort(.receivedAt, isAscending: false)], collapse: Bool = false) async throws
        -> [EmailID]
    {
        try await store.query(EmailQuery(filter: filter, sort: sort, collapseThreads: collapse), window: QueryWindow(), of: account).ids
    }
}

extension ProviderSettings {
    static let example = ProviderSettings(
        name: "Example", imap: ServerEndpointFixture.imap, smtp: ServerEndpointFixture.smtp)
}

extension IncomingEmail {
    /// A message that is like no other but in what the test says.
    static func sample(
        _ uid: UInt32, messageID: String? = nil, references: [String] = [], keywords: Set<String> = [], at seconds: Int64? = nil,
        size: Int = 1000, subject: String = "Hello", from: String = "bob@example.org", to: [String] = ["anna@example.com"],
        body: String = "", source: [UInt8]? = nil, hasAttachment: Bool = false, serverEmailID: String? = nil
    ) -> IncomingEmail {
        let content = EmailContent(
            size: source?.count ?? size, messageID: messageID, inReplyTo: references.suffix(1), references: references, subject: subject,
            from: [MailAddress(name: "Bob", address: from)], to: to.map { MailAddress(address: $0) },
            sentAt: MailDate(secondsSince1970: seconds ?? Int64(uid), offsetMinutes: 180), hasAttachment: hasAttachment,
            preview: String(body.prefix(100)))
        return IncomingEmail(
            uid: uid, keywords: keywords, receivedAt: Timestamp(seconds: seconds ?? 1_700_000_000 + Int64(uid)), content: content,
            source: source, searchText: SearchText(of: content, body: body), serverEmailID: serverEmailID)
    }
}

/// A folder that is removed with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init(copying other: String) throws {
        path = NSTemporaryDirectory() + "postroom-store-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: other, toPath: path)
    }

    func copy() throws -> TemporaryFolder { try TemporaryFolder(copying: path) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension StoreFixture {
    func copyOfFolder() throws -> TemporaryFolder { try TemporaryFolder(copying: folder) }
}
