import Crypto
import Foundation

/// A vault under AES-256-GCM: a data key seals the secrets, a master key from outside seals the data key.
///
/// Sealed form: one version byte, then nonce (12), ciphertext and tag (16). The context is authenticated with it.
public struct AESVault: Vault {
    private let dataKey: SymmetricKey
    private static let version: UInt8 = 1

    private init(dataKey: SymmetricKey) {
        self.dataKey = dataKey
    }

    /// Opens the data key kept in `wrapped`, or makes a new one where there is none yet; `wrapped` is then what to keep.
    public static func open(masterKey: [UInt8], wrapped: [UInt8]?) throws -> (vault: AESVault, wrapped: [UInt8]) {
        guard masterKey.count == 32 else { throw VaultError.wrongKeyLength(masterKey.count) }
        let master = AESVault(dataKey: SymmetricKey(data: masterKey))
        if let wrapped {
            return (AESVault(dataKey: SymmetricKey(data: try master.open(wrapped, context: "data-key"))), wrapped)
        }
        let fresh = SymmetricKey(size: .bits256)
        let sealed = try master.seal(fresh.withUnsafeBytes { Array($0) }, context: "data-key")
        return (AESVault(dataKey: fresh), sealed)
    }

    /// The data key under another master key: rotation touches this one value, no secret is sealed again.
    public func rewrap(masterKey: [UInt8]) throws -> [UInt8] {
        guard masterKey.count == 32 else { throw VaultError.wrongKeyLength(masterKey.count) }
        return try AESVault(dataKey: SymmetricKey(data: masterKey)).seal(dataKey.withUnsafeBytes { Array($0) }, context: "data-key")
    }

    /// 32 bytes from the system's source of chance.
    public static func randomKey() -> [UInt8] { SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) } }

    public func seal(_ bytes: [UInt8], context: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: dataKey, authenticating: Array(context.utf8))
        guard let combined = box.combined else { throw VaultError.unreadable }
        return [Self.version] + Array(combined)
    }

    public func open(_ sealed: [UInt8], context: String) throws -> [UInt8] {
        guard sealed.first == Self.version, sealed.count > 28 else { throw VaultError.unreadable }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
            return Array(try AES.GCM.open(box, using: dataKey, authenticating: Array(context.utf8)))
        } catch {
            throw VaultError.wrongKey
        }
    }
}

/// Why a sealed value stays closed.
public enum VaultError: Error, Sendable, Hashable {
    /// A master key is 32 bytes.
    case wrongKeyLength(Int)
    case unreadable
    /// Another key or another context sealed it, or it was changed.
    case wrongKey
}
