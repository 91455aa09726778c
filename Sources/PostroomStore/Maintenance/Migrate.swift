import Foundation
import PostroomCore

/// Moves a store from one database to the other: all of it or nothing. The source stays as it is.
public struct Migrate: Sendable {
    public enum Step: Sendable {
        case copying, indexing
    }

    public struct Report: Sendable {
        /// Rows by table, equal on both sides.
        public var tables: [String: Int]
    }

    public var source: StorePlace
    /// The data folder that the source's key and authorities are in.
    public var folder: String
    public var target: StorePlace

    public init(from source: StorePlace, folder: String, to target: StorePlace) {
        self.source = source
        self.folder = folder
        self.target = target
    }

    /// Throws ``BackupError``, `StoreError` or `DataFolderError`; then the target is as it was.
    public func run(progress: (Step, Int, Int) -> Void = { _, _, _ in }) throws -> Report {
        var locks: [DataFolder] = []
        if case .folder(let path) = source { locks.append(try DataFolder(path: path)) }
        defer { withExtendedLifetime(locks) {} }
        let from = try MaintenanceDatabase(source)
        defer { try? from.close() }
        try from.requireNoServer()
        try from.write { try $0.migrate() }
        switch target {
        case .postgres:
            let to = try MaintenanceDatabase(target)
            return Report(
                tables: try Self.fill(to, from: from, copying: { progress(.copying, $0, $1) }, indexing: { progress(.indexing, $0, $1) }))
        case .folder(let path):
            locks.append(try DataFolder(path: path))
            return Report(tables: try fill(folder: path, from: from, progress))
        case .file: throw StoreError.failed("a store is moved into a folder or into PostgreSQL")
        }
    }

    /// One transaction of the target.
    @discardableResult
    static func fill(
        _ target: MaintenanceDatabase, from source: MaintenanceDatabase, copying: (Int, Int) -> Void, indexing: (Int, Int) -> Void
    ) throws -> [String: Int] {
        try source.read { rows in
            try target.write { copy in
                if copy.dialect == .postgres {
                    let isTaken = try copy.exists(
                        "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'migrations'")
                    guard !isTaken else { throw BackupError.exists(path: "the PostgreSQL database") }
                }
                try copy.migrate()
                let tables = try SchemaTable.all(rows.dialect == .sqlite ? rows : copy)
                // What migrations put there themselves would stand twice.
                for table in tables.reversed() { try copy.execute("DELETE FROM \(table.name)", []) }
                let counts = try CopyTables(source: rows, target: copy).run(tables, progress: copying)
                try Reindex(connection: copy).run(progress: indexing)
                return counts
            }
        }
    }

    private func fill(folder target: String, from source: MaintenanceDatabase, _ progress: (Step, Int, Int) -> Void) throws -> [String: Int]
    {
        let files = FileManager.default
        let database = target + "/" + BackupManifest.database
        guard !files.fileExists(atPath: database) else { throw BackupError.exists(path: database) }
        let besides = [BackupManifest.masterKey, BackupManifest.authorities].filter {
            target != folder && files.fileExists(atPath: folder + "/" + $0)
        }
        for name in besides where files.fileExists(atPath: target + "/" + name) {
            guard files.contentsEqual(atPath: folder + "/" + name, andPath: target + "/" + name) else {
                throw BackupError.exists(path: target + "/" + name)
            }
        }
        let work = database + ".partial"
        for path in [work, work + "-journal"] where files.fileExists(atPath: path) { try files.removeItem(atPath: path) }
        do {
            let counts: [String: Int]
            switch source.dialect {
            case .sqlite:
                try source.copyPages(to: work) { progress(.copying, $0, $1) }
                counts = try source.read { rows in
                    Dictionary(uniqueKeysWithValues: try SchemaTable.all(rows).map { ($0.name, try CopyTables.count($0.name, rows)) })
                }
            case .postgres:
                let copy = try MaintenanceDatabase(.file(work), isNew: true)
                counts = try Self.fill(
                    copy, from: source, copying: { progress(.copying, $0, $1) }, indexing: { progress(.indexing, $0, $1) })
                try copy.close()
            }
            for name in besides where !files.fileExists(atPath: target + "/" + name) {
                try files.copyItem(atPath: folder + "/" + name, toPath: target + "/" + name)
            }
            try files.moveItem(atPath: work, toPath: database)
            Backup.sync(folder: target)
            return counts
        } catch {
            for path in [work, work + "-journal"] { try? files.removeItem(atPath: path) }
            throw error
        }
    }
}

extension MaintenanceDatabase {
    /// Every server on a PostgreSQL database holds this advisory lock, shared with the others.
    static let serverLock: Int64 = 7_301_520_927

    /// Throws `inUse` while a server works on the database; keeps new ones out for as long as this connection lives.
    func requireNoServer() throws {
        guard dialect == .postgres else { return }
        let isFree = try read {
            try $0.row("SELECT CASE WHEN pg_try_advisory_lock(\(Self.serverLock)) THEN 1 ELSE 0 END")?.bool(0) ?? false
        }
        guard isFree else { throw BackupError.inUse(what: "the PostgreSQL database") }
    }
}
