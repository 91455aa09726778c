import PostroomCore

/// A parameter or a column: what both databases hold alike.
enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    /// A parameter only: the set behind `{in $n}`.
    case integers([Int64])
    /// A parameter only: the set behind `{in text $n}`.
    case texts([String])
    /// A parameter of SQLite's alone: what `in_ids(id, $n)` looks into (``SQLiteIDSet``).
    case ids(IDSet)
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }
}

/// What has a form in SQL.
protocol SQLConvertible {
    var sql: SQLValue { get }
}

extension Int: SQLConvertible { var sql: SQLValue { .integer(Int64(self)) } }
extension Int64: SQLConvertible { var sql: SQLValue { .integer(self) } }
extension UInt32: SQLConvertible { var sql: SQLValue { .integer(Int64(self)) } }
/// MODSEQ is below 2^63 (RFC 7162 §7), so nothing is lost.
extension UInt64: SQLConvertible { var sql: SQLValue { .integer(Int64(truncatingIfNeeded: self)) } }
extension Bool: SQLConvertible { var sql: SQLValue { .integer(self ? 1 : 0) } }
extension String: SQLConvertible { var sql: SQLValue { .text(self) } }
extension ID: SQLConvertible { var sql: SQLValue { .integer(value) } }
extension Timestamp: SQLConvertible { var sql: SQLValue { .integer(milliseconds) } }
extension BlobID: SQLConvertible { var sql: SQLValue { .blob(sha256) } }
extension Array: SQLConvertible where Element == UInt8 { var sql: SQLValue { .blob(self) } }
extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    var sql: SQLValue { map(\.sql) ?? .null }
}

/// One row of a result, read by position.
struct SQLRow: Sendable {
    let values: [SQLValue]

    func isNull(_ index: Int) -> Bool { values[index] == .null }

    func int64(_ index: Int) -> Int64 {
        if case .integer(let value) = values[index] { value } else { 0 }
    }

    func int(_ index: Int) -> Int { Int(int64(index)) }
    func uint32(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: int64(index)) }
    func uint64(_ index: Int) -> UInt64 { UInt64(truncatingIfNeeded: int64(index)) }
    func bool(_ index: Int) -> Bool { int64(index) != 0 }
    func id<Of>(_ index: Int) -> ID<Of> { ID(int64(index)) }
    func time(_ index: Int) -> Timestamp { Timestamp(milliseconds: int64(index)) }

    func text(_ index: Int) -> String {
        if case .text(let value) = values[index] { value } else { "" }
    }

    func bytes(_ index: Int) -> [UInt8] {
        if case .blob(let value) = values[index] { value } else { [] }
    }

    func optional<Value>(_ index: Int, _ read: (SQLRow) -> (Int) -> Value) -> Value? {
        isNull(index) ? nil : read(self)(index)
    }
}
