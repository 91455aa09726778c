import Foundation
import PostroomCore

/// What a backup says of itself: its first file, `manifest.json`.
public struct BackupManifest: Sendable, Codable, Equatable {
    public struct File: Sendable, Codable, Equatable {
        public var bytes: Int
        public var sha256: String
    }

    static let name = "manifest.json"
    static let database = "postroom.db"
    static let masterKey = "master.key"
    static let authorities = "trusted-ca.pem"
    static let fileNames: Set<String> = [name, database, masterKey, authorities]

    /// The form of backups; 1.
    public var format = 1
    public var createdAt: String
    /// `sqlite` or `postgres`: what it was taken of. Either restores to both.
    public var source: String
    /// The highest migration in it.
    public var schema: Int
    /// Whether the database in it carries the full text index; else restoring makes it anew.
    public var hasIndex: Bool
    /// Whether the master key is among the files.
    public var includesKey: Bool
    public var accounts: Int
    public var emails: Int
    public var tables: [String: Int]
    public var files: [String: File]

    static func read(folder: String) throws -> BackupManifest {
        guard let data = FileManager.default.contents(atPath: folder + "/" + name),
            let manifest = try? JSONDecoder().decode(BackupManifest.self, from: data)
        else { throw BackupError.damaged("its manifest is missing or can't be read") }
        guard manifest.format == 1 else {
            throw BackupError.damaged("it has the form \(manifest.format), which a newer Postroom wrote")
        }
        return manifest
    }

    func write(folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(fileURLWithPath: folder + "/" + Self.name))
    }

    /// Compares every file with its size and SHA-256.
    func verify(folder: String) throws {
        guard files[Self.database] != nil else { throw BackupError.damaged("it holds no database") }
        for (name, file) in files.sorted(by: { $0.key < $1.key }) {
            let path = folder + "/" + name
            guard Self.fileNames.contains(name), FileManager.default.fileExists(atPath: path) else {
                throw BackupError.damaged("its file \(name) is missing")
            }
            guard try TarArchive.fileSize(path) == file.bytes, try TarArchive.sha256(of: path) == file.sha256 else {
                throw BackupError.damaged("its file \(name) is not what was written: the checksum differs")
            }
        }
    }
}

/// Why a backup is not written, or not restored.
public enum BackupError: Error, Sendable, Hashable {
    /// Something is there already.
    case exists(path: String)
    case damaged(String)
    /// What the integrity check of the copy found.
    case unsound([String])
    /// The master key is not in the backup and was not given, or another one was.
    case keyMissing
    case keyWrong
    /// A server or command is at work on the database.
    case inUse(what: String)
}
