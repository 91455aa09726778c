import PostroomCore

/// Copies every row of one database into another of the same schema, inside the transactions that both connections are in.
struct CopyTables {
    let source: any SQLConnection
    let target: any SQLConnection

    /// `progress`: rows copied so far, of how many. Returns the number of rows by table, counted in the target and equal to the source's.
    func run(_ tables: [SchemaTable], progress: (Int, Int) -> Void) throws -> [String: Int] {
        var expected: [String: Int] = [:]
        for table in tables { expected[table.name] = try Self.count(table.name, source) }
        let total = expected.values.reduce(0, +)
        var done = 0
        for table in tables {
            try copy(table) { count in
                done += count
                progress(done, total)
            }
            // Else the planner takes the table for empty, and sorts all of it for each batch that is indexed after this.
            if target.dialect == .postgres { try target.script("ANALYZE \(table.name)") }
            if table.hasCounter { try Self.setCounter(of: table.name, to: try Self.counter(of: table.name, source), target) }
            let arrived = try Self.count(table.name, target)
            guard arrived == expected[table.name] else {
                throw StoreError.failed("\(table.name): \(expected[table.name] ?? 0) rows were read and \(arrived) arrived")
            }
        }
        return expected
    }

    static func count(_ table: String, _ connection: any SQLConnection) throws -> Int {
        try connection.row("SELECT count(*) FROM \(table)")?.int(0) ?? 0
    }

    /// In pages by the primary key, so that memory stays small however large the table is.
    private func copy(_ table: SchemaTable, copied: (Int) -> Void) throws {
        let columns = table.columns.joined(separator: ", ")
        let key = table.key.joined(separator: ", ")
        let size = table.name == "blobs" ? 16 : 1000
        let marks = { (count: Int) in (1...count).map { "$\($0)" }.joined(separator: ", ") }
        let insert = SQLInsert(into: table.name, table.columns)
        let first = "SELECT \(columns) FROM \(table.name) ORDER BY \(key) LIMIT \(size)"
        let further = "SELECT \(columns) FROM \(table.name) WHERE (\(key)) > (\(marks(table.key.count))) ORDER BY \(key) LIMIT \(size)"
        let positions = table.key.compactMap { table.columns.firstIndex(of: $0) }
        var last: [SQLValue]?
        while true {
            let rows = try last.map { try source.rows(further, $0) } ?? source.rows(first)
            guard let end = rows.last else { return }
            try target.insert(rows.map(\.values), insert)
            copied(rows.count)
            guard rows.count == size else { return }
            last = positions.map { end.values[$0] }
        }
    }

    // MARK: Counters of ids

    private static func counter(of table: String, _ connection: any SQLConnection) throws -> Int64 {
        let sql =
            switch connection.dialect {
            case .sqlite: "SELECT seq FROM sqlite_sequence WHERE name = '\(table)'"
            case .postgres: "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('\(table)', 'id')::regclass), 0)"
            }
        return try connection.row(sql)?.int64(0) ?? 0
    }

    private static func setCounter(of table: String, to value: Int64, _ connection: any SQLConnection) throws {
        guard value > 0 else { return }
        switch connection.dialect {
        case .sqlite:
            let count = try connection.execute("UPDATE sqlite_sequence SET seq = $2 WHERE name = $1", [table.sql, value.sql])
            if count == 0 { try connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", [table.sql, value.sql]) }
        case .postgres:
            _ = try connection.row("SELECT setval(pg_get_serial_sequence('\(table)', 'id'), $1::bigint)", [value.sql])
        }
    }
}
