import Foundation
import PostroomCore
import PostroomStore

extension GlobalOptions {
    /// The database that these options mean, read beside a server that may be at work on it.
    func place() throws -> StorePlace {
        if let databaseURL { return .postgres(databaseURL) }
        guard FileManager.default.fileExists(atPath: dataFolder + "/postroom.db") else {
            throw CommandFailure(.badInput, "There is no Postroom data in \(dataFolder): name the data folder with --data.")
        }
        return .folder(dataFolder)
    }

    /// What opens the secrets of `place`; nil where nothing was ever sealed there.
    func vault(of place: StorePlace) throws -> AESVault? {
        guard let wrapped = try StoredKey.read(place) else { return nil }
        do {
            return try MasterKeyFile(folder: dataFolder).openUnchanged(wrapped)
        } catch is VaultError {
            throw CommandFailure(.refused, "The master key does not fit the data in \(dataFolder): use the key that it was made with.")
        }
    }
}

extension MasterKeyFile {
    /// Like ``open(_:)`` but leaves the files alone: a server may be in the middle of changing them.
    func openUnchanged(_ wrapped: [UInt8]) throws -> AESVault {
        if let vault = try? AESVault.open(masterKey: try current(), wrapped: wrapped).vault { return vault }
        if !isOutside, let next = try waiting(), let vault = try? AESVault.open(masterKey: next, wrapped: wrapped).vault { return vault }
        return try AESVault.open(masterKey: try current(), wrapped: wrapped).vault
    }
}

/// Turns what maintenance fails at into words and exit codes.
enum MaintenanceFailure {
    static func translated<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as BackupError {
            throw failure(error)
        } catch let error as DataFolderError {
            switch error {
            case .inUse(let path, _): throw CommandFailure(.failed, error.sentence(folder: path))
            case .notWritable(let path):
                throw CommandFailure(.failed, "\(path) can't be written: check the folder's owner and permissions, and what is there.")
            }
        } catch StoreError.notFound(let what) {
            throw CommandFailure(.badInput, "\(what) is not there or can't be read.")
        } catch StoreError.failed(let reason) {
            throw CommandFailure(.failed, "The database failed: \(reason)")
        } catch let error as CocoaError where error.code == .fileWriteOutOfSpace {
            throw CommandFailure(.failed, "The disk is full: make room, then try again. Nothing was left behind.")
        }
    }

    private static func failure(_ error: BackupError) -> CommandFailure {
        switch error {
        case .exists(let path):
            CommandFailure(.badInput, "\(path) is not empty: name another place, or move away what is there. Nothing was changed.")
        case .damaged(let reason):
            CommandFailure(.badInput, "The backup can't be used: \(reason). Nothing was changed; take another one.")
        case .unsound(let problems):
            CommandFailure(
                .failed,
                "The copy is not sound, so it was not kept. `postroom check` tells more. \(problems.prefix(5).joined(separator: "; "))")
        case .keyMissing:
            CommandFailure(
                .refused, "The backup does not include its master key: give it with --key-file FILE or in POSTROOM_MASTER_KEY.")
        case .keyWrong: CommandFailure(.refused, "The master key is not the one that the backup was made with.")
        case .inUse(let what): CommandFailure(.failed, "A Postroom server works on \(what): end it first.")
        }
    }
}
