import PostroomCore
import Synchronization

/// The accounts that this node works for: a row of `leases` each, renewed every second, free for others five seconds after the last time.
///
/// A lease carries a number that grows whenever it changes hands. Every write of the node that works for an account is refused
/// where the number is no longer its own (``SQLStore/fenced(by:)``), so that a node that was stopped for a while and wakes up can't
/// write over what its successor did. Times are the database's.
public final class PostgresLeases: AccountSharing {
    static let channel = "postroom_commands"
    /// How long a lease outlives its last renewal, in milliseconds.
    static let lifetime = 5_000

    let node: String
    private let store: SQLStore
    private let url: String
    private let held = Mutex<[AccountID: Int64]>([:])
    private let wake = WakeSignal()
    private let onCommand: @Sendable (NodeCommand) async -> Void

    /// `onCommand` is told what other nodes say beside orders for accounts.
    public init(store: SQLStore, url: String, onCommand: @escaping @Sendable (NodeCommand) async -> Void) {
        self.store = store
        self.url = url
        node = store.origin
        self.onCommand = onCommand
    }

    public func holds(_ account: AccountID) -> Bool { token(of: account) != nil }

    func token(of account: AccountID) -> Int64? { held.withLock { $0[account] } }

    public func hurry() { wake.signal(.syncNow) }

    public func tell(_ command: NodeCommand) async {
        let payload = "\(node) \(command)"
        // Heard or not: whoever missed it finds the same in the database at the next look.
        try? await store.write {
            _ = try $0.row("SELECT CASE WHEN pg_notify($1, $2) IS NULL THEN 0 ELSE 1 END", [Self.channel.sql, payload.sql])
        }
    }

    // MARK: Rounds

