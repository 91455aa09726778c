import PostroomCore

extension SQLStore {
    public func placements(in mailbox: MailboxID, uids: ClosedRange<UInt32>, of account: AccountID) async throws -> [MirroredMessage] {
        try await placements(in: mailbox, where: "BETWEEN $3 AND $4", [uids.lowerBound.sql, uids.upperBound.sql], of: account)
    }

    public func placements(in mailbox: MailboxID, among uids: [UInt32], of account: AccountID) async throws -> [MirroredMessage] {
        try await placements(in: mailbox, where: "{in $3}", [.integers(uids.map(Int64.init))], of: account)
    }

    private func placements(
        in mailbox: MailboxID, where condition: String, _ uids: [SQLValue], of account: AccountID
    ) async throws -> [MirroredMessage] {
        try await read { connection in
            var found: [MirroredMessage] = []
            // A copy that was moved or removed here is still the server's until the operation is done: it is no new message.
            try connection.forEach(
                """
                SELECT p.uid, p.email_id, p.modseq, p.keywords, e.more_keywords, 0
                FROM placements p JOIN emails e ON e.account_id = p.account_id AND e.id = p.email_id
                WHERE p.account_id = $1 AND p.mailbox_id = $2 AND p.uid \(condition)
                UNION ALL
                SELECT d.uid, d.email_id, d.modseq, 0, '', 0 FROM departures d
                WHERE d.account_id = $1 AND d.mailbox_id = $2 AND d.uid \(condition) AND NOT EXISTS (
                    SELECT 1 FROM hidden_copies h WHERE h.account_id = $1 AND h.mailbox_id = $2 AND h.uid = d.uid)
                UNION ALL
                SELECT uid, email_id, 0, 1 - is_unread, '', 1 FROM hidden_copies
                WHERE account_id = $1 AND mailbox_id = $2 AND uid \(condition)
                ORDER BY 1
                """, [account.sql, mailbox.sql] + uids
            ) { row in
                found.append(
                    MirroredMessage(
                        uid: row.uint32(0), emailID: row.id(1), modSeq: row.uint64(2),
                        keywords: KeywordBits(bits: row.int64(3), more: row.text(4)).keywords, isHidden: row.bool(5)))
                return true
            }
            return found
        }
    }

    public func setCursor(_ cursor: SyncCursor, of mailbox: MailboxID, account: AccountID) async throws {
        try await write(account) { transaction in
            _ = try transaction.mailbox(mailbox)
            try transaction.setCursor(cursor, of: mailbox)
        }
    }

    public func removePlacements(uids: [UInt32], in mailbox: MailboxID, cursor: SyncCursor?, of account: AccountID) async throws {
        try await write(account) { transaction in
            let connection = transaction.connection
            let set = SQLValue.integers(uids.map(Int64.init))
            try transaction.removeCopies(
                from: mailbox, where: "uid {in $3}", [set])
            try connection.execute(
                "DELETE FROM departures WHERE account_id = $1 AND mailbox_id = $2 AND uid {in $3}", [account.sql, mailbox.sql, set])
            try transaction.forgetHidden(uids, in: mailbox)
            if let cursor { try transaction.setCursor(cursor, of: mailbox) }
        }
    }

    public func detachPlacements(in mailbox: MailboxID, of account: AccountID) async throws {
        try await write(account) { transaction in
            let connection = transaction.connection
            try connection.execute(
                """
                UPDATE placements SET uid = NULL, uid_validity = 0, modseq = 0
                WHERE account_id = $1 AND mailbox_id = $2 AND uid IS NOT NULL
                """, [account.sql, mailbox.sql])
            try connection.execute(
                "UPDATE departures SET uid = NULL, uid_validity = 0, modseq = 0 WHERE account_id = $1 AND mailbox_id = $2",
                [account.sql, mailbox.sql])
            // What is hidden shows as such again when it is met under its new UID.
            try connection.execute(
                "DELETE FROM hidden_copies WHERE account_id = $1 AND mailbox_id = $2", [account.sql, mailbox.sql])
            try transaction.makeOperationsWait(on: mailbox)
            // The cursor belonged to the UIDs that are gone. With it unset, what comes back is not taken for new mail.
            try transaction.setCursor(SyncCursor(), of: mailbox)
        }
    }

    public func removeDetachedPlacements(in mailbox: MailboxID, of account: AccountID) async throws {
        try await write(account) { transaction in
            try transaction.removeCopies(
                from: mailbox,
                where: """
                    uid IS NULL AND (arrival_id IS NULL OR arrival_id > 0 AND NOT EXISTS (
                        SELECT 1 FROM operations o WHERE o.account_id = $1 AND o.id = placements.arrival_id))
                    """, [])
            // What waited for one of them waits in vain.
            try transaction.connection.execute(
                """
                DELETE FROM departures WHERE account_id = $1 AND mailbox_id = $2 AND uid IS NULL AND (
                    arrival_id IS NULL OR NOT EXISTS (
                        SELECT 1 FROM operations o WHERE o.account_id = $1 AND o.id = departures.arrival_id))
                """, [account.sql, mailbox.sql])
            transaction.needsSettling = true
        }
    }

    public func awaitedCopies(of account: AccountID) async throws -> [MailboxID: [OperationID]] {
        try await glance { connection in
            var found: [MailboxID: [OperationID]] = [:]
            for table in ["placements", "departures"] {
                let rows = try connection.rows(
                    """
                    SELECT mailbox_id, arrival_id FROM \(table) WHERE account_id = $1 AND arrival_id > 0 AND uid IS NULL AND NOT EXISTS (
                        SELECT 1 FROM operations o WHERE o.account_id = $1 AND o.id = \(table).arrival_id)
                    """, [account.sql])
                for row in rows { found[row.id(0), default: []].append(row.id(1)) }
            }
            return found
        }
    }

    public func removeAwaitedCopies(_ operations: [OperationID], in mailbox: MailboxID, of account: AccountID) async throws {
        let set = SQLValue.integers(operations.map(\.value))
        try await write(account) { transaction in
            try transaction.removeCopies(from: mailbox, where: "uid IS NULL AND arrival_id {in $3}", [set])
            try transaction.connection.execute(
                "DELETE FROM departures WHERE account_id = $1 AND mailbox_id = $2 AND uid IS NULL AND arrival_id {in $3}",
                [account.sql, mailbox.sql, set])
            transaction.needsSettling = true
        }
    }
}

extension AccountTransaction {
    /// Copies that are gone from the server. Emails that were nowhere else are destroyed and remembered for a while.
    func removeCopies(from mailbox: MailboxID, where condition: String, _ arguments: [SQLValue]) throws {
        let rows = try connection.rows(
            "SELECT email_id, thread_id FROM placements WHERE account_id = $1 AND mailbox_id = $2 AND \(condition)",
            [account.sql, mailbox.sql] + arguments)
        guard !rows.isEmpty else { return }
        let emails = rows.map { $0.int64(0) }
        try counting(rows.map { $0.int64(1) }) {
            try connection.execute(
                "DELETE FROM placements WHERE account_id = $1 AND mailbox_id = $2 AND email_id {in $3}",
                [account.sql, mailbox.sql, .integers(emails)])
            let gone = try destroyOrphans(among: emails, remembers: true)
            note(.updated, .email, emails.filter { !gone.contains($0) })
        }
    }
}
