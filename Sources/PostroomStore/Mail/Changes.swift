import PostroomCore

extension SQLStore {
    public func states(of account: AccountID) async throws -> [DataType: Int64] {
        try await glance { connection in
            let row = try connection.row(
                "SELECT mailbox, thread, email, identity, submission, delivery, quota FROM account_states WHERE account_id = $1",
                [account.sql])
            guard let row else { throw StoreError.notFound(what: "account \(account)") }
            return [
                .mailbox: row.int64(0), .thread: row.int64(1), .email: row.int64(2), .identity: row.int64(3), .submission: row.int64(4),
                .emailDelivery: row.int64(5), .quota: row.int64(6),
            ]
        }
    }

    public func changes(of account: AccountID, type: DataType, since: Int64, limit: Int?) async throws -> ChangeSet {
        try await read { connection in
            let row = try connection.row(
                "SELECT state, floor, \(type.column) FROM account_states WHERE account_id = $1", [account.sql])
            guard let row else { throw StoreError.notFound(what: "account \(account)") }
            let current = row.int64(2)
            guard since >= 0, since >= row.int64(1), since <= row.int64(0) else { throw StoreError.cannotCalculateChanges }
            guard since < current else { return ChangeSet(oldState: since, newState: since) }
            var fold = ChangeFold(since: since, limit: limit)
            try connection.forEach(
                """
                SELECT last_state, kind, first_id, last_id FROM changes
                WHERE account_id = $1 AND type = $2 AND last_state > $3 ORDER BY last_state
                """, [account.sql, type.number.sql, since.sql]
            ) { row in
                guard let kind = ChangeKind(rawValue: row.int(1)) else { return true }
                return fold.take(kind, lastState: row.int64(0), ids: row.int64(2)...row.int64(3))
            }
            return fold.result(current: current)
        }
    }

    /// Forgets the log of an account below its newest `keeping` steps: older states can't be calculated from any more.
    public func trimChanges(of account: AccountID, keeping: Int64) async throws {
        try await write(account) { transaction in
            let row = try transaction.connection.row(
                """
                UPDATE account_states SET floor = CASE WHEN state - $2 > floor THEN state - $2 ELSE floor END
                WHERE account_id = $1 RETURNING floor
                """, [account.sql, keeping.sql])
            try transaction.connection.execute(
                "DELETE FROM changes WHERE account_id = $1 AND last_state <= $2", [account.sql, (row?.int64(0) ?? 0).sql])
        }
    }
}

/// Folds log rows into one `ChangeSet`: created then updated is created, created then destroyed is nothing.
struct ChangeFold {
    private let since: Int64
    private let limit: Int
    private var reached: Int64
    private var isFull = false
    private var order: [Int64] = []
    /// `.some(nil)`: created and destroyed again, nothing to tell.
    private var kinds: [Int64: ChangeKind?] = [:]

    init(since: Int64, limit: Int?) {
        self.since = since
        self.limit = limit.map { max(1, $0) } ?? .max
        self.reached = since
    }

    /// A run of objects that changed at the states up to `lastState`, one each. False: no more fits.
    mutating func take(_ kind: ChangeKind, lastState: Int64, ids: ClosedRange<Int64>) -> Bool {
        let firstState = lastState - (ids.upperBound - ids.lowerBound)
        for id in ids {
            let state = firstState + (id - ids.lowerBound)
            guard state > since else { continue }
            if let before = kinds[id] {
                let folded: ChangeKind? =
                    switch (before, kind) {
                    case (.created, .destroyed): nil
                    case (.created, _): .created
                    case (.updated, .counted): .updated
                    case (.destroyed, .created): .updated
                    default: kind
                    }
                kinds.updateValue(folded, forKey: id)
            } else {
                guard kinds.count < limit else {
                    isFull = true
                    return false
                }
                kinds[id] = kind
                order.append(id)
            }
            reached = state
        }
        return true
    }

    func result(current: Int64) -> ChangeSet {
        func ids(_ wanted: ChangeKind...) -> [Int64] { order.filter { id in (kinds[id] ?? nil).map { wanted.contains($0) } ?? false } }
        let updated = ids(.updated, .counted)
        return ChangeSet(
            oldState: since, newState: isFull ? reached : current, hasMoreChanges: isFull, created: ids(.created), updated: updated,
            destroyed: ids(.destroyed), onlyCountsChanged: !updated.isEmpty && ids(.updated).isEmpty)
    }
}
