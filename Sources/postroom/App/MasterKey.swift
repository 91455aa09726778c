import Crypto
import Foundation

/// The key that seals the data key: from POSTROOM_MASTER_KEY (base64 of 32 bytes) or a file of the data folder that only its owner reads.
enum MasterKey {
    static let fileName = "master.key"

    static func load(folder: String) throws -> [UInt8] {
        if let text = ProcessInfo.processInfo.environment["POSTROOM_MASTER_KEY"], !text.isEmpty {
            guard let key = decode(text) else {
                throw CommandFailure(
                    .badInput, "POSTROOM_MASTER_KEY is not the base64 form of 32 bytes. Make one with: openssl rand -base64 32")
            }
            return key
        }
        let path = folder + "/" + fileName
        if let data = FileManager.default.contents(atPath: path) {
            guard let key = decode(String(decoding: data, as: UTF8.self)) else {
                throw CommandFailure(
                    .badInput, "\(path) is damaged: it must hold the base64 form of 32 bytes. Put back the copy from your backup.")
            }
            return key
        }
        return try make(at: path)
    }

    private static func make(at path: String) throws -> [UInt8] {
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let text = Data(key).base64EncodedString() + "\n"
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]) else {
            throw CommandFailure(.failed, "The key file \(path) can't be written: check the folder's permissions.")
        }
        return key
    }

    private static func decode(_ text: String) -> [UInt8]? {
        guard let data = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)), data.count == 32 else { return nil }
        return Array(data)
    }
}
