import Foundation
import PostroomCore

/// Puts a backup back: everything is checked first, and the folder or database gets all of it or nothing.
public struct Restore: Sendable {
    public enum Step: Sendable {
        case unpacking, checking, copying, indexing
    }

    /// A backup file, or the folder form of one.
    public var source: String
    /// An empty data folder.
    public var folder: String
    /// An empty PostgreSQL database that takes the mail; nil: the folder's own.
    public var database: String?
    /// Opens the backup's secrets where the key is not in it: the key and whether it is to be written into the folder.
    public var masterKey: (bytes: [UInt8], isKept: Bool)?

    public init(_ source: String, folder: String, database: String?, masterKey: (bytes: [UInt8], isKept: Bool)?) {
        self.source = source
        self.folder = folder
        self.database = database
        self.masterKey = masterKey
    }

    static let work = "restoring.partial"

    /// Throws ``BackupError``, `StoreError` or `DataFolderError`; then the folder is as it was.
    public func run(now: Timestamp, progress: (Step, Int, Int) -> Void = { _, _, _ in }) throws -> BackupManifest {
        let files = FileManager.default
        let wasThere = files.fileExists(atPath: folder)
        let isLockNew = !files.fileExists(atPath: folder + "/postroom.lock")
        // The folder is held for as long as this takes.
        let lock = try DataFolder(path: folder)
        defer { withExtendedLifetime(lock) {} }
        let inside = try files.contentsOfDirectory(atPath: folder).filter { ![Self.work, "postroom.lock"].contains($0) }
        guard inside.isEmpty else { throw BackupError.exists(path: folder) }
        let work = folder + "/" + Self.work
        if files.fileExists(atPath: work) { try files.removeItem(atPath: work) }
        try files.createDirectory(atPath: work, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        do {
            let manifest = try unpack(into: work, progress)
            try prepare(manifest, work, now: now, progress)
            try place(manifest, work)
            return manifest
        } catch {
            try? files.removeItem(atPath: work)
            if isLockNew { try? files.removeItem(atPath: folder + "/postroom.lock") }
            if !wasThere { try? files.removeItem(atPath: folder) }
            throw error
        }
    }

    private func unpack(into work: String, _ progress: (Step, Int, Int) -> Void) throws -> BackupManifest {
        if Backup.isDirectory(source) {
            let manifest = try BackupManifest.read(folder: source)
            try manifest.verify(folder: source)
            for name in manifest.files.keys {
                try FileManager.default.copyItem(atPath: source + "/" + name, toPath: work + "/" + name)
            }
            return manifest
        }
        let total = try TarArchive.fileSize(source)
        try TarArchive.unpack(source, into: work) { progress(.unpacking, $0, total) }
        let manifest = try BackupManifest.read(folder: work)
        try manifest.verify(folder: work)
        return manifest
    }

    private func prepare(_ manifest: BackupManifest, _ work: String, now: Timestamp, _ progress: (Step, Int, Int) -> Void) throws {
        let path = work + "/" + BackupManifest.database
        let vault = try self.vault(work)
        let report = try StoreCheck(.file(path), vault: vault).run { progress(.checking, $0, $1) }
        guard report.problems.isEmpty else { throw BackupError.unsound(report.problems) }
        guard report.emails == manifest.emails, report.accounts == manifest.accounts else {
            throw BackupError.damaged("it holds \(report.emails) emails, \(manifest.emails) were written")
        }
        let copy = try MaintenanceDatabase(.file(path))
        defer { try? copy.close() }
        try copy.write { connection in
            try connection.migrate()
            try Self.beginAnew(connection)
        }
        guard let database else {
            if !manifest.hasIndex { try copy.write { try Reindex(connection: $0).run { progress(.indexing, $0, $1) } } }
            return
        }
        let target = try MaintenanceDatabase(.postgres(database))
        try Migrate.fill(target, from: copy, copying: { progress(.copying, $0, $1) }, indexing: { progress(.indexing, $0, $1) })
    }

    private func vault(_ work: String) throws -> AESVault? {
        let copy = try MaintenanceDatabase(.file(work + "/" + BackupManifest.database))
        defer { try? copy.close() }
        let wrapped = try copy.read { try $0.row("SELECT value FROM settings WHERE name = 'data-key'")?.text(0) }
        guard let wrapped = wrapped.flatMap({ Data(base64Encoded: $0) }) else { return nil }
        let inside = FileManager.default.contents(atPath: work + "/" + BackupManifest.masterKey).flatMap {
            Data(base64Encoded: String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard let key = inside.map(Array.init) ?? masterKey?.bytes else { throw BackupError.keyMissing }
        do {
            let vault = try AESVault.open(masterKey: key, wrapped: Array(wrapped)).vault
            if inside == nil, masterKey?.isKept == true {
                try Data((Data(key).base64EncodedString() + "\n").utf8).write(
                    to: URL(fileURLWithPath: work + "/" + BackupManifest.masterKey))
                chmod(work + "/" + BackupManifest.masterKey, 0o600)
            }
            return vault
        } catch is VaultError {
            throw BackupError.keyWrong
        }
    }

    /// A restored store is an older one, and everybody must learn that.
    ///
    /// States and ids that were given out after the backup must not mean something else now, so the counters jump and what
    /// clients remember can't be calculated from. What waited to be sent may have been sent since: it is looked for in Sent, and
    /// where that tells nothing a person decides. Queued APPENDs look for their message first. Browsers sign in again.
    private static func beginAnew(_ connection: any SQLConnection) throws {
        let columns = DataType.allCases.map(\.column)
        let states = columns.map { "\($0) = state + 1000000000" }.joined(separator: ", ")
        try connection.execute("UPDATE account_states SET \(states), floor = state + 1000000000, next_id = next_id + 1000000", [])
        try connection.execute("UPDATE account_states SET state = floor", [])
        try connection.execute("DELETE FROM changes", [])
        try connection.execute("DELETE FROM sessions", [])
        try connection.execute("UPDATE submissions SET state = 'finalDot' WHERE state IN ('queued', 'sending')", [])
        try connection.execute("UPDATE operations SET attempts = attempts + 1 WHERE attempts = 0", [])
    }

    /// The database last: a folder with one in it is whole.
    private func place(_ manifest: BackupManifest, _ work: String) throws {
        let files = FileManager.default
        if database != nil { try files.removeItem(atPath: work + "/" + BackupManifest.database) }
        for name in [BackupManifest.authorities, BackupManifest.masterKey, BackupManifest.database] {
            guard files.fileExists(atPath: work + "/" + name) else { continue }
            try files.moveItem(atPath: work + "/" + name, toPath: folder + "/" + name)
        }
        try files.removeItem(atPath: work)
        Backup.sync(folder: folder)
    }
}
