import GRDB
import GRDBSQLite
import PostroomCore

extension StoreError {
    /// What the connection's last call failed at.
    init(connection: SQLiteConnectionPointer?) {
        self.init(code: sqlite3_extended_errcode(connection), message: String(cString: sqlite3_errmsg(connection)))
    }

    init(_ error: DatabaseError) {
        self.init(code: error.extendedResultCode.rawValue, message: error.message ?? "")
    }

    private init(code: CInt, message: String) {
        switch code {
        case 2067, 1555: self = .duplicate(what: message)  // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY
        case 787, 1811: self = .inUse(what: message)  // SQLITE_CONSTRAINT_FOREIGNKEY, _TRIGGER: how RESTRICT is carried out
        default:
            switch code & 0xFF {
            case SQLITE_FULL: self = .diskFull
            // The index of the log could not grow (SQLITE_IOERR_SHMSIZE): it is on the same disk.
            case SQLITE_IOERR where code == 4874: self = .diskFull
            case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
            default: self = .failed("SQLite \(code): \(message)")
            }
        }
    }
}

typealias SQLiteConnectionPointer = OpaquePointer
