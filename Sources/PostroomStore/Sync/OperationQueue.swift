import PostroomCore

extension AccountTransaction {
    /// Queues a write to the server. `isWaiting`: the copy that it is about has no UID yet.
    @discardableResult
    func queue(_ kind: ServerOperation.Kind, email: EmailID? = nil, isWaiting: Bool = false) throws -> OperationID {
        let id = OperationID(try takeIDs())
        var blob: BlobID?
        if case .append(let source, _, _, _) = kind { blob = source }
        if let blob { try holdStored(blob) }
        try connection.execute(
            """
            INSERT INTO operations (account_id, id, kind, mailbox_id, email_id, blob, is_waiting, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                account.sql, id.sql, try JSON.text(kind).sql, (kind.mailbox).sql, email.sql, blob.sql, isWaiting.sql, now.sql,
            ])
        return id
    }

    /// Takes an operation out of the queue; nil where it is not in it.
    @discardableResult
    func takeOperation(_ id: OperationID) throws -> (kind: ServerOperation.Kind, email: Int64?)? {
        let row = try connection.row(
            "DELETE FROM operations WHERE account_id = $1 AND id = $2 RETURNING kind, email_id, blob", [account.sql, id.sql])
        guard let row else { return nil }
        if let blob = row.optional(2, SQLRow.bytes) { try release([BlobID(sha256: blob)]) }
        return (try JSON.value(row.text(0)), row.optional(1, SQLRow.int64))
    }

    /// A mailbox's UIDs are void: its operations wait until the copies are found again.
    func makeOperationsWait(on mailbox: MailboxID) throws {
        let rows = try connection.rows(
            "SELECT id, kind, email_id FROM operations WHERE account_id = $1 AND mailbox_id = $2 AND is_waiting = 0 ORDER BY id",
            [account.sql, mailbox.sql])
        for row in rows {
            let id = OperationID(row.int64(0))
            let kind: ServerOperation.Kind = try JSON.value(row.text(1))
            switch kind {
            case .move, .copy, .expunge:
                try connection.execute("UPDATE operations SET is_waiting = 1 WHERE account_id = $1 AND id = $2", [account.sql, id.sql])
            case .storeFlags(_, let uidValidity, _, let add, let remove):
                // One operation for many copies becomes one for each, since they are found again one by one.
                let emails = try connection.rows(
                    "SELECT email_id, added, removed FROM pending_keywords WHERE account_id = $1 AND operation_id = $2",
                    [account.sql, id.sql])
                try takeOperation(id)
                try connection.execute(
                    "DELETE FROM pending_keywords WHERE account_id = $1 AND operation_id = $2", [account.sql, id.sql])
                for email in emails {
                    let single = try queue(
                        .storeFlags(mailbox: mailbox, uidValidity: uidValidity, uids: [], add: add, remove: remove),
                        email: EmailID(email.int64(0)), isWaiting: true)
                    try connection.execute(
                        """
                        INSERT INTO pending_keywords (account_id, email_id, operation_id, added, removed) VALUES ($1, $2, $3, $4, $5)
                        """, [account.sql, email.values[0], single.sql, email.values[1], email.values[2]])
                }
            case .append, .createMailbox, .renameMailbox, .deleteMailbox, .subscribe: break
            }
        }
    }

    /// Operations on a mailbox that is gone.
    func removeOperations(on mailbox: MailboxID) throws {
        let rows = try connection.rows(
            "SELECT id FROM operations WHERE account_id = $1 AND mailbox_id = $2", [account.sql, mailbox.sql])
        let ids = rows.map { $0.int64(0) }
        for id in ids { try takeOperation(OperationID(id)) }
        for table in ["pending_keywords", "departures"] {
            try connection.execute(
                "DELETE FROM \(table) WHERE account_id = $1 AND operation_id {in $2}", [account.sql, .integers(ids)])
        }
        needsSettling = true
    }
}

extension SQLStore {
    public func dueOperations(at: Timestamp, limit: Int, of account: AccountID) async throws -> [ServerOperation] {
        try await glance { connection in
            try connection.rows(
                """
                SELECT id, kind, email_id, attempts, next_attempt_at, created_at FROM operations
                WHERE account_id = $1 AND is_waiting = 0 AND (next_attempt_at IS NULL OR next_attempt_at <= $2)
                ORDER BY id LIMIT $3
                """, [account.sql, at.sql, limit.sql]
            ).map { row in
                ServerOperation(
                    id: row.id(0), kind: try JSON.value(row.text(1)), emailID: row.optional(2, SQLRow.id), attempts: row.int(3),
                    nextAttemptAt: row.optional(4, SQLRow.time), createdAt: row.time(5))
            }
        }
    }

    @discardableResult
    public func postponeOperation(_ id: OperationID, until: Timestamp, of account: AccountID) async throws -> Bool {
        try await write(account) { transaction in
            try transaction.connection.row(
                "UPDATE operations SET attempts = attempts + 1, next_attempt_at = $3 WHERE account_id = $1 AND id = $2 RETURNING id",
                [account.sql, id.sql, until.sql]) != nil
        }
    }
}
