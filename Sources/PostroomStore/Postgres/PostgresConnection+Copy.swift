import CPQ
import PostroomCore

/// Many rows by one COPY in its binary format (PostgreSQL documentation, "COPY"): no statement, plan and answer for each of them.
extension PostgresConnection {
    /// Of fewer a pipeline of INSERT costs less: COPY takes two round trips, and is planned anew each time.
    private static let fewestCopied = 12
    private static let chunk = 1 << 18

    func insert(_ rows: [[SQLValue]], _ insert: SQLInsert) throws {
        guard rows.count >= Self.fewestCopied, let types = try types(of: insert), rows.allSatisfy({ Self.fit($0, types) }) else {
            return try executeEach(insert.statement, rows)
        }
        let names = insert.columns.joined(separator: ", ")
        let begun = PQexec(handle, "COPY \(insert.table) (\(names)) FROM STDIN (FORMAT binary)")
        defer { PQclear(begun) }
        guard PQresultStatus(begun) == PGRES_COPY_IN else { throw begun == nil || !isUsable ? failure() : StoreError(result: begun) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.chunk + Self.chunk / 4)
        // The signature, flags and the length of an extension.
        bytes += Array("PGCOPY\n".utf8) + [0xFF] + Array("\r\n".utf8) + [0] + [UInt8](repeating: 0, count: 8)
        for row in rows {
            Self.append(Int16(row.count), to: &bytes)
            for (value, type) in zip(row, types) { Self.append(value, type, to: &bytes) }
            if bytes.count >= Self.chunk { try send(&bytes) }
        }
        Self.append(Int16(-1), to: &bytes)
        try send(&bytes)
        guard PQputCopyEnd(handle, nil) == 1 else { throw failure() }
        var failed: StoreError?
        while let result = PQgetResult(handle) {
            if PQresultStatus(result) != PGRES_COMMAND_OK { failed = failed ?? (isUsable ? StoreError(result: result) : failure()) }
            PQclear(result)
        }
        if let failed { throw failed }
    }

    private func send(_ bytes: inout [UInt8]) throws {
        let sent = bytes.withUnsafeBytes { PQputCopyData(handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self), CInt($0.count)) }
        guard sent == 1 else { throw failure() }
        bytes.removeAll(keepingCapacity: true)
    }

    /// Nil where a column has a type that is not written here.
    private func types(of insert: SQLInsert) throws -> [Oid]? {
        if let known = columnTypes[insert.statement] { return known.isEmpty ? nil : known }
        let result = try run("SELECT \(insert.columns.joined(separator: ", ")) FROM \(insert.table) LIMIT 0", [])
        defer { PQclear(result) }
        var types = (0..<PQnfields(result)).map { PQftype(result, $0) }
        if !types.allSatisfy({ PostgresType(rawValue: $0) != nil }) { types = [] }
        columnTypes[insert.statement] = types
        return types.isEmpty ? nil : types
    }

    /// What does not fit goes by INSERT, which says so or converts it.
    private static func fit(_ row: [SQLValue], _ types: [Oid]) -> Bool {
        zip(row, types).allSatisfy { value, type in
            switch (value, PostgresType(rawValue: type)) {
            case (.null, _), (.integer, .int8), (.blob, .bytea): true
            // A text ends at its first NUL, as it does where it is a parameter.
            case (.text(let text), .text): !text.utf8.contains(0)
            case (.integer(let value), .int4): Int32(exactly: value) != nil
            case (.integer(let value), .int2): Int16(exactly: value) != nil
            default: false
            }
        }
    }

    private static func append(_ value: SQLValue, _ type: Oid, to bytes: inout [UInt8]) {
        switch value {
        case .integer(let value):
            switch PostgresType(rawValue: type) {
            case .int4: appendField(Int32(truncatingIfNeeded: value), to: &bytes)
            case .int2: appendField(Int16(truncatingIfNeeded: value), to: &bytes)
            default: appendField(value, to: &bytes)
            }
        case .text(let text):
            var text = text
            text.withUTF8 {
                append(Int32($0.count), to: &bytes)
                bytes.append(contentsOf: $0)
            }
        case .blob(let blob):
            append(Int32(blob.count), to: &bytes)
            bytes += blob
        default: append(Int32(-1), to: &bytes)
        }
    }

    private static func appendField<Number: FixedWidthInteger>(_ value: Number, to bytes: inout [UInt8]) {
        append(Int32(Number.bitWidth / 8), to: &bytes)
        append(value, to: &bytes)
    }

    private static func append<Number: FixedWidthInteger>(_ value: Number, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// The types of the schema, by their numbers in PostgreSQL's catalogue (`pg_type`).
private enum PostgresType: Oid {
    case bytea = 17
    case int8 = 20
    case int2 = 21
    case int4 = 23
    case text = 25
}
