import CPQ
import Foundation
import PostroomCore

/// One connection to PostgreSQL. Calls block: it is used on the queue of its `PostgresLink` alone.
///
/// Statements are prepared once a connection; results come in binary, so that bytes need no decoding.
final class PostgresConnection: SQLConnection {
    let dialect = SQLDialect.postgres
    let handle: OpaquePointer
    private let texts: SQLTextCache
    private var prepared: [String: String] = [:]
    /// Types of columns by their insert, for COPY.
    var columnTypes: [String: [Oid]] = [:]

    /// Throws `StoreError.failed` with the server's words.
    init(url: String, texts: SQLTextCache) throws {
        handle = try Self.connect(url)
        // NOTICEs ("relation exists, skipping") would go to standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        self.texts = texts
    }

    /// A connection that notices within seconds when the other side is gone. Throws `StoreError.unavailable` with the server's words.
    static func connect(_ url: String) throws -> OpaquePointer {
        if let missing = cpq_load() { throw StoreError.unavailable("libpq can't be used: \(String(cString: missing))") }
        // What the URL says comes last and holds.
        let options = [
            ("application_name", "postroom"), ("connect_timeout", "5"), ("keepalives_idle", "5"), ("keepalives_interval", "2"),
            ("keepalives_count", "3"), ("tcp_user_timeout", "15000"), ("dbname", url),
        ]
        let texts = options.flatMap { [strdup($0.0), strdup($0.1)] }
        defer { for text in texts { free(text) } }
        var keys: [UnsafePointer<CChar>?] = stride(from: 0, to: texts.count, by: 2).map { UnsafePointer(texts[$0]) } + [nil]
        var values: [UnsafePointer<CChar>?] = stride(from: 1, to: texts.count, by: 2).map { UnsafePointer(texts[$0]) } + [nil]
        guard let handle = PQconnectdbParams(&keys, &values, 1) else { throw StoreError.failed("PostgreSQL: out of memory") }
        guard PQstatus(handle) == CONNECTION_OK else {
            defer { PQfinish(handle) }
            throw StoreError.unavailable("PostgreSQL: \(String(cString: PQerrorMessage(handle)))")
        }
        return handle
    }

    deinit { PQfinish(handle) }

    var isUsable: Bool { PQstatus(handle) == CONNECTION_OK }

    /// Whether a statement has failed since the transaction began, or one is still open.
    var isIdle: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }

    func script(_ sql: String) throws {
        let result = PQexec(handle, sql)
        defer { PQclear(result) }
        try check(result)
    }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Bool) throws {
        let result = try run(sql, arguments)
        defer { PQclear(result) }
        let columns = (0..<PQnfields(result)).map { PQftype(result, $0) }
        for row in 0..<PQntuples(result) {
            let values = try columns.enumerated().map { column, type in
                try Self.value(result, row, CInt(column), type)
            }
            guard try body(SQLRow(values: values)) else { return }
        }
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        let result = try run(sql, arguments)
        defer { PQclear(result) }
        return Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    /// Sent as a pipeline (libpq documentation §34.5), a round trip for every hundred rows.
    func executeEach(_ sql: String, _ rows: [[SQLValue]]) throws {
        guard !rows.isEmpty else { return }
        let name = try prepare(sql)
        for start in stride(from: 0, to: rows.count, by: 100) {
            guard PQenterPipelineMode(handle) == 1 else { throw failure() }
            let chunk = rows[start..<min(rows.count, start + 100)]
            var failed: StoreError?
            for arguments in chunk {
                let sent = PostgresParameters(arguments).with { values, lengths, formats in
                    PQsendQueryPrepared(handle, name, CInt(arguments.count), values, lengths, formats, 1)
                }
                if sent != 1 { failed = failed ?? failure() }
            }
            guard PQpipelineSync(handle) == 1 else { throw failure() }
            // A result and a nil for each statement, then the sync's own.
            while let status = try nextStatus(&failed) {
                if status == PGRES_PIPELINE_SYNC { break }
            }
            guard PQexitPipelineMode(handle) == 1 else { throw failure() }
            if let failed { throw failed }
        }
    }

    private func nextStatus(_ failed: inout StoreError?) throws -> ExecStatusType? {
        guard let result = PQgetResult(handle) ?? PQgetResult(handle) else {
            if !isUsable { throw failure() }
            return nil
        }
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        if status == PGRES_FATAL_ERROR { failed = failed ?? StoreError(result: result) }
        return status
    }

    private func prepare(_ sql: String) throws -> String {
        if let name = prepared[sql] { return name }
        let name = "s\(prepared.count)"
        let result = PQprepare(handle, name, texts[sql].text, 0, nil)
        defer { PQclear(result) }
        try check(result)
        prepared[sql] = name
        return name
    }

    func run(_ sql: String, _ arguments: [SQLValue]) throws -> OpaquePointer? {
        let name = try prepare(sql)
        let result = PostgresParameters(arguments).with { values, lengths, formats in
            PQexecPrepared(handle, name, CInt(arguments.count), values, lengths, formats, 1)
        }
        do {
            try check(result)
        } catch {
            PQclear(result)
            throw error
        }
        return result
    }

    private func check(_ result: OpaquePointer?) throws {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        default: throw result == nil || !isUsable ? failure() : StoreError(result: result)
        }
    }

    func failure() -> StoreError {
        let words = "PostgreSQL: \(String(cString: PQerrorMessage(handle)))"
        return isUsable ? .failed(words) : .unavailable(words)
    }

    private static func value(_ result: OpaquePointer?, _ row: CInt, _ column: CInt, _ type: Oid) throws -> SQLValue {
        guard PQgetisnull(result, row, column) == 0 else { return .null }
        let bytes = UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        switch type {
        case 20, 21, 23, 26:  // int8, int2, int4, oid: big-endian
            var number: Int64 = (bytes.first ?? 0) & 0x80 != 0 ? -1 : 0
            for byte in bytes { number = number << 8 | Int64(byte) }
            return .integer(number)
        case 16: return .integer(bytes.first == 1 ? 1 : 0)  // bool
        case 25, 1043, 19, 705: return .text(String(decoding: bytes, as: UTF8.self))  // text, varchar, name, unknown
        case 17: return .blob(Array(bytes))  // bytea
        default: throw StoreError.failed("PostgreSQL: a column has the type \(type), which the store does not use")
        }
    }
}

