import PostroomCore

extension SQLStore {
    static let userColumns = "id, name, display_name, is_admin, is_disabled, profile, created_at"

    private static let profiles = JSONCache<Profile>()

    static func user(_ row: SQLRow, from start: Int = 0) throws -> User {
        User(
            id: row.id(start), name: row.text(start + 1), displayName: row.text(start + 2), isAdmin: row.bool(start + 3),
            isDisabled: row.bool(start + 4), profile: try profiles.value(row.text(start + 5)), createdAt: row.time(start + 6))
    }

    public func users() async throws -> [User] {
        try await read { try $0.rows("SELECT \(Self.userColumns) FROM users ORDER BY name_key").map { try Self.user($0) } }
    }

    public func user(_ id: UserID) async throws -> User? {
        try await glance { try $0.row("SELECT \(Self.userColumns) FROM users WHERE id = $1", [id.sql]).map { try Self.user($0) } }
    }

    public func user(named name: String) async throws -> User? {
        try await read {
            try $0.row("SELECT \(Self.userColumns) FROM users WHERE name_key = $1", [name.lowercased().sql]).map { try Self.user($0) }
        }
    }

    public func addUser(name: String, displayName: String, isAdmin: Bool, passwordHash: String?) async throws -> User {
        let now = clock.now()
        return try await write { connection in
            do {
                let row = try connection.row(
                    """
                    INSERT INTO users (name, name_key, display_name, is_admin, password_hash, profile, created_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING \(Self.userColumns)
                    """,
                    [
                        name.sql, name.lowercased().sql, displayName.sql, isAdmin.sql, passwordHash.sql, try JSON.text(Profile()).sql,
                        now.sql,
                    ])
                guard let row else { throw StoreError.failed("a user was not added") }
                return try Self.user(row)
            } catch StoreError.duplicate {
                throw StoreError.duplicate(what: "user \(name)")
            }
        }
    }

    public func updateUser(_ user: User) async throws {
        try await write { connection in
            let count = try connection.execute(
                """
                UPDATE users SET name = $2, name_key = $3, display_name = $4, is_admin = $5, is_disabled = $6, profile = $7 WHERE id = $1
                """,
                [
                    user.id.sql, user.name.sql, user.name.lowercased().sql, user.displayName.sql, user.isAdmin.sql,
                    user.isDisabled.sql, try JSON.text(user.profile).sql,
                ])
            guard count == 1 else { throw StoreError.notFound(what: "user \(user.id)") }
        }
    }

    public func removeUser(_ id: UserID) async throws {
        try await write { connection in
            for row in try connection.rows("SELECT id FROM accounts WHERE user_id = $1", [id.sql]) {
                try Self.removeAccount(row.id(0), connection)
            }
            // A private provider that others have come to use stays, for everybody.
            try connection.execute(
                """
                UPDATE providers SET owner_id = NULL
                WHERE owner_id = $1 AND id IN (SELECT provider_id FROM accounts)
                """, [id.sql])
            try connection.execute("DELETE FROM providers WHERE owner_id = $1", [id.sql])
            try connection.execute("DELETE FROM subscriptions WHERE user_id = $1", [id.sql])
            let count = try connection.execute("DELETE FROM users WHERE id = $1", [id.sql])
            guard count == 1 else { throw StoreError.notFound(what: "user \(id)") }
        }
    }

    public func passwordHash(of id: UserID) async throws -> String? {
        try await read {
            try $0.row("SELECT password_hash FROM users WHERE id = $1", [id.sql]).flatMap { $0.optional(0, SQLRow.text) }
        }
    }

    public func setPasswordHash(_ hash: String, of id: UserID, keeping: [UInt8]?) async throws {
        try await write { connection in
            let count = try connection.execute("UPDATE users SET password_hash = $2 WHERE id = $1", [id.sql, hash.sql])
            guard count == 1 else { throw StoreError.notFound(what: "user \(id)") }
            try connection.execute(
                "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2", [id.sql, (keeping ?? []).sql])
        }
    }
}
