import PostroomCore

extension SQLStore {
    public func unindexedEmails(limit: Int, of account: AccountID) async throws -> [(email: EmailID, size: Int)] {
        // Mostly nothing waits.
        let isWaiting = try await glance {
            try $0.exists("SELECT 1 FROM emails WHERE account_id = $1 AND body = 1 AND indexed < 2 LIMIT 1", [account.sql])
        }
        guard isWaiting else { return [] }
        return try await read { connection in
            try connection.rows(
                """
                SELECT id, size FROM emails WHERE account_id = $1 AND body = 1 AND indexed < 2
                ORDER BY received_at DESC, id DESC LIMIT $2
                """, [account.sql, limit.sql]
            ).map { (email: $0.id(0), size: $0.int(1)) }
        }
    }

    public func sources(of emails: [EmailID], account: AccountID) async throws -> [(email: EmailID, source: [UInt8])] {
        try await database.readInBackground { try Self.sources(of: emails, account: account, $0) }
    }

    static func sources(
        of emails: [EmailID], account: AccountID, _ connection: any SQLConnection
    ) throws -> [(email: EmailID, source: [UInt8])] {
        try connection.rows(
            """
            SELECT e.id, b.data, b.size, b.is_compressed FROM emails e JOIN blobs b ON b.account_id = e.account_id AND b.hash = e.blob
            WHERE e.account_id = $1 AND e.id {in $2}
            """, [account.sql, .integers(emails.map(\.value))]
        ).map { row in
            (email: row.id(0), source: try PackedBlob.unpack(row.bytes(1), size: row.int(2), isCompressed: row.bool(3)))
        }
    }

    /// The blocks of one segment.
    private struct Part: IndexPart {
        var emails: [EmailID]
        var previews: [String]
        var blocks: [SearchBlock]
    }

    public func indexPart(of batch: IndexBatch) -> any IndexPart {
        Part(emails: batch.emails, previews: batch.previews.map(EmailRow.Prepared.clean), blocks: SearchSegmentBuilder.blocks(of: batch))
    }

    public func index(_ part: any IndexPart, of account: AccountID) async throws {
        guard !part.emails.isEmpty else { return }
        guard let part = part as? Part else { throw StoreError.failed("a part of the index comes from another store") }
        try await writeInTurn(account) { transaction in
            // Words of what was removed meanwhile find nothing; it may come back.
            try transaction.addSegment(part.blocks)
            let ids = SQLValue.integers(part.emails.map(\.value))
            if part.previews.count == part.emails.count {
                try transaction.connection.executeEach(
                    "UPDATE emails SET indexed = 2, preview = $3 WHERE account_id = $1 AND id = $2 AND body = 1",
                    zip(part.emails, part.previews).map { [account.sql, $0.sql, $1.sql] })
            } else {
                try transaction.connection.execute(
                    "UPDATE emails SET indexed = 2 WHERE account_id = $1 AND id {in $2} AND body = 1", [account.sql, ids])
            }
            try transaction.connection.execute(
                "UPDATE removed_emails SET indexed = 2 WHERE account_id = $1 AND email_id {in $2}", [account.sql, ids])
        }
    }

    public func indexHeaders(limit: Int, of account: AccountID) async throws -> Int {
        // Most of the time there are none, which needs no write.
        let sql = "SELECT \(EmailRow.columns) FROM emails e WHERE e.account_id = $1 AND e.body <> 1 AND e.indexed = 0 LIMIT $2"
        guard try await glance({ try $0.exists(sql, [account.sql, 1.sql]) }) else { return 0 }
        return try await writeInTurn(account) { transaction in
            let rows = try transaction.connection.rows(sql, [account.sql, limit.sql])
            let normalizer = SearchNormalizer()
            try transaction.index(rows.map { ($0.id(0), normalizer.text(of: EmailRow.record($0).content, body: "")) })
            try transaction.connection.execute(
                "UPDATE emails SET indexed = 1 WHERE account_id = $1 AND id {in $2}",
                [account.sql, .integers(rows.map { $0.int64(0) })])
            return rows.count
        }
    }

    public func searchCoverage(of account: AccountID) async throws -> SearchCoverage {
        try await read { connection in
            func count(_ sql: String) throws -> Int { try connection.row(sql, [account.sql])?.int(0) ?? 0 }
            let emails = try count("SELECT email_count FROM account_states WHERE account_id = $1")
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
