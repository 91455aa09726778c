import Foundation
import GRDB
import PostroomCore

/// Where a store is.
public enum StorePlace: Sendable, Hashable {
    /// The data folder that `postroom.db` lies in.
    case folder(String)
    /// A database file on its own: the copy in a backup.
    case file(String)
    /// A connection URL.
    case postgres(String)

    /// How messages name it; without the password that a URL may carry.
    public var name: String {
        switch self {
        case .folder(let path), .file(let path): return path
        case .postgres(let url):
            guard var parts = URLComponents(string: url) else { return "PostgreSQL" }
            parts.password = nil
            return parts.string ?? "PostgreSQL"
        }
    }
}

/// One connection of its own for work on a whole database: backup, check, moving.
///
/// Calls block. A reader sees one snapshot however long it reads, and a server that writes meanwhile does not wait for it.
final class MaintenanceDatabase {
    private enum Handle {
        case sqlite(DatabaseQueue)
        case postgres(PostgresConnection)
    }

    private let handle: Handle
    private let texts: SQLTextCache
    let dialect: SQLDialect

    /// `isNew`: the file is made; else it must be there.
    init(_ place: StorePlace, isNew: Bool = false) throws {
        switch place {
        case .folder(let folder):
            handle = .sqlite(try Self.file(folder + "/postroom.db", isNew: isNew))
            dialect = .sqlite
        case .file(let path):
            handle = .sqlite(try Self.file(path, isNew: isNew))
            dialect = .sqlite
        case .postgres(let url):
            dialect = .postgres
            let texts = SQLTextCache(dialect: .postgres)
            handle = .postgres(try PostgresConnection(url: url, texts: texts))
            self.texts = texts
            return
        }
        texts = SQLTextCache(dialect: .sqlite)
    }

    private static func file(_ path: String, isNew: Bool) throws -> DatabaseQueue {
        let exists = FileManager.default.fileExists(atPath: path)
        if isNew {
            guard !exists, FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw DataFolderError.notWritable(path: path)
            }
        } else if !exists {
            throw StoreError.notFound(what: path)
        }
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(10)
        configuration.label = "maintenance"
        return try translating { try DatabaseQueue(path: path, configuration: configuration) }
    }

    static func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    /// One snapshot.
    func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        switch handle {
        case .sqlite(let queue):
            return try Self.translating { try queue.read { try body(SQLiteConnection($0, texts: texts)) } }
        case .postgres(let connection):
            return try Self.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", on: connection, body)
        }
    }

    /// All or nothing.
    func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        switch handle {
        case .sqlite(let queue):
            return try Self.translating { try queue.write { try body(SQLiteConnection($0, texts: texts)) } }
        case .postgres(let connection):
            return try Self.transaction("BEGIN", on: connection, body)
        }
    }

    private static func transaction<Value>(
        _ begin: String, on connection: PostgresConnection, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        try connection.script(begin)
        do {
            let value = try body(connection)
            try connection.script("COMMIT")
            return value
        } catch {
            try? connection.script("ROLLBACK")
            throw error
        }
    }

    /// Copies an SQLite database page by page into a new file, from one snapshot.
    func copyPages(to path: String, progress: (Int, Int) -> Void) throws {
        guard case .sqlite(let source) = handle else { throw StoreError.failed("only SQLite has pages to copy") }
        let copy = try Self.file(path, isNew: true)
        try Self.translating {
            try withoutActuallyEscaping(progress) { progress in
                try source.backup(to: copy, pagesPerStep: 2000) { progress($0.completedPageCount, $0.totalPageCount) }
            }
            // One file without a log beside it: whoever opens the store turns WAL on again.
            try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        }
        try copy.close()
    }

    /// A statement outside a transaction.
    func runAlone(_ sql: String) throws {
        switch handle {
        case .sqlite(let queue): try Self.translating { try queue.writeWithoutTransaction { try $0.execute(sql: sql) } }
        case .postgres(let connection): try connection.script(sql)
        }
    }

    func close() throws {
        if case .sqlite(let queue) = handle { try queue.close() }
    }
}
