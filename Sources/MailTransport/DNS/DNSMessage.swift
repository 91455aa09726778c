/// The answer section of a DNS message (RFC 1035, section 4), read within bounds whatever it holds.
struct DNSMessage: Sendable {
    enum RecordType: Int, Sendable { case a = 1, cname = 5, mx = 15, txt = 16, aaaa = 28, srv = 33 }

    enum Value: Sendable, Equatable {
        case address(IPAddress)
        case alias(String)
        case mx(MXRecord)
        case srv(SRVRecord)
        case text([UInt8])
    }

    struct Record: Sendable, Equatable {
        var name: String
        var value: Value
    }

    /// More records than this are not mail configuration.
    static let mostRecords = 512

    /// Records of the types we know, in the order they came; others are passed over.
    private(set) var answers: [Record] = []

    init(_ bytes: [UInt8]) throws(DNSError) {
        var reader = Reader(bytes: bytes)
        _ = try reader.skip(4)
        let questions = try reader.number(2)
        let count = try reader.number(2)
        _ = try reader.skip(4)
        guard questions <= 4 else { throw .malformedAnswer }
        for _ in 0..<questions {
            _ = try reader.name()
            try reader.skip(4)
        }
        for _ in 0..<min(count, Self.mostRecords) {
            let name = try reader.name()
            let type = try reader.number(2)
            let `class` = try reader.number(2)
            try reader.skip(4)
            let length = try reader.number(2)
            let end = reader.position + length
            guard end <= bytes.count else { throw .malformedAnswer }
            if `class` == 1, let type = RecordType(rawValue: type), let value = try Self.value(type, length, &reader) {
                guard reader.position <= end else { throw .malformedAnswer }
                answers.append(Record(name: name, value: value))
            }
            reader.position = end
        }
    }

    private static func value(_ type: RecordType, _ length: Int, _ reader: inout Reader) throws(DNSError) -> Value? {
        switch type {
        case .a:
            guard length == 4 else { throw .malformedAnswer }
            return .address(IPAddress(bits: try reader.bits(4), isIPv4: true))
        case .aaaa:
            guard length == 16 else { throw .malformedAnswer }
            return .address(IPAddress(bits: try reader.bits(16), isIPv4: false))
        case .cname: return .alias(try reader.name())
        case .mx: return .mx(MXRecord(preference: try reader.number(2), host: try reader.name()))
        case .srv:
            let (priority, weight, port) = (try reader.number(2), try reader.number(2), try reader.number(2))
            return .srv(SRVRecord(priority: priority, weight: weight, port: port, target: try reader.name()))
        case .txt:
            // Character strings of one record belong together (RFC 7208, section 3.3).
            var text: [UInt8] = []
            let end = reader.position + length
            while reader.position < end {
                let size = try reader.number(1)
                guard reader.position + size <= end else { throw .malformedAnswer }
                text += try reader.take(size)
            }
            return .text(text)
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        @discardableResult
        mutating func take(_ count: Int) throws(DNSError) -> ArraySlice<UInt8> {
            guard position + count <= bytes.count else { throw .malformedAnswer }
            defer { position += count }
            return bytes[position..<position + count]
        }

        mutating func skip(_ count: Int) throws(DNSError) { try take(count) }
        mutating func number(_ count: Int) throws(DNSError) -> Int { try take(count).reduce(0) { $0 << 8 | Int($1) } }
        mutating func bits(_ count: Int) throws(DNSError) -> UInt128 { try take(count).reduce(0) { $0 << 8 | UInt128($1) } }

        /// A domain name without the final dot. Pointers must lead backwards, which also bounds the work.
        mutating func name() throws(DNSError) -> String {
            var labels: [String] = []
            var total = 0
            var at = position
            var limit = bytes.count
            var afterPointer: Int?
            while true {
                guard at < limit else { throw .malformedAnswer }
                let size = Int(bytes[at])
                if size & 0xC0 == 0xC0 {
                    guard at + 1 < bytes.count else { throw .malformedAnswer }
                    let target = (size & 0x3F) << 8 | Int(bytes[at + 1])
                    guard target < at else { throw .malformedAnswer }
                    if afterPointer == nil { afterPointer = at + 2 }
                    limit = at
                    at = target
                    continue
                }
                guard size & 0xC0 == 0 else { throw .malformedAnswer }
                at += 1
                if size == 0 { break }
                total += size + 1
                guard total <= 255, at + size <= bytes.count else { throw .malformedAnswer }
                let label = bytes[at..<at + size]
                // A dot or a control character inside a label would read as another name.
                guard label.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: ".") && $0 < 0x7F }) else { throw .malformedAnswer }
                labels.append(String(decoding: label, as: UTF8.self))
                at += size
            }
            position = afterPointer ?? at
            return labels.joined(separator: ".")
        }
    }
}
