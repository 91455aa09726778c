import PostroomCore

/// A column whose values the vault has sealed, and the context that they were sealed for.
struct SealedColumn: Sendable {
    var table: String
    var column: String
    var key: String
    /// The context is this, a colon and the key.
    var context: String

    /// Every one there is: whoever adds a sealed column adds it here, or a change of keys would lose its values.
    static let all = [
        SealedColumn(table: "accounts", column: "credential", key: "id", context: "account"),
        SealedColumn(table: "providers", column: "client_secret", key: "id", context: "provider"),
    ]

    static func values(_ connection: any SQLConnection) throws -> [(bytes: [UInt8], context: String)] {
        try all.flatMap { column in
            try connection.rows(
                "SELECT \(column.key), \(column.column) FROM \(column.table) WHERE \(column.column) IS NOT NULL ORDER BY \(column.key)"
            ).map { ($0.bytes(1), "\(column.context):\($0.int64(0))") }
        }
    }
}

extension SQLStore: SecretStore {
    public func resealSecrets(
        settings: [String: String?], _ reseal: @escaping @Sendable ([UInt8], String) throws -> [UInt8]
    ) async throws -> Int {
        try await write { connection in
            var count = 0
            for column in SealedColumn.all {
                // Writers of an account wait: none may put a value sealed the old way over the new one.
                let lock = connection.dialect == .postgres ? " FOR UPDATE" : ""
                let rows = try connection.rows(
                    "SELECT \(column.key), \(column.column) FROM \(column.table) WHERE \(column.column) IS NOT NULL\(lock)")
                for row in rows {
                    try connection.execute(
                        "UPDATE \(column.table) SET \(column.column) = $2 WHERE \(column.key) = $1",
                        [row.values[0], try reseal(row.bytes(1), "\(column.context):\(row.int64(0))").sql])
                }
                count += rows.count
            }
            for (name, value) in settings {
                try connection.execute("DELETE FROM settings WHERE name = $1", [name.sql])
                if let value { try connection.execute("INSERT INTO settings (name, value) VALUES ($1, $2)", [name.sql, value.sql]) }
            }
            return count
        }
    }
}
