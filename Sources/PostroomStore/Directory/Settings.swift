import PostroomCore

extension SQLStore {
    public func setting(_ name: String) async throws -> String? {
        try await glance { try $0.row("SELECT value FROM settings WHERE name = $1", [name.sql])?.text(0) }
    }

    public func setSetting(_ name: String, to value: String?) async throws {
        if name.hasPrefix(StorageQuota.setting) { room.forget(nil) }
        try await write { try Self.set(name, to: value, $0) }
    }

    public func changeSetting<Value: Sendable>(
        _ name: String, _ change: @escaping @Sendable (inout String?) throws -> Value
    ) async throws -> Value {
        try await write { connection in
            if connection.dialect == .postgres {
                // A row that is not there yet can't be locked. SQLite has one writer anyway.
                _ = try connection.row("SELECT count(pg_advisory_xact_lock(hashtext($1)))", [name.sql])
            }
            let before = try connection.row("SELECT value FROM settings WHERE name = $1", [name.sql])?.text(0)
            var after = before
            let value = try change(&after)
            if after != before { try Self.set(name, to: after, connection) }
            return value
        }
    }

    private static func set(_ name: String, to value: String?, _ connection: any SQLConnection) throws {
        if let value {
            try connection.execute(
                """
                INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, [name.sql, value.sql])
        } else {
            try connection.execute("DELETE FROM settings WHERE name = $1", [name.sql])
        }
    }

    public func addAudit(_ entry: AuditEntry) async throws {
        try await write { connection in
            try connection.execute(
                "INSERT INTO audit (at, user_id, action, subject) VALUES ($1, $2, $3, $4)",
                [entry.at.sql, entry.userID.sql, entry.action.sql, entry.subject.sql])
        }
    }

    public func audit(limit: Int) async throws -> [AuditEntry] {
        try await read {
            try $0.rows("SELECT at, user_id, action, subject FROM audit ORDER BY id DESC LIMIT $1", [limit.sql]).map { row in
                AuditEntry(at: row.time(0), userID: row.optional(1, SQLRow.id), action: row.text(2), subject: row.text(3))
            }
        }
    }
}
