import GRDB
import GRDBSQLite
import PostroomCore

/// SQLite inside one transaction.
///
/// Statements are prepared and kept by GRDB; binding and stepping call SQLite directly, which is half the cost of going
/// through argument dictionaries and rows, and binding is where a first synchronisation spends its time.
final class SQLiteConnection: SQLConnection {
    let dialect = SQLDialect.sqlite
    private let database: Database
    private let texts: SQLTextCache

    init(_ database: Database, texts: SQLTextCache) {
        self.database = database
        self.texts = texts
    }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Bool) throws {
        let (statement, order) = try prepare(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        try bind(arguments, to: statement, in: order)
        let count = sqlite3_column_count(statement)
        while try step(statement) {
            guard try body(Self.row(of: statement, columns: count)) else { return }
        }
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        let (statement, order) = try prepare(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        try bind(arguments, to: statement, in: order)
        while try step(statement) {}
        return Int(sqlite3_changes(database.sqliteConnection))
    }

    func executeEach(_ sql: String, _ rows: [[SQLValue]]) throws {
        guard !rows.isEmpty else { return }
        let (statement, order) = try prepare(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for arguments in rows {
            try bind(arguments, to: statement, in: order)
            while try step(statement) {}
            sqlite3_reset(statement)
        }
    }

    func script(_ sql: String) throws { try database.execute(sql: sql) }

    private func prepare(_ sql: String) throws -> (SQLiteStatement, [Int]) {
        let text = texts[sql]
        return (try database.cachedStatement(sql: text.text).sqliteStatement, text.order)
    }

    private func step(_ statement: SQLiteStatement) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        default: throw StoreError(connection: database.sqliteConnection)
        }
    }

    private func bind(_ arguments: [SQLValue], to statement: SQLiteStatement, in order: [Int]) throws {
        guard order.count == arguments.count else {
            throw StoreError.failed("a statement takes \(order.count) arguments, not \(arguments.count)")
        }
        for (index, number) in order.enumerated() {
            let position = CInt(index + 1)
            let code: CInt
            switch arguments[number - 1] {
            case .null: code = sqlite3_bind_null(statement, position)
            case .integer(let value): code = sqlite3_bind_int64(statement, position, value)
            case .text(let value): code = Self.bind(value, to: statement, at: position)
            case .integers(let values):
                code = Self.bind("[" + values.map(String.init).joined(separator: ",") + "]", to: statement, at: position)
            case .texts(let values): code = Self.bind(Self.json(values), to: statement, at: position)
            case .ids(let set): code = SQLiteIDSet.bind(set, to: statement, at: position)
            case .blob(let bytes):
                code =
                    bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, position, 0)
                    : bytes.withUnsafeBytes {
                        sqlite3_bind_blob(statement, position, $0.baseAddress, CInt($0.count), Self.copied)
                    }
            }
            guard code == SQLITE_OK else { throw StoreError(connection: database.sqliteConnection) }
        }
    }

    /// SQLITE_TRANSIENT, which its header defines by a cast that Swift does not import.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private static func bind(_ value: String, to statement: SQLiteStatement, at position: CInt) -> CInt {
        var value = value
        return value.withUTF8 { bytes in
            guard let base = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_text(statement, position, "", 0, copied) }
            return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_bind_text(statement, position, $0, CInt(bytes.count), copied)
            }
        }
    }

    /// A JSON array of strings, for `json_each`.
    private static func json(_ values: [String]) -> String {
        var text = "["
        for value in values {
            if text.utf8.count > 1 { text += "," }
            text += "\""
            for scalar in value.unicodeScalars {
                switch scalar {
                case "\"": text += "\\\""
                case "\\": text += "\\\\"
                case _ where scalar.value < 0x20:
                    let hex = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
                default: text.unicodeScalars.append(scalar)
                }
            }
            text += "\""
        }
        return text + "]"
    }

    private static func row(of statement: SQLiteStatement, columns: CInt) -> SQLRow {
        var values: [SQLValue] = []
        values.reserveCapacity(Int(columns))
        for column in 0..<columns {
            switch sqlite3_column_type(statement, column) {
            case SQLITE_INTEGER: values.append(.integer(sqlite3_column_int64(statement, column)))
            case SQLITE_FLOAT: values.append(.integer(Int64(sqlite3_column_double(statement, column))))
            case SQLITE_TEXT:
                let count = Int(sqlite3_column_bytes(statement, column))
                let bytes = UnsafeRawBufferPointer(start: sqlite3_column_text(statement, column), count: count)
                values.append(.text(String(decoding: bytes, as: UTF8.self)))
            case SQLITE_BLOB:
                let count = Int(sqlite3_column_bytes(statement, column))
                values.append(.blob(Array(UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, column), count: count))))
            default: values.append(.null)
            }
        }
        return SQLRow(values: values)
    }
}