    public func run(_ holder: any AccountHolding) async {
        let (commands, source) = AsyncStream<NodeCommand>.makeStream()
        let node = node
        let listener = PostgresListener(url: url, channels: [Self.channel]) { event in
            guard case .notified(_, let payload) = event, let space = payload.firstIndex(of: " "), payload[..<space] != node,
                let command = NodeCommand(String(payload[payload.index(after: space)...]))
            else { return }
            source.yield(command)
        }
        listener.start()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await command in commands {
                    if case .account(let order, let account) = command {
                        if order == .start { self.hurry() }
                        if self.holds(account) { await holder.obey(order, account) }
                    } else {
                        await self.onCommand(command)
                    }
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    // A database that is away for a while is tried again; until then nothing can be written anyway.
                    try? await self.turn(holder)
                    await self.wake.wait(atMost: .seconds(1))
                    _ = self.wake.take()
                }
            }
            await group.waitForAll()
        }
        listener.close()
        try? await leave()
    }

    private struct Round: Sendable {
        var held: [AccountID: Int64]
        var taken: [AccountID]
        /// More than this node's share while others have room.
        var surplus: [AccountID]
    }

    private func turn(_ holder: any AccountHolding) async throws {
        let before = held.withLock { $0 }
        let round = try await renew()
        let lost = before.filter { round.held[$0.key] != $0.value }.map(\.key)
        held.withLock { held in
            for id in lost { held[id] = nil }
        }
        if !lost.isEmpty { await holder.giveUp(lost) }
        held.withLock { $0 = round.held }
        let again = lost.filter { round.held[$0] != nil }
        if !round.taken.isEmpty || !again.isEmpty { await holder.take(Array(Set(round.taken + again))) }
        if !round.surplus.isEmpty {
            await holder.giveUp(round.surplus)
            held.withLock { held in
                for id in round.surplus { held[id] = nil }
            }
            try await release(round.surplus)
        }
    }

    private func renew() async throws -> Round {
        let node = node
        return try await store.database.write(isDurable: false) { connection in
            try connection.execute(
                """
                INSERT INTO nodes (id, seen_at) VALUES ($1, \(Self.now))
                ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
                """, [node.sql])
            try connection.execute("DELETE FROM nodes WHERE seen_at < \(Self.now) - 60000", [])
            try connection.execute(
                "INSERT INTO leases (account_id) SELECT id FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM leases WHERE account_id = a.id)"
                    + " ON CONFLICT (account_id) DO NOTHING", [])
            let renewed = try connection.rows(
                """
                UPDATE leases SET expires_at = \(Self.now) + \(Self.lifetime) WHERE node = $1 RETURNING account_id, token
                """, [node.sql])
            let nodes = try connection.row("SELECT count(*) FROM nodes WHERE seen_at > \(Self.now) - \(Self.lifetime)")?.int(0) ?? 1
            let accounts = try connection.row("SELECT count(*) FROM leases")?.int(0) ?? 0
            let share = (accounts + nodes - 1) / max(1, nodes)
            var round = Round(held: [:], taken: [], surplus: [])
            for row in renewed { round.held[row.id(0)] = row.int64(1) }
            if renewed.count < share {
                let taken = try connection.rows(
                    """
                    UPDATE leases SET node = $1, token = token + 1, expires_at = \(Self.now) + \(Self.lifetime)
                    WHERE account_id IN (
                        SELECT account_id FROM leases WHERE expires_at < \(Self.now) ORDER BY account_id LIMIT $2 FOR UPDATE SKIP LOCKED)
                    RETURNING account_id, token
                    """, [node.sql, (share - renewed.count).sql])
                for row in taken {
                    round.held[row.id(0)] = row.int64(1)
                    round.taken.append(row.id(0))
                }
            } else if renewed.count > share {
                round.surplus = Array(round.held.keys.sorted { $0.value > $1.value }.prefix(renewed.count - share))
            }
            return round
        }
    }

    private static let now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

    private func release(_ accounts: [AccountID]) async throws {
        let node = node
        try await store.database.write(isDurable: false) { connection in
            _ = try connection.execute(
                "UPDATE leases SET node = '', expires_at = 0 WHERE node = $1 AND account_id {in $2}",
                [node.sql, .integers(accounts.map(\.value))])
        }
    }

    /// An orderly end hands everything over at once.
    private func leave() async throws {
        held.withLock { $0 = [:] }
        let node = node
        try await store.database.write(isDurable: false) { connection in
            try connection.execute("UPDATE leases SET node = '', expires_at = 0 WHERE node = $1", [node.sql])
            _ = try connection.execute("DELETE FROM nodes WHERE id = $1", [node.sql])
        }
    }

    // MARK: One account

    public func borrow<Value: Sendable>(_ account: AccountID, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let node = node
        let token = try await store.database.write(isDurable: false) { connection in
            try connection.execute("INSERT INTO leases (account_id) VALUES ($1) ON CONFLICT (account_id) DO NOTHING", [account.sql])
            return try connection.row(
                """
                UPDATE leases SET node = $2, token = token + 1, expires_at = \(Self.now) + \(Self.lifetime)
                WHERE account_id = $1 AND expires_at < \(Self.now) RETURNING token
                """, [account.sql, node.sql])?.int64(0)
        }
        guard let token else { throw StoreError.inUse(what: "account \(account), by another node") }
        held.withLock { $0[account] = token }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(1))
                    try? await self.store.database.write(isDurable: false) { connection in
                        _ = try connection.execute(
                            "UPDATE leases SET expires_at = \(Self.now) + \(Self.lifetime) WHERE account_id = $1 AND node = $2 AND token = $3",
                            [account.sql, node.sql, token.sql])
                    }
                }
            }
            group.addTask { try await body() }
            do {
                guard let value = try await group.next() ?? nil else { throw CancellationError() }
                group.cancelAll()
                held.withLock { $0[account] = nil }
                try? await release([account])
                return value
            } catch {
                group.cancelAll()
                held.withLock { $0[account] = nil }
                try? await release([account])
                throw error
            }
        }
    }
}

extension PostgresLeases: AccountFence {
    func check(_ account: AccountID, _ connection: any SQLConnection) throws {
        guard let token = token(of: account),
            try connection.exists(
                "SELECT 1 FROM leases WHERE account_id = $1 AND node = $2 AND token = $3", [account.sql, node.sql, token.sql])
        else { throw StoreError.leaseLost }
    }
}
