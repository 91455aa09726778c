import Foundation
import PostroomCore
import Synchronization

/// The key that seals the data key: from POSTROOM_MASTER_KEY (base64 of 32 bytes) or a file of the data folder that only its owner reads.
///
/// A change of keys writes the new one to `master.key.new` first, so that a stop in between leaves the right one of the two to be found.
final class MasterKeyFile: MasterKeyKeeping {
    static let fileName = "master.key"
    private let path: String
    private let environment: String?
    /// The key that a change has put in the place of the environment's.
    private let replaced = Mutex<[UInt8]?>(nil)

    init(folder: String) {
        path = folder + "/" + Self.fileName
        environment = ProcessInfo.processInfo.environment["POSTROOM_MASTER_KEY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    var isOutside: Bool { environment != nil }

    func current() throws -> [UInt8] {
        guard let key = try existing() else {
            throw CommandFailure(
                .badInput, "The key file \(path) is missing. Put back the copy from your backup, or set POSTROOM_MASTER_KEY.")
        }
        return key
    }

    /// nil where there is none yet. Throws where it can't be read.
    func existing() throws -> [UInt8]? {
        if let key = replaced.withLock({ $0 }) { return key }
        if let environment {
            guard let key = Self.decode(environment) else {
                throw CommandFailure(
                    .badInput, "POSTROOM_MASTER_KEY is not the base64 form of 32 bytes. Make one with: openssl rand -base64 32")
            }
            return key
        }
        return try Self.read(path)
    }

    func currentOrNew() throws -> [UInt8] {
        if let key = try existing() { return key }
        let key = AESVault.randomKey()
        try Self.write(key, to: path)
        return key
    }

    /// The vault of a data key, with the key that fits it: the one in force, or the one that a change was about to adopt.
    func open(_ wrapped: [UInt8]) throws -> AESVault {
        let key = try existing()
        if let key, let vault = try? AESVault.open(masterKey: key, wrapped: wrapped).vault {
            try? FileManager.default.removeItem(atPath: path + ".new")
            return vault
        }
        if !isOutside, let next = try Self.read(path + ".new"), let vault = try? AESVault.open(masterKey: next, wrapped: wrapped).vault {
            try adopt()
            return vault
        }
        return try AESVault.open(masterKey: try current(), wrapped: wrapped).vault
    }

    func prepare(_ key: [UInt8]) throws {
        if isOutside {
            replaced.withLock { $0 = key }
        } else {
            try? FileManager.default.removeItem(atPath: path + ".new")
            try Self.write(key, to: path + ".new")
        }
    }

    func adopt() throws {
        guard !isOutside else { return }
        guard rename(path + ".new", path) == 0 else {
            throw CommandFailure(.failed, "\(path).new can't be renamed to \(path): do it by hand before the next start.")
        }
    }

    /// A key that a change was about to adopt.
    func waiting() throws -> [UInt8]? { try Self.read(path + ".new") }

    static func read(_ path: String) throws -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        guard let key = decode(String(decoding: data, as: UTF8.self)) else {
            throw CommandFailure(
                .badInput, "\(path) is damaged: it must hold the base64 form of 32 bytes. Put back the copy from your backup.")
        }
        return key
    }

    private static func write(_ key: [UInt8], to path: String) throws {
        let text = Data(key).base64EncodedString() + "\n"
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forUpdatingAtPath: path)
        else {
            throw CommandFailure(.failed, "The key file \(path) can't be written: check the folder's permissions.")
        }
        try file.synchronize()
        try file.close()
    }

    private static func decode(_ text: String) -> [UInt8]? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let data = Data(base64Encoded: String(words[0])), data.count == 32 else { return nil }
        return Array(data)
    }
}
