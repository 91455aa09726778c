import Foundation
import Logging
import MailProtocol
import PostroomStore

@testable import PostroomCore

/// A real store in a folder of its own, with one account, beside a ``FakeMailServer``.
struct SyncFixture {
    let folder: String
    let store: SQLiteStore
    let account: Account
    let server: FakeMailServer

    static let allAbilities = SessionAbilities(
        idle: true, condStore: true, qResync: true, move: true, uidPlus: true, listStatus: true, specialUse: true)

    /// Runs `body` and removes the folder.
    static func run(
        abilities: SessionAbilities = allAbilities, settings: AccountSettings = AccountSettings(),
        _ body: (SyncFixture) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/postroom-sync-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try await SQLiteStore.open(folder: folder)
        let user = try await store.addUser(name: "anna", displayName: "Anna", isAdmin: true, passwordHash: nil)
        let endpoint = ServerEndpoint(host: "mail.example.test", port: 993, security: .tls)
        let provider = try await store.addProvider(
            ProviderSettings(name: "Example", imap: endpoint, smtp: endpoint), ownerID: nil, sealedClientSecret: nil)
        let account = try await store.addAccount(
            userID: user.id, providerID: provider.id, address: "anna@example.test", login: "anna@example.test", settings: settings,
            senderName: "Anna", sealedCredential: [1])
        let fixture = SyncFixture(folder: folder, store: store, account: account, server: FakeMailServer(abilities: abilities))
        try await body(fixture)
    }

    var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// One session's work until nothing is missing.
    @discardableResult
    func sync(
        isThorough: Bool = false, historyDays: Int? = nil, window: Int = 2_000, batch: Int = 400
    ) async throws -> SyncReport {
        try await runner(historyDays: historyDays, window: window, batch: batch).catchUp(isThorough: isThorough)
    }

    func runner(historyDays: Int? = nil, window: Int = 2_000, batch: Int = 400) async throws -> SyncRunner {
        let session = try await server.open(Self.details)
        var settings = SyncRunner.Settings()
        settings.historyDays = historyDays
        settings.windowCount = window
        settings.batchCount = batch
        return SyncRunner(account: account.id, session: session, store: store, settings: settings, clock: SystemClock(), logger: logger)
    }

    static let details = ConnectionDetails(
        endpoint: ServerEndpoint(host: "mail.example.test", port: 993, security: .tls),
        credentials: .password(login: "anna", password: Secret("secret")))

    func parts(sender: any MessageSender = ScriptedSender([])) -> AccountParts {
        AccountParts(
            directory: store, mail: store, connecting: FixedConnection(), sessions: server, sender: sender, logger: logger,
            lookInterval: .seconds(60))
    }

    // MARK: Looking

    func mailbox(_ path: String) async throws -> Mailbox? { try await store.mailboxes(of: account.id).first { $0.path == path } }

    /// The emails of a mailbox by subject, oldest first.
    func emails(in path: String) async throws -> [EmailRecord] {
        guard let mailbox = try await mailbox(path) else { return [] }
        let page = try await store.query(
            EmailQuery(filter: .inMailbox(mailbox.id), sort: [EmailSort(.receivedAt)]), window: QueryWindow(), of: account.id)
        return try await store.emails(page.ids, of: account.id)
    }

    func subjects(in path: String) async throws -> [String] { try await emails(in: path).map(\.content.subject) }

    static func message(_ number: Int, body: String = "Hello") -> String {
        "From: Boris <boris@example.test>\r\nTo: anna@example.test\r\nSubject: Letter \(number)\r\nMessage-ID: <\(number)@example.test>\r\n"
            + "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n\(body) \(number)\r\n"
    }

    /// So many letters in the inbox, a minute apart, numbered from 1.
    func fill(_ count: Int, _ path: String = "INBOX", from first: Int = 1) async {
        for number in first..<first + count {
            await server.deliver(Self.message(number), to: path, at: 1_790_000_000 + Int64(number) * 60)
        }
    }
}

/// Gives out the same connection always.
struct FixedConnection: AccountConnecting {
    func connection(to side: MailSide, of account: AccountID) async throws -> ConnectionDetails { SyncFixture.details }
}

/// Waits until something holds; a test that waits in vain fails by its time limit.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(5)) }
}
