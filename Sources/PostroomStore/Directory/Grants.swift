import PostroomCore

extension SQLStore {
    private static let grantColumns = """
        account_id, state, identity, scopes, granted_at, issued_at, expires_at, refreshed_at, refresh_at, failures, diagnosis
        """

    private static func grant(_ row: SQLRow) throws -> Grant {
        Grant(
            accountID: row.id(0), state: Grant.State(rawValue: row.text(1)) ?? .signInNeeded, identity: row.optional(2, SQLRow.text),
            scopes: try JSON.value(row.text(3)), grantedAt: row.time(4), issuedAt: row.time(5), expiresAt: row.time(6),
            refreshedAt: row.optional(7, SQLRow.time), refreshAt: row.optional(8, SQLRow.time), failures: row.int(9),
            diagnosis: row.isNull(10) ? nil : try JSON.value(row.text(10)))
    }

    private static func arguments(_ grant: Grant) throws -> [SQLValue] {
        [
            grant.accountID.sql, grant.state.rawValue.sql, grant.identity.sql, try JSON.text(grant.scopes).sql, grant.grantedAt.sql,
            grant.issuedAt.sql, grant.expiresAt.sql, grant.refreshedAt.sql, grant.refreshAt.sql, grant.failures.sql,
            try grant.diagnosis.map { try JSON.text($0) }.sql,
        ]
    }

    public func grants() async throws -> [Grant] {
        try await read { try $0.rows("SELECT \(Self.grantColumns) FROM grants ORDER BY account_id").map(Self.grant) }
    }

    public func grant(of id: AccountID) async throws -> Grant? {
        try await glance { try $0.row("SELECT \(Self.grantColumns) FROM grants WHERE account_id = $1", [id.sql]).map(Self.grant) }
    }

    public func sealedTokens(of id: AccountID) async throws -> [UInt8]? {
        try await glance { try $0.row("SELECT tokens FROM grants WHERE account_id = $1", [id.sql])?.bytes(0) }
    }

    public func setGrant(_ grant: Grant, sealedTokens: [UInt8], sealedCredential: [UInt8]) async throws {
        try await write(grant.accountID, isDurable: true) { transaction in
            let connection = transaction.connection
            try connection.execute("DELETE FROM grants WHERE account_id = $1", [grant.accountID.sql])
            try connection.execute(
                """
                INSERT INTO grants (\(Self.grantColumns), tokens) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                """, try Self.arguments(grant) + [sealedTokens.sql])
            try connection.execute(
                "UPDATE accounts SET credential = $2 WHERE id = $1", [grant.accountID.sql, sealedCredential.sql])
            transaction.noteAccountChange()
        }
    }

    public func removeGrant(_ id: AccountID) async throws {
        try await write(id, isDurable: true) { transaction in
            try transaction.connection.execute("DELETE FROM grants WHERE account_id = $1", [id.sql])
            transaction.noteAccountChange()
        }
    }

    // Renewal

    public func claimGrant(_ id: AccountID, by node: String, until: Timestamp, now: Timestamp) async throws
        -> (grant: Grant, sealedTokens: [UInt8], wasInterrupted: Bool)?
    {
        try await write { connection in
            let old = try connection.row("SELECT claimed_by FROM grants WHERE account_id = $1", [id.sql])
            // One statement decides: on PostgreSQL two nodes may have read the same row.
            let count = try connection.execute(
                """
                UPDATE grants SET claimed_by = $2, claimed_until = $3
                WHERE account_id = $1 AND (claimed_until IS NULL OR claimed_until <= $4)
                """, [id.sql, node.sql, until.sql, now.sql])
            guard count == 1,
                let row = try connection.row("SELECT \(Self.grantColumns), tokens FROM grants WHERE account_id = $1", [id.sql])
            else { return nil }
            return (try Self.grant(row), row.bytes(11), old.map { !$0.isNull(0) } ?? false)
        }
    }

    public func finishGrant(_ grant: Grant, claimedIn state: Grant.State, sealedTokens: [UInt8]?) async throws -> Bool {
        try await write(grant.accountID, isDurable: true) { transaction in
            let count = try transaction.connection.execute(
                """
                UPDATE grants SET state = $2, identity = $3, scopes = $4, granted_at = $5, issued_at = $6, expires_at = $7,
                    refreshed_at = $8, refresh_at = $9, failures = $10, diagnosis = $11, tokens = coalesce($12, tokens),
                    claimed_by = NULL, claimed_until = NULL
                WHERE account_id = $1 AND state = $13
                """, try Self.arguments(grant) + [sealedTokens.sql, state.rawValue.sql])
            if count == 1 { transaction.noteAccountChange() }
            return count == 1
        }
    }

    public func forgetDeadClaims() async throws {
        // A data folder has one living process at a time, this one; a server's database may have others.
        guard database.dialect == .sqlite else { return }
        try await write { connection in
            // claimed_by stays: it tells the next claim that the last one was interrupted.
            try connection.execute("UPDATE grants SET claimed_until = 0, refresh_at = 0 WHERE claimed_until IS NOT NULL", [])
        }
    }

    public func dueGrants(at now: Timestamp, limit: Int) async throws -> (due: [AccountID], next: Timestamp?) {
        try await read { connection in
            let due = try connection.rows(
                """
                SELECT account_id FROM grants
                WHERE refresh_at IS NOT NULL AND refresh_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)
                ORDER BY refresh_at LIMIT $2
                """, [now.sql, limit.sql])
            let next = try connection.row("SELECT min(refresh_at) FROM grants WHERE refresh_at IS NOT NULL AND refresh_at > $1", [now.sql])
            return (due.map { $0.id(0) }, next.flatMap { $0.optional(0, SQLRow.time) })
        }
    }
}
