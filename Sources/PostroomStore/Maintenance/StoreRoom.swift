import Foundation
import PostroomCore
import Synchronization

/// Whether there is room for more mail: on the disk, and in an account's quota.
///
/// Mail stops coming in while the disk still has a reserve, so that what must be written (the outcome of a message that was just
/// sent, an account's status) can be.
final class StoreRoom: Sendable {
    /// Octets that new mail leaves free: the log of SQLite may grow by half of it.
    static let reserve: Int64 = 32 << 20

    private struct State {
        var fullSince: Timestamp?
        var lookedAt: ContinuousClock.Instant?
        var probedAt: ContinuousClock.Instant?
        var usage: [AccountID: (usage: StorageUsage, measuredAt: ContinuousClock.Instant)] = [:]
    }

    private let state = Mutex(State())
    /// nil: the disk is another machine's.
    private let folder: String?

    init(folder: String?) {
        self.folder = folder
    }

    var fullSince: Timestamp? { state.withLock { $0.fullSince } }

    func free() -> Int64? {
        guard let folder else { return nil }
        var numbers = statvfs()
        guard statvfs(folder, &numbers) == 0 else { return nil }
        return Int64(numbers.f_bavail) * Int64(numbers.f_frsize)
    }

    func noteFull(_ now: Timestamp) {
        state.withLock { $0.fullSince = $0.fullSince ?? now }
    }

    func noteRoom() { state.withLock { $0.fullSince = nil } }

    /// Whether mail may come in, by what is free; looked up once a second.
    func looksFull(_ now: Timestamp) -> Bool {
        let isDue = state.withLock { state in
            if state.fullSince != nil { return false }
            if let last = state.lookedAt, ContinuousClock.now - last < .seconds(1) { return false }
            state.lookedAt = .now
            return true
        }
        if isDue, let free = free(), free < Self.reserve { noteFull(now) }
        return fullSince != nil
    }

    /// True for one caller every second: who tries whether there is room again.
    func mayProbe() -> Bool {
        state.withLock { state in
            if let last = state.probedAt, ContinuousClock.now - last < .seconds(1) { return false }
            state.probedAt = .now
            return true
        }
    }

    /// What was measured within the last seconds, with what came in since.
    func recentUsage(of account: AccountID) -> StorageUsage? {
        state.withLock { state in
            guard let known = state.usage[account], ContinuousClock.now - known.measuredAt < .seconds(5) else { return nil }
            return known.usage
        }
    }

    func remember(_ usage: StorageUsage, of account: AccountID) {
        state.withLock { $0.usage[account] = (usage, .now) }
    }

    func add(bytes: Int64, emails: Int64, to account: AccountID) {
        state.withLock { state in
            state.usage[account]?.usage.bytes += bytes
            state.usage[account]?.usage.emails += emails
        }
    }

    func forget(_ account: AccountID?) {
        state.withLock { state in
            if let account { state.usage[account] = nil } else { state.usage = [:] }
        }
    }
}

extension SQLStore {
    public var fullSince: Timestamp? { room.fullSince }

    public func freeSpace() -> Int64? { room.free() }

    /// Throws `StoreError.diskFull` or `StoreError.overQuota` where this much more has no room.
    func admit(emails: Int, bytes: Int, to account: AccountID) async throws {
        if room.looksFull(clock.now()), try await !hasRoomAgain() { throw StoreError.diskFull }
        let usage: StorageUsage
        if let recent = room.recentUsage(of: account) {
            usage = recent
        } else {
            let (quota, isOwn) = try await glance { try Self.quota(of: account, $0) }
            // Without a bound there is nothing to measure: that would look at all that the account has.
            usage =
                quota == StorageQuota()
                ? StorageUsage(bytes: 0, emails: 0, quota: quota, isOwn: isOwn) : try await self.usage(of: account)
            room.remember(usage, of: account)
        }
        if let most = usage.quota.maxBytes, usage.bytes + Int64(bytes) > most { throw StoreError.overQuota }
        if let most = usage.quota.maxEmails, usage.emails + Int64(emails) > most { throw StoreError.overQuota }
        room.add(bytes: Int64(bytes), emails: Int64(emails), to: account)
    }

    public func waitForRoom() async throws {
        while room.fullSince != nil {
            if try await hasRoomAgain() { return }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Writes a quarter of a megabyte and takes it back: free space alone proves nothing where quotas rule.
    private func hasRoomAgain() async throws -> Bool {
        if room.fullSince == nil { return true }
        guard room.mayProbe() else { return false }
        if let free = room.free(), free < StoreRoom.reserve + StoreRoom.reserve / 4 { return false }
        do {
            // PostgreSQL compresses what it can: zeros would find room where there is none.
            let probe = (0..<22_000).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
            try await database.write(isDurable: true) { connection in
                try connection.execute("DELETE FROM settings WHERE name = 'room-probe'", [])
                _ = try connection.execute("INSERT INTO settings (name, value) VALUES ('room-probe', $1)", [probe.sql])
            }
            try await database.write(isDurable: false) { _ = try $0.execute("DELETE FROM settings WHERE name = 'room-probe'", []) }
        } catch StoreError.diskFull {
            return false
        }
        room.noteRoom()
        return true
    }

    // MARK: Quotas

    public func usage(of account: AccountID) async throws -> StorageUsage {
        try await read { connection in
            let (quota, isOwn) = try Self.quota(of: account, connection)
            let bytes = try connection.row(
                "SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM blobs WHERE account_id = $1", [account.sql])?.int64(0)
            let emails = try connection.row("SELECT count(*) FROM emails WHERE account_id = $1", [account.sql])?.int64(0)
            return StorageUsage(bytes: bytes ?? 0, emails: emails ?? 0, quota: quota, isOwn: isOwn)
        }
    }

    static func quota(of account: AccountID, _ connection: any SQLConnection) throws -> (StorageQuota, isOwn: Bool) {
        func setting(_ name: String) throws -> StorageQuota? {
            try connection.row("SELECT value FROM settings WHERE name = $1", [name.sql]).flatMap { StorageQuota(text: $0.text(0)) }
        }
        if let own = try setting(StorageQuota.setting(of: account)) { return (own, true) }
        return (try setting(StorageQuota.setting) ?? StorageQuota(), false)
    }

    public func setQuota(_ quota: StorageQuota?, of account: AccountID) async throws {
        try await setSetting(StorageQuota.setting(of: account), to: quota?.text)
        room.forget(account)
    }
}
