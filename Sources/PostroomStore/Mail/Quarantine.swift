import PostroomCore

extension SQLStore {
    public func quarantined(limit: Int, of account: AccountID) async throws -> [QuarantinedEmail] {
        try await read { connection in
            var found = try connection.rows(
                """
                SELECT \(EmailRow.columns), e.quarantined_at FROM emails e WHERE e.account_id = $1 AND e.body = 2
                ORDER BY e.id DESC LIMIT $2
                """, [account.sql, limit.sql]
            ).map { row in
                QuarantinedEmail(email: EmailRow.record(row), reason: row.text(15), since: row.optional(16, SQLRow.time), copies: [])
            }
            let places = Dictionary(found.enumerated().map { ($1.email.id, $0) }, uniquingKeysWith: { first, _ in first })
            try connection.forEach(
                """
                SELECT p.email_id, m.id, m.path, m.name, m.role, p.uid FROM placements p
                JOIN mailboxes m ON m.account_id = p.account_id AND m.id = p.mailbox_id
                WHERE p.account_id = $1 AND p.email_id {in $2} ORDER BY p.email_id, m.path
                """, [account.sql, .integers(found.map(\.email.id.value))]
            ) { row in
                guard let index = places[row.id(0)] else { return true }
                found[index].email.mailboxIDs.append(row.id(1))
                found[index].copies.append(
                    QuarantinedEmail.Copy(
                        path: row.text(2), name: row.text(3), role: row.optional(4, SQLRow.text).flatMap(MailboxRole.init(rawValue:)),
                        uid: row.isNull(5) ? 0 : row.uint32(5)))
                return true
            }
            return found
        }
    }

    public func quarantinedCount(of account: AccountID) async throws -> Int {
        try await read {
            try $0.row("SELECT count(*) FROM emails WHERE account_id = $1 AND body = 2", [account.sql])?.int(0) ?? 0
        }
    }

    public func releaseQuarantined(_ emails: [EmailID]?, of account: AccountID) async throws -> Int {
        try await write(account) { transaction in
            let chosen = emails == nil ? "" : "AND id {in $2}"
            let released = try transaction.connection.rows(
                """
                UPDATE emails SET body = 0, reason = '', quarantined_at = NULL
                WHERE account_id = $1 AND body = 2 \(chosen) RETURNING id
                """, [account.sql] + (emails.map { [.integers($0.map(\.value))] } ?? [])
            ).map { $0.int64(0) }
            transaction.note(.updated, .email, released)
            return released.count
        }
    }
}
