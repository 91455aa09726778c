import GRDB
import GRDBSQLite
import PostroomCore

/// `in_ids(id, set)`: membership in a set that is too large to be written into a statement.
///
/// The set goes to the function as a pointer (SQLite documentation, "Pointer Passing Interfaces"), so that neither a statement nor a
/// table holds it; only a parameter bound here can be one.
enum SQLiteIDSet {
    private final class Box {
        let set: IDSet
        init(_ set: IDSet) { self.set = set }
    }

    /// What names the pointer's type. SQLite keeps the address, so that it must live for ever.
    private static let name: StaticString = "postroom ids"
    private static var type: UnsafePointer<CChar> { UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self) }

    static func register(in database: Database) throws {
        let code = sqlite3_create_function_v2(
            database.sqliteConnection, "in_ids", 2, SQLITE_UTF8, nil,
            { context, count, values in
                guard count == 2, let values, let pointer = sqlite3_value_pointer(values[1], SQLiteIDSet.type) else {
                    sqlite3_result_int(context, 0)
                    return
                }
                let box = Unmanaged<Box>.fromOpaque(pointer).takeUnretainedValue()
                sqlite3_result_int(context, box.set.contains(sqlite3_value_int64(values[0])) ? 1 : 0)
            }, nil, nil, nil)
        guard code == SQLITE_OK else { throw StoreError(connection: database.sqliteConnection) }
    }

    static func bind(_ set: IDSet, to statement: SQLiteStatement, at position: CInt) -> CInt {
        sqlite3_bind_pointer(statement, position, Unmanaged.passRetained(Box(set)).toOpaque(), type) { pointer in
            if let pointer { Unmanaged<Box>.fromOpaque(pointer).release() }
        }
    }
}
