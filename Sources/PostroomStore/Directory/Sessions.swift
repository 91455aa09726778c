import PostroomCore

extension SQLStore {
    /// `userColumns` of a joined table `u`.
    private static let joinedUserColumns = "u.id, u.name, u.display_name, u.is_admin, u.is_disabled, u.profile, u.created_at"

    public func addSession(_ session: Session) async throws {
        try await write { connection in
            try connection.execute(
                "INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
                [session.tokenHash.sql, session.userID.sql, session.createdAt.sql, session.expiresAt.sql])
        }
    }

    public func session(tokenHash: [UInt8]) async throws -> (Session, User)? {
        try await glance { connection in
            let row = try connection.row(
                """
                SELECT s.user_id, s.token_hash, s.created_at, s.expires_at, \(Self.joinedUserColumns)
                FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1
                """, [tokenHash.sql])
            guard let row else { return nil }
            let session = Session(userID: row.id(0), tokenHash: row.bytes(1), createdAt: row.time(2), expiresAt: row.time(3))
            return (session, try Self.user(row, from: 4))
        }
    }

    public func extendSession(tokenHash: [UInt8], expiresAt: Timestamp) async throws {
        try await write { connection in
            try connection.execute("UPDATE sessions SET expires_at = $2 WHERE token_hash = $1", [tokenHash.sql, expiresAt.sql])
        }
    }

    public func removeSession(tokenHash: [UInt8]) async throws {
        try await write { connection in
            try connection.execute("DELETE FROM sessions WHERE token_hash = $1", [tokenHash.sql])
        }
    }

    public func removeExpiredSessions(before: Timestamp) async throws {
        try await write { connection in
            try connection.execute("DELETE FROM sessions WHERE expires_at < $1", [before.sql])
        }
    }

    // Tokens

    private static let tokenColumns = "t.id, t.user_id, t.name, t.created_at, t.expires_at, t.last_used_at"

    private static func token(_ row: SQLRow) -> AccessToken {
        AccessToken(
            id: row.id(0), userID: row.id(1), name: row.text(2), createdAt: row.time(3), expiresAt: row.optional(4, SQLRow.time),
            lastUsedAt: row.optional(5, SQLRow.time))
    }

    public func addToken(userID: UserID, name: String, tokenHash: [UInt8], expiresAt: Timestamp?) async throws -> AccessToken {
        let now = clock.now()
        return try await write { connection in
            let row = try connection.row(
                """
                INSERT INTO tokens (token_hash, user_id, name, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id
                """, [tokenHash.sql, userID.sql, name.sql, now.sql, expiresAt.sql])
            guard let row else { throw StoreError.failed("a token was not added") }
            return AccessToken(id: row.id(0), userID: userID, name: name, createdAt: now, expiresAt: expiresAt)
        }
    }

    public func token(tokenHash: [UInt8]) async throws -> (AccessToken, User)? {
        try await glance { connection in
            let row = try connection.row(
                """
                SELECT \(Self.tokenColumns), \(Self.joinedUserColumns)
                FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.token_hash = $1
                """, [tokenHash.sql])
            guard let row else { return nil }
            return (Self.token(row), try Self.user(row, from: 6))
        }
    }

    public func tokens(of userID: UserID) async throws -> [AccessToken] {
        try await read {
            try $0.rows("SELECT \(Self.tokenColumns) FROM tokens t WHERE t.user_id = $1 ORDER BY t.id", [userID.sql]).map(Self.token)
        }
    }

    public func noteTokenUse(_ id: ID<AccessToken>, at: Timestamp) async throws {
        try await database.write(isDurable: false) { connection in
            _ = try connection.execute("UPDATE tokens SET last_used_at = $2 WHERE id = $1", [id.sql, at.sql])
        }
    }

    public func removeToken(_ id: ID<AccessToken>, of userID: UserID) async throws -> Bool {
        try await write { try $0.execute("DELETE FROM tokens WHERE id = $1 AND user_id = $2", [id.sql, userID.sql]) == 1 }
    }
}
