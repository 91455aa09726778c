import PostroomCore

/// The storage ports over SQL.
///
/// The same statements run on SQLite (`open(folder:)`) and on PostgreSQL; each port's functions are in files of their own, with
/// the SQL beside the function.
public final class SQLStore: DirectoryStore, MailReading, MailEditing, MailSyncing, OutboxStore, BlobStore, ChangeFeed {
    let database: any SQLDatabase
    let clock: any Clock
    let feed = ChangeBroadcaster()
    /// Held for as long as the store lives; nil where the data is not in a folder.
    private let folder: DataFolder?

    init(database: any SQLDatabase, folder: DataFolder?, clock: any Clock) async throws {
        self.database = database
        self.folder = folder
        self.clock = clock
        try await database.write(isDurable: true) { try $0.migrate() }
    }

    /// Ends all connections. Nothing may be asked of the store afterwards.
    public func close() throws {
        feed.finish()
        try database.close()
    }

    public func stateChanges() -> AsyncStream<StateChange> { feed.subscribe() }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    /// A write that is no account's: people, providers, settings.
    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await database.write(isDurable: true, body)
    }

    /// A write in one account: its changes are logged in the same transaction and told to the feed after the commit.
    @discardableResult
    func write<Value: Sendable>(
        _ account: AccountID, isDurable: Bool = false, _ body: @escaping @Sendable (AccountTransaction) throws -> Value
    ) async throws -> Value {
        let now = clock.now()
        let (value, change) = try await database.write(isDurable: isDurable) { connection in
            let transaction = try AccountTransaction(account, connection: connection, now: now)
            let value = try body(transaction)
            return (value, try transaction.finish())
        }
        if let change { feed.send(change) }
        return value
    }
}
