import Foundation
import PostroomCore
import Synchronization

/// The storage ports over SQL.
///
/// The same statements run on SQLite (`open(folder:)`) and on PostgreSQL; each port's functions are in files of their own, with
/// the SQL beside the function.
public final class SQLStore: DirectoryStore, GrantStore, MailReading, MailEditing, MailSyncing, MailIndexing, MailThreading, MailQuarantine,
    OutboxStore, BlobStore,
    ChangeFeed
{
    let database: any SQLDatabase
    let clock: any Clock
    let feed: ChangeBroadcaster
    let room: StoreRoom
    let queries: QueryCache
    /// Nil where writers of different accounts go side by side.
    private let line: WriteLine?
    /// Names this process among those that share a database.
    let origin: String
    /// What other nodes commit comes in here; nil where nobody else writes.
    private let news: NodeNews?
    /// Held for as long as the store lives; nil where the data is not in a folder.
    private let folder: DataFolder?
    /// Asked before each write in an account; nil: everything may be written.
    private let fence: (any AccountFence)?

    init(database: any SQLDatabase, folder: DataFolder?, clock: any Clock, url: String? = nil) async throws {
        self.database = database
        self.folder = folder
        self.clock = clock
        fence = nil
        room = StoreRoom(folder: folder?.path)
        queries = QueryCache()
        line = database.dialect == .sqlite ? WriteLine() : nil
        let feed = ChangeBroadcaster()
        let origin = UUID().uuidString
        self.feed = feed
        self.origin = origin
        news = url.map { NodeNews(url: $0, database: database, origin: origin, feed: feed) }
        if await !isCurrent() { try await database.write(isDurable: true) { try $0.migrate() } }
    }

    private init(of store: SQLStore, fence: any AccountFence) {
        database = store.database
        folder = store.folder
        clock = store.clock
        feed = store.feed
        origin = store.origin
        room = store.room
        queries = store.queries
        line = store.line
        news = store.news
        self.fence = fence
    }

    /// The same store for who works for accounts: each write in an account is refused with `StoreError.leaseLost` once another
    /// node has taken it over.
    public func fenced(by leases: PostgresLeases) -> SQLStore { SQLStore(of: self, fence: leases) }

    /// Whether the schema has all steps already, as it has at every start but the first of a version. Asked of SQLite alone: a failure there is
    /// found again by the migration, while PostgreSQL would log it.
    private func isCurrent() async -> Bool {
        guard database.dialect == .sqlite else { return false }
        return (try? await database.glance { try $0.isMigrated() }) ?? false
    }

    /// Leaves the data as the next start should find it, by a process that is about to end: connections may stay open.
    public func settle() throws { try database.settle() }

    /// Ends all connections. Nothing may be asked of the store afterwards.
    public func close() throws {
        news?.close()
        feed.finish()
        try database.close()
    }

    public func stateChanges() -> AsyncStream<StateChange> {
        news?.start()
        return feed.subscribe()
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    /// A read of a few rows by their keys, as every request makes some: cheaper than `read` by two changes of threads.
    func glance<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await database.glance(body)
    }

    /// A write that is no account's: people, providers, settings.
    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        do {
            return try await database.write(isDurable: true, body)
        } catch StoreError.diskFull {
            room.noteFull(clock.now())
            throw StoreError.diskFull
        }
    }

    /// A write that nobody waits for: what people ask for is never behind more than one large one of those.
    @discardableResult
    func writeInTurn<Value: Sendable>(
        _ account: AccountID, isLarge: Bool = true, _ body: @escaping @Sendable (AccountTransaction) throws -> Value
    ) async throws -> Value {
        guard let line, isLarge, !BackgroundThreads.isHurried else { return try await write(account, body) }
        return try await line.inTurn { try await write(account, body) }
    }

    /// A write in one account: its changes are logged in the same transaction and told to the feed after the commit.
    @discardableResult
    func write<Value: Sendable>(
        _ account: AccountID, isDurable: Bool = false, _ body: @escaping @Sendable (AccountTransaction) throws -> Value
    ) async throws -> Value {
        let now = clock.now()
        let value: Value
        let change: StateChange?
        do {
            (value, change) = try await database.write(isDurable: isDurable) { [fence, origin] connection in
                let transaction = try AccountTransaction(account, connection: connection, now: now)
                try fence?.check(account, connection)
                let value = try body(transaction)
                let change = try transaction.finish()
                if let change { try NodeNews.tell(change, from: origin, connection) }
                return (value, change)
            }
        } catch StoreError.diskFull {
            room.noteFull(now)
            throw StoreError.diskFull
        }
        if let change { feed.send(change) }
        return value
    }

    /// An account came or went, or `access`: others may use it from now on, or no longer.
    func announce(_ account: AccountID, access: Bool = false) async throws {
        let change = StateChange(accountID: account, states: [:], accountChanged: true, accessChanged: access)
        if database.dialect == .postgres {
            try await database.write(isDurable: false) { [origin] in try NodeNews.tell(change, from: origin, $0) }
        }
        feed.send(change)
    }
}

/// Whether this process may (still) write for an account.
protocol AccountFence: Sendable {
    /// Throws `StoreError.leaseLost`. Called inside the transaction that writes.
    func check(_ account: AccountID, _ connection: any SQLConnection) throws
}
