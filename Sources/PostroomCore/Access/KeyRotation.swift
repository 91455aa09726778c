import Foundation
import Synchronization

/// Where the master key is kept.
public protocol MasterKeyKeeping: Sendable {
    /// The key comes from outside (the environment): Postroom can't replace it there.
    var isOutside: Bool { get }
    func current() throws -> [UInt8]
    /// Writes `key` beside the one in force, durably. It counts from ``adopt()`` on, and after a stop in between if the data fits it.
    func prepare(_ key: [UInt8]) throws
    func adopt() throws
}

/// Replaces the data key and the master key while the server works.
///
/// A stop at any moment leaves secrets that open: the new data key is in the store before anything is sealed with it, and the
/// new master key in its file before the store needs it.
public struct KeyRotation: Sendable {
    public struct Report: Sendable {
        /// Secrets in the store, all of which the new key opens but the unreadable ones.
        public var secrets: Int
        /// Secrets that no key opened, before as after: left as they are.
        public var unreadable: Int
    }

    static let keySetting = "data-key"
    static let nextKeySetting = "data-key-next"

    let store: any DirectoryStore & SecretStore
    let ring: KeyRing
    let masterKeys: any MasterKeyKeeping
    /// Tells other nodes to ``follow()``.
    let announce: @Sendable () async -> Void
    /// How long a credential may be on its way into the store after it was sealed.
    let settling: Duration

    public init(
        store: any DirectoryStore & SecretStore, ring: KeyRing, masterKeys: any MasterKeyKeeping, settling: Duration = .seconds(1),
        announce: @escaping @Sendable () async -> Void = {}
    ) {
        self.store = store
        self.ring = ring
        self.masterKeys = masterKeys
        self.settling = settling
        self.announce = announce
    }

    /// `newMasterKey` nil: one is made. Throws the problem `master-key-outside` where Postroom can't put it into force.
    public func rotate(newMasterKey: [UInt8]?) async throws -> Report {
        guard newMasterKey != nil || !masterKeys.isOutside else { throw Problem(.masterKeyOutside) }
        let master = try masterKeys.current()
        let newMaster = newMasterKey ?? AESVault.randomKey()
        let (next, wrapped) = try AESVault.open(masterKey: master, wrapped: nil)
        try await store.setSetting(Self.nextKeySetting, to: Self.text(wrapped))
        let before = ring.current
        ring.change(to: next)
        await announce()
        // A credential that was sealed just before is in the store by then; other nodes have heard of the new key.
        try await Task.sleep(for: settling)
        try masterKeys.prepare(newMaster)
        let (count, unreadable) = try await reseal(
            from: before, to: next,
            settings: [Self.keySetting: Self.text(try next.rewrap(masterKey: newMaster)), Self.nextKeySetting: nil])
        try masterKeys.adopt()
        // Whatever was on its way all the same, while the old key is still known.
        try await Task.sleep(for: settling)
        _ = try await reseal(from: before, to: next, settings: [:])
        ring.retire()
        await announce()
        return Report(secrets: count, unreadable: unreadable)
    }

    /// Another node changes keys: learns the next one while the change lasts, forgets the one before when it is over.
    public func follow() async throws {
        guard let wrapped = try await store.setting(Self.nextKeySetting).flatMap(Self.bytes) else { return ring.retire() }
        ring.change(to: try AESVault.open(masterKey: try masterKeys.current(), wrapped: wrapped).vault)
    }

    /// After a stop in the middle: goes on with the data key that was to be next.
    public func resume() async throws {
        guard let wrapped = try await store.setting(Self.nextKeySetting).flatMap(Self.bytes) else { return }
        let master = try masterKeys.current()
        let before = ring.current
        let next = try AESVault.open(masterKey: master, wrapped: wrapped).vault
        ring.change(to: next)
        _ = try await reseal(
            from: before, to: next,
            settings: [Self.keySetting: Self.text(wrapped), Self.nextKeySetting: nil])
        ring.retire()
    }

    private func reseal(
        from before: AESVault, to next: AESVault, settings: [String: String?]
    ) async throws -> (count: Int, unreadable: Int) {
        let unreadable = Mutex(0)
        let count = try await store.resealSecrets(settings: settings) { sealed, context in
            if (try? next.open(sealed, context: context)) != nil { return sealed }
            guard let opened = try? before.open(sealed, context: context) else {
                unreadable.withLock { $0 += 1 }
                return sealed
            }
            return try next.seal(opened, context: context)
        }
        return (count, unreadable.withLock { $0 })
    }

    static func text(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
    static func bytes(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
}
