/// Which of the two databases a statement is for. Statements are written once in the common subset; the few that differ
/// stand side by side in a `switch` over this.
enum SQLDialect: Sendable {
    case sqlite, postgres
}

/// One connection inside a transaction. Not `Sendable`: it lives for the time of one closure.
///
/// Statements carry their parameters as `$1`, `$2`, ... whatever the order of appearance. `{in $n}` stands for membership in
/// the set of integers that parameter n holds, `{in text $n}` for a set of texts.
protocol SQLConnection: AnyObject {
    var dialect: SQLDialect { get }
    /// Each row until `body` returns false.
    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Bool) throws
    /// Returns the number of rows written.
    @discardableResult func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int
    /// One prepared statement over many argument lists.
    func executeEach(_ sql: String, _ rows: [[SQLValue]]) throws
    /// New rows, of which a database takes many together where it can.
    func insert(_ rows: [[SQLValue]], _ insert: SQLInsert) throws
    /// Statements without parameters, separated by semicolons.
    func script(_ sql: String) throws
}

extension SQLConnection {
    func insert(_ rows: [[SQLValue]], _ insert: SQLInsert) throws { try executeEach(insert.statement, rows) }

    func rows(_ sql: String, _ arguments: [SQLValue] = []) throws -> [SQLRow] {
        var rows: [SQLRow] = []
        try forEach(sql, arguments) { row in
            rows.append(row)
            return true
        }
        return rows
    }

    func row(_ sql: String, _ arguments: [SQLValue] = []) throws -> SQLRow? {
        var found: SQLRow?
        try forEach(sql, arguments) { row in
            found = row
            return false
        }
        return found
    }

    func exists(_ sql: String, _ arguments: [SQLValue] = []) throws -> Bool { try row(sql, arguments) != nil }
}

/// A database behind the store: transactions to read and to write in. Failures are `StoreError`.
protocol SQLDatabase: Sendable {
    var dialect: SQLDialect { get }
    /// One snapshot; never waits for a writer.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value
    /// The same for what is a few rows by their keys: done at once where the caller is, with no change of threads.
    func glance<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value
    /// A long read that nobody waits for: where the database works in this process, on its background's threads.
    func readInBackground<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value
    /// All or nothing. `isDurable`: on disk when it returns, power cut or not; else only safe from the death of the process.
    func write<Value: Sendable>(isDurable: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value
    /// Gives space that removed rows left behind back to the system. Writers wait meanwhile, readers don't.
    func vacuum() async throws
    /// Octets that the database takes on its disk.
    func size() async throws -> Int64
    /// What is to be done before the process ends, whether connections are closed or not.
    func settle() throws
    func close() throws
}
