import Foundation
import PostroomCore

/// Takes a backup while servers work: a copy from one snapshot, checked before it gets its name.
public struct Backup: Sendable {
    public enum Step: Sendable {
        case copying, checking, packing
    }

    public var place: StorePlace
    /// The data folder, for the files beside the database.
    public var folder: String
    /// An existing or `/`-ended folder takes the files as they are; anything else becomes one tar file.
    public var target: String
    public var includesKey: Bool
    /// Proves that the secrets in the copy open.
    public var vault: (any Vault)?

    public init(_ place: StorePlace, folder: String, target: String, includesKey: Bool, vault: (any Vault)?) {
        self.place = place
        self.folder = folder
        self.target = target
        self.includesKey = includesKey
        self.vault = vault
    }

    /// Throws ``BackupError``, `StoreError` or `DataFolderError`; then nothing is left behind.
    public func run(now: Timestamp, progress: (Step, Int, Int) -> Void = { _, _, _ in }) throws -> BackupManifest {
        let files = FileManager.default
        let isFolder = target.hasSuffix("/") || Self.isDirectory(target)
        let target = target.hasSuffix("/") ? String(target.dropLast()) : target
        guard Self.isFree(target) else { throw BackupError.exists(path: target) }
        let work = target + ".partial"
        // What a backup that was killed left behind.
        for path in [work, work + ".tar"] where files.fileExists(atPath: path) { try files.removeItem(atPath: path) }
        do {
            try files.createDirectory(atPath: work, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw DataFolderError.notWritable(path: work)
        }
        defer {
            try? files.removeItem(atPath: work)
            try? files.removeItem(atPath: work + ".tar")
        }
        var manifest = try copy(into: work, now: now, progress)
        manifest = try check(manifest, in: work, progress)
        try manifest.write(folder: work)
        if isFolder {
            try manifest.verify(folder: work)
            if files.fileExists(atPath: target) { try files.removeItem(atPath: target) }
            try files.moveItem(atPath: work, toPath: target)
        } else {
            try pack(manifest, work, to: target, progress)
        }
        Self.sync(folder: (target as NSString).deletingLastPathComponent)
        return manifest
    }

    private func copy(into work: String, now: Timestamp, _ progress: (Step, Int, Int) -> Void) throws -> BackupManifest {
        let path = work + "/" + BackupManifest.database
        let source = try MaintenanceDatabase(place)
        defer { try? source.close() }
        switch source.dialect {
        case .sqlite: try source.copyPages(to: path) { progress(.copying, $0, $1) }
        case .postgres:
            let target = try MaintenanceDatabase(.file(path), isNew: true)
            try source.read { rows in
                try StoreCheck.requireKnownSchema(rows)
                try target.write { copy in
                    try copy.migrate()
                    _ = try CopyTables(source: rows, target: copy).run(try SchemaTable.all(copy)) { progress(.copying, $0, $1) }
                }
            }
            try target.close()
        }
        for (name, isWanted) in [(BackupManifest.authorities, true), (BackupManifest.masterKey, includesKey)] {
            guard isWanted, FileManager.default.fileExists(atPath: folder + "/" + name) else { continue }
            try FileManager.default.copyItem(atPath: folder + "/" + name, toPath: work + "/" + name)
        }
        return BackupManifest(
            createdAt: now.description, source: source.dialect == .sqlite ? "sqlite" : "postgres", schema: 0,
            hasIndex: source.dialect == .sqlite,
            includesKey: FileManager.default.fileExists(atPath: work + "/" + BackupManifest.masterKey), accounts: 0, emails: 0,
            tables: [:], files: [:])
    }

    /// The copy itself is what is checked, and counted.
    private func check(_ manifest: BackupManifest, in work: String, _ progress: (Step, Int, Int) -> Void) throws -> BackupManifest {
        let path = work + "/" + BackupManifest.database
        let report = try StoreCheck(.file(path), vault: vault).run { progress(.checking, $0, $1) }
        guard report.problems.isEmpty else { throw BackupError.unsound(report.problems) }
        var manifest = manifest
        let copy = try MaintenanceDatabase(.file(path))
        try copy.read { connection in
            manifest.schema = try connection.row("SELECT max(number) FROM migrations")?.int(0) ?? 0
            for table in try SchemaTable.all(connection) { manifest.tables[table.name] = try CopyTables.count(table.name, connection) }
        }
        try copy.close()
        manifest.accounts = report.accounts
        manifest.emails = report.emails
        for name in BackupManifest.fileNames where FileManager.default.fileExists(atPath: work + "/" + name) {
            manifest.files[name] = BackupManifest.File(
                bytes: try TarArchive.fileSize(work + "/" + name), sha256: try TarArchive.sha256(of: work + "/" + name))
        }
        return manifest
    }

    private func pack(_ manifest: BackupManifest, _ work: String, to target: String, _ progress: (Step, Int, Int) -> Void) throws {
        let names = [BackupManifest.name] + manifest.files.keys.sorted()
        let total = manifest.files.values.reduce(0) { $0 + $1.bytes } * 2
        try TarArchive.write(names, of: work, to: work + ".tar") { progress(.packing, $0, total) }
        // Read back from the file as it is on the disk.
        try FileManager.default.removeItem(atPath: work)
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try TarArchive.unpack(work + ".tar", into: work) { progress(.packing, total / 2 + $0, total) }
        try manifest.verify(folder: work)
        try FileManager.default.moveItem(atPath: work + ".tar", toPath: target)
    }

    static func isDirectory(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Nothing is there, or an empty folder.
    private static func isFree(_ path: String) -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return true }
        return isDirectory(path) && (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty == true
    }

    /// A rename is on the disk once the folder is.
    static func sync(folder: String) {
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
