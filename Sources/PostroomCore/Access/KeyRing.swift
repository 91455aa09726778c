import Synchronization

/// The vault of a running server: one data key that seals, and while keys change a second one that still opens.
public final class KeyRing: Vault {
    private struct Keys {
        var current: AESVault
        var other: AESVault?
    }

    private let keys: Mutex<Keys>

    public init(_ current: AESVault, other: AESVault? = nil) {
        keys = Mutex(Keys(current: current, other: other))
    }

    public var current: AESVault { keys.withLock { $0.current } }

    public func seal(_ bytes: [UInt8], context: String) throws -> [UInt8] { try current.seal(bytes, context: context) }

    public func open(_ sealed: [UInt8], context: String) throws -> [UInt8] {
        let keys = keys.withLock { $0 }
        do {
            return try keys.current.open(sealed, context: context)
        } catch VaultError.wrongKey {
            guard let other = keys.other else { throw VaultError.wrongKey }
            return try other.open(sealed, context: context)
        }
    }

    /// Seals with `next` from now on; what the key before sealed still opens.
    public func change(to next: AESVault) {
        keys.withLock { $0 = Keys(current: next, other: $0.current) }
    }

    /// Forgets the key before: what it sealed stays closed from now on.
    public func retire() {
        keys.withLock { $0.other = nil }
    }

    public func replace(current: AESVault, other: AESVault?) {
        keys.withLock { $0 = Keys(current: current, other: other) }
    }
}
