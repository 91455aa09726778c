import CSQLite
import Foundation
import GRDB
import GRDBSQLite
import PostroomCore
import Synchronization

/// One SQLite file in WAL mode: one writer, readers on their own connections that never wait for it.
///
/// Commits are `synchronous=NORMAL`: they survive the death of the process, and after a power cut the newest may be missing,
/// which the next synchronisation brings again. What must not be missing (the outbox's phases, credentials) is written
/// with `isDurable`: `synchronous=FULL` syncs the log at that commit, and with it everything that was written before.
struct SQLiteDatabase: SQLDatabase {
    let dialect = SQLDialect.sqlite
    private let path: String
    private let writer: Late<DatabaseQueue>
    /// The pool's own connection is for glances, reads of a few rows, which run on the caller's own thread, one after the other: apart from its
    /// readers, so that none of them ever waits behind a long one.
    private let readers: Late<DatabasePool>
    private let texts = SQLTextCache(dialect: .sqlite)

    /// What is set once in a process. Where SQLite runs already it goes on as it is: only its speed is in question.
    private static let isPrepared = csqlite_count_no_memory() == 0

    /// Octets of a page of a new file. Each page that a commit touches is written twice, with a call to the system each time and one more for its
    /// place in the log: larger pages are fewer calls, smaller ones fewer octets of small changes.
    private static let pageOctets = 8_192
    /// Octets of the log after which it is carried over into the file.
    private static let logOctets = 16 << 20

    /// Opens or creates the file, readable by its owner alone. Each connection is opened when it is first needed: a command that only looks whether
    /// something is to be done has done so by the time that all of them have read the schema.
    init(path: String) throws {
        self.path = path
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
            try database.run(
                """
                PRAGMA page_size = \(Self.pageOctets);
                PRAGMA synchronous = NORMAL;
                PRAGMA cache_size = -32768;
                PRAGMA temp_store = MEMORY;
                PRAGMA mmap_size = 268435456;
                PRAGMA wal_autocheckpoint = \(Self.logOctets / Self.pageOctets);
                PRAGMA journal_size_limit = 67108864;
                """)
            try SQLiteIDSet.register(in: database)
            // What is in the log at the end is decided in `settle`.
            csqlite_keep_log(database.sqliteConnection)
        }
        let reading = configuration.readOnly
        let writing = configuration.settingLog
        writer = Late { try DatabaseQueue(path: path, configuration: writing) }
        readers = Late { try DatabasePool(path: path, configuration: reading) }
        // Who only reads can begin neither a file nor a log.
        if Self.octets(at: path) == 0 || Self.octets(at: path + "-wal") == 0 { try openWriter() }
    }

    /// Makes ready what the first write needs.
    func openWriter() throws {
        do {
            _ = try writer.get()
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        do {
            return try await readers.get().read { try body(SQLiteConnection($0, texts: texts)) }
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
                return try readers.get().read { try body(SQLiteConnection($0, texts: texts)) }
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
            return try readers.get().writeWithoutTransaction { database in
                try database.transaction("BEGIN") { try body(SQLiteConnection(database, texts: texts)) }
            }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func write<Value: Sendable>(isDurable: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        do {
            return try await writer.get().writeWithoutTransaction { database in
                if isDurable { try database.run("PRAGMA synchronous = FULL") }
                defer {
                    // Without a transaction this can't fail but for a connection that is closing, where it does not matter.
                    if isDurable { try? database.run("PRAGMA synchronous = NORMAL") }
                }
                return try database.transaction("BEGIN IMMEDIATE") { try body(SQLiteConnection(database, texts: texts)) }
            }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func vacuum() async throws {
        do {
            try await writer.get().writeWithoutTransaction { try $0.run("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)") }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func size() async throws -> Int64 {
        [path, path + "-wal"].reduce(0) { $0 + Self.octets(at: $1) }
    }

    /// A disk of that size, for tests: SQLite then says that it is full.
    func limit(toPages count: Int) async throws {
        try await writer.get().writeWithoutTransaction { try $0.run("PRAGMA max_page_count = \(count)") }
    }

    /// What has been run so far, for tests of what it costs.
    var statements: [String] { texts.all }

    /// How SQLite carries a statement out (EXPLAIN QUERY PLAN), a line a step.
    func plan(of statement: String) async throws -> [String] {
        try await readers.get().read { database in
            let explanation = try database.makeStatement(sql: "EXPLAIN QUERY PLAN \(statement)")
            // The plan does not depend on the arguments, so that none is bound.
            explanation.setUncheckedArguments([])
            return try Row.fetchAll(explanation).map { $0["detail"] }
        }
    }

    /// Octets of log that the next start may find: a program that runs for a moment and writes a row would else wait for the disk four
    /// times, to begin a log and to empty it again.
    private static let keptLog: Int64 = 1 << 20

    /// Leaves the files as the next start should find them; connections may stay open, as they do where the process ends.
    func settle() throws {
        guard Self.octets(at: path + "-wal") > Self.keptLog else { return }
        do {
            try writer.get().writeWithoutTransaction { try $0.run("PRAGMA wal_checkpoint(TRUNCATE)") }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    func close() throws {
        try readers.close { try $0.close() }
        try settle()
        try writer.close { try $0.close() }
    }

    private static func octets(at path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}

/// Connections that are opened by the first who needs them, unless all were closed before.
private final class Late<Connections: Sendable>: Sendable {
    private enum State {
        case unopened
        case opened(Connections)
        case closed
    }

    private let open: @Sendable () throws -> Connections
    private let state = Mutex(State.unopened)

    init(_ open: @escaping @Sendable () throws -> Connections) { self.open = open }

    func get() throws -> Connections {
        try state.withLock { state in
            switch state {
            case .opened(let connections): return connections
            case .closed: throw StoreError.failed("the store is closed")
            case .unopened:
                let connections = try open()
                state = .opened(connections)
                return connections
            }
        }
    }

    func close(_ body: (Connections) throws -> Void) throws {
        try state.withLock { state in
            if case .opened(let connections) = state { try body(connections) }
            state = .closed
        }
    }
}

extension Configuration {
    fileprivate var readOnly: Configuration {
        var configuration = self
        configuration.readonly = true
        return configuration
    }

    /// For the connection that writes: the file keeps a log (WAL).
    fileprivate var settingLog: Configuration {
        var configuration = self
        configuration.prepareDatabase { try $0.run("PRAGMA journal_mode = WAL") }
        return configuration
    }
}

extension Database {
    /// Statements without parameters, whose rows nobody reads, by SQLite itself.
    fileprivate func run(_ script: String) throws {
        let code = sqlite3_exec(sqliteConnection, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw StoreError(connection: sqliteConnection) }
    }

    fileprivate func transaction<Value>(_ begin: String, _ body: () throws -> Value) throws -> Value {
        try run(begin)
        do {
            let value = try body()
            try run("COMMIT")
            return value
        } catch {
            // Some failures have ended it already; what is rolled back is lost whatever this says.
            if sqlite3_get_autocommit(sqliteConnection) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }
}
