import PostroomCore

extension SQLStore {
    public func unindexedEmails(limit: Int, of account: AccountID) async throws -> [(email: EmailID, size: Int)] {
        try await read { connection in
            try connection.rows(
                """
                SELECT id, size FROM emails WHERE account_id = $1 AND body = 1 AND indexed < 2
                ORDER BY received_at DESC, id DESC LIMIT $2
                """, [account.sql, limit.sql]
            ).map { (email: $0.id(0), size: $0.int(1)) }
        }
    }

    public func sources(of emails: [EmailID], account: AccountID) async throws -> [(email: EmailID, source: [UInt8])] {
        let rows = try await read {
            try $0.rows(
                """
                SELECT e.id, b.data, b.size, b.is_compressed FROM emails e JOIN blobs b ON b.account_id = e.account_id AND b.hash = e.blob
                WHERE e.account_id = $1 AND e.id {in $2}
                """, [account.sql, .integers(emails.map(\.value))])
        }
        return try rows.map { row in
            (email: row.id(0), source: try PackedBlob.unpack(row.bytes(1), size: row.int(2), isCompressed: row.bool(3)))
        }
    }

    public func index(_ texts: [(email: EmailID, text: SearchText)], of account: AccountID) async throws {
        guard !texts.isEmpty else { return }
        try await write(account) { transaction in
            // What was removed or indexed meanwhile is passed over.
            let waiting = Set(
                try transaction.connection.rows(
                    "SELECT id FROM emails WHERE account_id = $1 AND id {in $2} AND body = 1 AND indexed < 2",
                    [account.sql, .integers(texts.map(\.email.value))]
                ).map { $0.int64(0) })
            guard !waiting.isEmpty else { return }
            try transaction.index(
                texts.filter { waiting.contains($0.email.value) }.map { .init(email: $0.email.value, level: .all, text: $0.text) })
            try transaction.connection.execute(
                "UPDATE emails SET indexed = 2 WHERE account_id = $1 AND id {in $2}", [account.sql, .integers(waiting.sorted())])
        }
    }

    public func searchCoverage(of account: AccountID) async throws -> SearchCoverage {
        try await read { connection in
            func count(_ sql: String) throws -> Int { try connection.row(sql, [account.sql])?.int(0) ?? 0 }
            let emails = try count("SELECT count(*) FROM emails e WHERE e.account_id = $1")
            let waiting = try count("SELECT count(*) FROM emails WHERE account_id = $1 AND body = 1 AND indexed < 2")
            let withoutSource = try count("SELECT count(*) FROM emails WHERE account_id = $1 AND body = 0")
            // Only a folder whose history is still coming lacks messages; elsewhere the counts differ by what is on its way.
            let missing = try count(
                """
                SELECT CAST(coalesce(sum(CASE WHEN server_count > total_emails THEN server_count - total_emails ELSE 0 END), 0) AS bigint)
                FROM mailboxes
                WHERE account_id = $1 AND is_synced = 1 AND oldest_uid > 1
                """)
            return SearchCoverage(emails: emails, indexed: emails - waiting - withoutSource, missing: missing)
        }
    }
}
