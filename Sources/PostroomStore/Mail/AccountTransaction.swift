import PostroomCore

/// A write in one account: the connection, what has changed so far, ids to give out.
///
/// Changes are noted by the functions that make them and written as one step of the log when the transaction ends.
final class AccountTransaction {
    let account: AccountID
    let connection: any SQLConnection
    let now: Timestamp
    private var log = ChangeNotes()
    private(set) var hasNewMail = false
    /// Emails that came less those that went, since the log was written.
    private var newEmails: Int64 = 0
    private var accountChanged = false
    /// New ids of emails that were made anew, by those that they had.
    var reinserted: [Int64: Int64] = [:]
    /// Copies got UIDs or went away: operations that wait for them are looked at before the end.
    var needsSettling = false

    init(_ account: AccountID, connection: any SQLConnection, now: Timestamp) throws {
        self.account = account
        self.connection = connection
        self.now = now
        // Writers of one account go one after the other. SQLite has one writer anyway.
        let lock =
            switch connection.dialect {
            case .sqlite: "SELECT 1 FROM account_states WHERE account_id = $1"
            case .postgres: "SELECT 1 FROM account_states WHERE account_id = $1 FOR UPDATE"
            }
        guard try connection.exists(lock, [account.sql]) else { throw StoreError.notFound(what: "account \(account)") }
    }

    func note(_ kind: ChangeKind, _ type: DataType, _ ids: some Sequence<Int64>) {
        for id in ids { note(kind, type, id) }
    }

    func note(_ kind: ChangeKind, _ type: DataType, _ id: Int64) {
        log.note(kind, type, id)
        guard type == .email else { return }
        if kind == .created { newEmails += 1 } else if kind == .destroyed { newEmails -= 1 }
    }

    /// New mail: what EmailDelivery is about (RFC 8621 §1.5).
    func noteNewMail() { hasNewMail = true }

    /// Status or settings of the account itself.
    func noteAccountChange() { accountChanged = true }

    /// The first of `count` consecutive ids that nothing in the account has or will ever have.
    func takeIDs(_ count: Int = 1) throws -> Int64 {
        let row = try connection.row(
            "UPDATE account_states SET next_id = next_id + $2 WHERE account_id = $1 RETURNING next_id", [account.sql, count.sql])
        return (row?.int64(0) ?? 0) - Int64(count)
    }

    /// The state of one type, for `ifInState`.
    func state(of type: DataType) throws -> Int64 {
        try connection.row("SELECT \(type.column) FROM account_states WHERE account_id = $1", [account.sql])?.int64(0) ?? 0
    }

    /// Throws `stateMismatch` where `state` is given and no longer holds.
    func require(_ state: Int64?, of type: DataType) throws {
        guard let state else { return }
        guard try self.state(of: type) == state else { throw StoreError.stateMismatch }
    }

    /// The state of a type as it will be once this transaction is committed.
    func stateAfter(_ type: DataType) throws -> Int64 {
        try writeLog()
        return try state(of: type)
    }

    func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        let before = (log, hasNewMail, newEmails, accountChanged, needsSettling, reinserted)
        try connection.script("SAVEPOINT attempt")
        do {
            let value = try body()
            try connection.script("RELEASE SAVEPOINT attempt")
            return value
        } catch {
            do {
                try connection.script("ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt")
            } catch let failure {
                // A full disk ends SQLite's whole transaction: that is what must be told.
                throw error as? StoreError == .diskFull ? error : failure
            }
            (log, hasNewMail, newEmails, accountChanged, needsSettling, reinserted) = before
            throw error
        }
    }

    /// Writes the log; nil where nothing changed.
    func finish() throws -> StateChange? {
        try writeLog()
        guard !states.isEmpty || accountChanged else { return nil }
        return StateChange(accountID: account, states: states, accountChanged: accountChanged)
    }

    private var states: [DataType: Int64] = [:]

    private func writeLog() throws {
        if needsSettling {
            needsSettling = false
            try settleWaitingOperations()
        }
        let runs = log.takeRuns()
        let steps = runs.reduce(Int64(0)) { $0 + $1.count } + (hasNewMail ? 1 : 0)
        guard steps > 0 else { return }
        let counted = try connection.row(
            "UPDATE account_states SET state = state + $2, email_count = email_count + $3 WHERE account_id = $1 RETURNING state",
            [account.sql, steps.sql, newEmails.sql])
        newEmails = 0
        var state = (counted?.int64(0) ?? steps) - steps
        var rows: [[SQLValue]] = []
        var changed: [DataType: Int64] = [:]
        for run in runs {
            state += run.count
            rows.append([account.sql, run.type.number.sql, state.sql, run.kind.rawValue.sql, run.first.sql, run.last.sql])
            changed[run.type] = state
        }
        if hasNewMail {
            state += 1
            changed[.emailDelivery] = state
            hasNewMail = false
        }
        try connection.insert(rows, Self.insertChange)
        for (type, state) in changed {
            try connection.execute(
                "UPDATE account_states SET \(type.column) = $2 WHERE account_id = $1", [account.sql, state.sql])
        }
        states.merge(changed) { $1 }
    }

    private static let insertChange = SQLInsert(into: "changes", ["account_id", "type", "last_state", "kind", "first_id", "last_id"])
}