/// Arguments in the form that libpq takes: numbers and text as text, bytes in binary.
struct PostgresParameters {
    private var buffer: [UInt8] = []
    private var offsets: [Int?] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []

    init(_ arguments: [SQLValue]) {
        for argument in arguments {
            switch argument {
            case .null: add(nil, isBinary: false)
            case .integer(let value): add(Array(String(value).utf8), isBinary: false)
            case .text(let value): add(Array(value.utf8), isBinary: false)
            case .blob(let bytes): add(bytes, isBinary: true)
            case .ids(let set): add(Array("{\(set.ids.map(String.init).joined(separator: ","))}".utf8), isBinary: false)
            case .integers(let values): add(Array("{\(values.map(String.init).joined(separator: ","))}".utf8), isBinary: false)
            case .texts(let values):
                let quoted = values.map { value in
                    "\"" + value.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
                }
                add(Array("{\(quoted.joined(separator: ","))}".utf8), isBinary: false)
            }
        }
    }

    private mutating func add(_ bytes: [UInt8]?, isBinary: Bool) {
        offsets.append(bytes == nil ? nil : buffer.count)
        lengths.append(CInt(bytes?.count ?? 0))
        formats.append(isBinary ? 1 : 0)
        if let bytes {
            buffer += bytes
            buffer.append(0)
        }
    }

    func with<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<CInt>?, UnsafePointer<CInt>?) -> Result
    ) -> Result {
        buffer.withUnsafeBytes { bytes in
            let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = offsets.map { offset in offset.flatMap { base?.advanced(by: $0) } }
            return body(values, lengths, formats)
        }
    }
}

extension StoreError {
    /// What a statement failed at, by its SQLSTATE.
    init(result: OpaquePointer?) {
        // PG_DIAG_SQLSTATE is the character C, which its header defines by a character constant.
        let state = PQresultErrorField(result, CInt(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        let message = String(cString: PQresultErrorMessage(result))
        switch state {
        case "23505": self = .duplicate(what: message)
        case "23503", "23001": self = .inUse(what: message)
        case "53100": self = .diskFull
        case "40001", "40P01", "55P03": self = .busy
        // The server shuts down, starts or has no connection left.
        case "57P01", "57P02", "57P03", "53300": self = .unavailable(message)
        default: self = .failed("PostgreSQL \(state): \(message)")
        }
    }
}
