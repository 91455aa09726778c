import PostroomCore

extension AccountTransaction {
    /// Destroys those of the emails that have no copy left. Returns them.
    ///
    /// `remembers`: the server let go of them; an email that comes back soon (moved by another program, which shows as
    /// gone here before it shows as new there) keeps its id. Counts are the caller's.
    @discardableResult
    func destroyOrphans(among emails: [Int64], remembers: Bool) throws -> Set<Int64> {
        guard !emails.isEmpty else { return [] }
        let orphans = try connection.rows(
            """
            SELECT e.id FROM emails e WHERE e.account_id = $1 AND e.id {in $2} AND NOT EXISTS (
                SELECT 1 FROM placements p WHERE p.account_id = e.account_id AND p.email_id = e.id)
            """, [account.sql, .integers(emails)]
        ).map { $0.int64(0) }
        try destroy(orphans, remembers: remembers)
        return Set(orphans)
    }

    /// Destroys emails whose copies are gone, with all that is only theirs.
    func destroy(_ emails: [Int64], remembers: Bool) throws {
        guard !emails.isEmpty else { return }
        if remembers {
            try connection.execute(
                "DELETE FROM removed_emails WHERE account_id = $1 AND email_id {in $2}", [account.sql, .integers(emails)])
            try connection.execute(
                """
                INSERT INTO removed_emails (
                    account_id, email_id, message_hash, message_id, size, received_at, server_id, indexed, removed_at,
                    thread_id)
                SELECT account_id, id, message_hash, message_id, size, received_at, server_id, indexed, $3, thread_id
                FROM emails WHERE account_id = $1 AND id {in $2}
                """, [account.sql, .integers(emails), now.sql])
            // What is only hidden may come back after any time.
            let forgotten = try connection.rows(
                """
                DELETE FROM removed_emails WHERE account_id = $1 AND removed_at < $2 AND NOT EXISTS (
                    SELECT 1 FROM hidden_copies h WHERE h.account_id = $1 AND h.email_id = removed_emails.email_id)
                RETURNING email_id
                """, [account.sql, now.adding(seconds: -Self.removedEmailsAge).sql])
            try forgetFormerIDs(of: forgotten.map { $0.int64(0) })
        } else {
            try forgetFormerIDs(of: emails)
        }
        let gone = try connection.rows(
            "DELETE FROM emails WHERE account_id = $1 AND id {in $2} RETURNING id, thread_id, blob", [account.sql, .integers(emails)])
        try release(gone.compactMap { row in row.optional(2, SQLRow.bytes).map { BlobID(sha256: $0) } })
        note(.destroyed, .email, gone.map { $0.int64(0) })
        try settle(threads: Set(gone.map { $0.int64(1) }))
    }

    /// How long an email that left the server is remembered, in seconds.
    static let removedEmailsAge: Int64 = 7 * 86_400

    /// Threads whose emails have changed: those without any are destroyed.
    func settle(threads: Set<Int64>) throws {
        guard !threads.isEmpty else { return }
        let remaining = Set(
            try connection.rows(
                "SELECT DISTINCT thread_id FROM emails WHERE account_id = $1 AND thread_id {in $2}",
                [account.sql, .integers(threads.sorted())]
            ).map { $0.int64(0) })
        let empty = threads.subtracting(remaining).sorted()
        try connection.execute("DELETE FROM thread_refs WHERE account_id = $1 AND thread_id {in $2}", [account.sql, .integers(empty)])
        note(.updated, .thread, remaining)
        note(.destroyed, .thread, empty)
    }
}
