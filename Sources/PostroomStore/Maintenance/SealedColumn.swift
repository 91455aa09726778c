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
        SealedColumn(table: "grants", column: "tokens", key: "account_id", context: "grant"),
        SealedColumn(table: "sign_ins", column: "secret", key: "id", context: "sign-in"),
        SealedColumn(table: "sign_ins", column: "code", key: "id", context: "sign-in"),
    ]

    /// Those that hold something: an erased one is empty.
    fileprivate var selection: String {
        "SELECT \(key), \(column) FROM \(table) WHERE \(column) IS NOT NULL AND length(\(column)) > 0"
    }

    fileprivate func owner(of row: SQLRow) -> String {
        if case .text(let name) = row.values[0] { "\(context):\(name)" } else { "\(context):\(row.int64(0))" }
    }

    static func values(_ connection: any SQLConnection) throws -> [(bytes: [UInt8], context: String)] {
        try all.flatMap { column in
            try connection.rows("\(column.selection) ORDER BY \(column.key)").map { ($0.bytes(1), column.owner(of: $0)) }
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
                let rows = try connection.rows(column.selection + lock)
                for row in rows {
                    try connection.execute(
                        "UPDATE \(column.table) SET \(column.column) = $2 WHERE \(column.key) = $1",
                        [row.values[0], try reseal(row.bytes(1), column.owner(of: row)).sql])
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
