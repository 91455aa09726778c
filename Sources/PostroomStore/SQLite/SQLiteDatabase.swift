import CSQLite
import Foundation
import GRDB
import PostroomCore
import Synchronization

/// One SQLite file in WAL mode: one writer, readers on their own connections that never wait for it.
///
/// Commits are `synchronous=NORMAL`: they survive the death of the process, and after a power cut the newest may be missing,
/// which the next synchronisation brings again. What must not be missing (the outbox's phases, credentials) is written
/// with `isDurable`: `synchronous=FULL` syncs the log at that commit, and with it everything that was written before.
struct SQLiteDatabase: SQLDatabase {
    let dialect = SQLDialect.sqlite
    private let pool: DatabasePool
    /// Reads of a few rows run on the caller's own thread, one after the other: a connection apart from the pool's, so that none of them
    /// ever waits behind a long one.
    private let glances: Glances
    private let texts = SQLTextCache(dialect: .sqlite)

    /// What is set once in a process. Where SQLite runs already it goes on as it is: only its speed is in question.
    private static let isPrepared = csqlite_count_no_memory() == 0

    /// Octets of a page of a new file. Each page that a commit touches is written twice, with a call to the system each time and one more for its
    /// place in the log: larger pages are fewer calls, smaller ones fewer octets of small changes.
    private static let pageOctets = 8_192
    /// Octets of the log after which it is carried over into the file.
    private static let logOctets = 16 << 20

    /// Opens or creates the file, readable by its owner alone.
    init(path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw DataFolderError.notWritable(path: path)
            }
        }
        _ = Self.isPrepared
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 6
        configuration.busyMode = .timeout(5)
        configuration.label = "postroom"
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA page_size = \(Self.pageOctets);
                    PRAGMA synchronous = NORMAL;
                    PRAGMA cache_size = -32768;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA mmap_size = 268435456;
                    PRAGMA wal_autocheckpoint = \(Self.logOctets / Self.pageOctets);
                    PRAGMA journal_size_limit = 67108864;
                    """)
            try SQLiteIDSet.register(in: database)
            // What is in the log at the end is decided in `close`.
            csqlite_keep_log(database.sqliteConnection)
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            configuration.readonly = true
            glances = Glances(path: path, configuration: configuration)
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        do {
            return try await pool.read { try body(SQLiteConnection($0, texts: texts)) }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    /// A call that waits runs on the thread that makes it, and so at that thread's priority.
    func readInBackground<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await BackgroundThreads.shared.run {
            do {
                return try pool.read { try body(SQLiteConnection($0, texts: texts)) }
            } catch let error as DatabaseError {
                throw StoreError(error)
            }
        }
    }

    func glance<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try glanceNow(body)
    }

    private func glanceNow<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        do {
            return try glances.queue().read { try body(SQLiteConnection($0, texts: texts)) }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func write<Value: Sendable>(isDurable: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        do {
            return try await pool.writeWithoutTransaction { database in
                if isDurable { try database.execute(sql: "PRAGMA synchronous = FULL") }
                defer {
                    // Without a transaction this can't fail but for a connection that is closing, where it does not matter.
                    if isDurable { try? database.execute(sql: "PRAGMA synchronous = NORMAL") }
                }
                var value: Value?
                try database.inTransaction(.immediate) {
                    value = try body(SQLiteConnection(database, texts: texts))
                    return .commit
                }
                guard let value else { throw StoreError.failed("a transaction was left without a value") }
                return value
            }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func vacuum() async throws {
        do {
            try await pool.writeWithoutTransaction { database in
                try database.execute(sql: "VACUUM")
                _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func size() async throws -> Int64 {
        [pool.path, pool.path + "-wal"].reduce(0) { $0 + Self.octets(at: $1) }
    }

    /// A disk of that size, for tests: SQLite then says that it is full.
    func limit(toPages count: Int) async throws {
        try await pool.writeWithoutTransaction { _ = try Row.fetchAll($0, sql: "PRAGMA max_page_count = \(count)") }
    }

    /// What has been run so far, for tests of what it costs.
    var statements: [String] { texts.all }

    /// How SQLite carries a statement out (EXPLAIN QUERY PLAN), a line a step.
    func plan(of statement: String) async throws -> [String] {
        try await pool.read { database in
            let explanation = try database.makeStatement(sql: "EXPLAIN QUERY PLAN \(statement)")
            // The plan does not depend on the arguments, so that none is bound.
            explanation.setUncheckedArguments([])
            return try Row.fetchAll(explanation).map { $0["detail"] }
        }
    }

    /// Octets of log that the next start may find: a program that runs for a moment and writes a row would else wait for the disk four
    /// times, to begin a log and to empty it again.
    private static let keptLog: Int64 = 1 << 20

    func close() throws {
        try glances.close()
        if Self.octets(at: pool.path + "-wal") > Self.keptLog {
            try pool.writeWithoutTransaction { _ = try Row.fetchAll($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        }
        try pool.close()
    }

    private static func octets(at path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}

/// A connection that is opened by the first who needs it.
private final class Glances: Sendable {
    private let path: String
    private let configuration: Configuration
    private let opened = Mutex<DatabaseQueue?>(nil)

    init(path: String, configuration: Configuration) {
        self.path = path
        self.configuration = configuration
    }

    func queue() throws -> DatabaseQueue {
        try opened.withLock { opened in
            if let opened { return opened }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            opened = queue
            return queue
        }
    }

    func close() throws { try opened.withLock { try $0?.close() } }
}
