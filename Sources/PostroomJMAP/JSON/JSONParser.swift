/// What is wrong with bytes that should be JSON, and where.
public struct JSONError: Error, Sendable, Hashable {
    public var reason: String
    /// Offset in bytes.
    public var position: Int
}

/// Reads I-JSON (RFC 7493): UTF-8, no name twice in an object, no lone surrogates, nothing after the value.
public struct JSONParser {
    /// Deeper nesting than any request needs: a filter within a filter a hundred times.
    static let maxDepth = 200

    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0

    public static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        try bytes.withUnsafeBufferPointer { try parse($0) }
    }

    public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        parser.skipSpace()
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.at == bytes.count else { throw parser.error("something follows the value") }
        return value
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private func error(_ reason: String) -> JSONError { JSONError(reason: reason, position: at) }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws -> JSONValue {
        guard depth < Self.maxDepth else { throw error("nested too deep") }
        switch next {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "-")), .some(0x30...0x39): return try number()
        case nil: throw error("unexpected end")
        default: throw error("unexpected character")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
        let end = at + word.utf8CodeUnitCount
        guard end <= bytes.count else { throw error("unexpected end") }
        for offset in 0..<word.utf8CodeUnitCount where bytes[at + offset] != word.utf8Start[offset] { throw error("unknown word") }
        at = end
        return value
    }

    private mutating func object(depth: Int) throws -> JSONObject {
        var object = JSONObject()
        at += 1
        skipSpace()
        if next == UInt8(ascii: "}") {
            at += 1
            return object
        }
        while true {
            guard next == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
            let key = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw error("\":\" is missing") }
            at += 1
            skipSpace()
            guard object.append(key, try value(depth: depth + 1)) else { throw error("a name occurs twice in an object") }
            skipSpace()
            switch next {
            case UInt8(ascii: ","):
                at += 1
                skipSpace()
            case UInt8(ascii: "}"):
                at += 1
                return object
            default: throw error("\",\" or \"}\" is missing")
            }
        }
    }

    private mutating func array(depth: Int) throws -> [JSONValue] {
        var items: [JSONValue] = []
        at += 1
        skipSpace()
        if next == UInt8(ascii: "]") {
            at += 1
            return items
        }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            switch next {
            case UInt8(ascii: ","):
                at += 1
                skipSpace()
            case UInt8(ascii: "]"):
                at += 1
                return items
            default: throw error("\",\" or \"]\" is missing")
            }
        }
    }

    private mutating func number() throws -> JSONValue {
        let start = at
        var isPlain = true
        if next == UInt8(ascii: "-") { at += 1 }
        if next == UInt8(ascii: "0") {
            at += 1
        } else {
            try digits()
        }
        if next == UInt8(ascii: ".") {
            isPlain = false
            at += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isPlain = false
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        let literal = String(decoding: bytes[start..<at], as: UTF8.self)
        if isPlain, literal != "-0", let number = Int64(literal) { return .int(number) }
        guard Double(literal)?.isFinite == true else { throw error("a number out of range") }
        return .decimal(literal)
    }

    private mutating func digits() throws {
        let start = at
        while let byte = next, byte >= 0x30, byte <= 0x39 { at += 1 }
        guard at > start else { throw error("a digit is missing") }
    }

    private mutating func string() throws -> String {
        at += 1
        let start = at
        var isASCII = true
        // The common case first: no escapes, so that the text is a stretch of the input.
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                let text = try text(bytes[start..<at], isASCII: isASCII)
                at += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { break }
            if byte < 0x20 { throw error("a control character in a string") }
            if byte >= 0x80 { isASCII = false }
            at += 1
        }
        var collected = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""):
                let text = try text(collected[...], isASCII: false)
                at += 1
                return text
            case UInt8(ascii: "\\"):
                try escape(into: &collected)
            case 0..<0x20:
                throw error("a control character in a string")
            default:
                collected.append(byte)
                at += 1
            }
        }
        throw error("an unfinished string")
    }

    private func text<Bytes: Sequence>(_ bytes: Bytes, isASCII: Bool) throws -> String where Bytes.Element == UInt8, Bytes: Collection {
        if isASCII { return String(decoding: bytes, as: UTF8.self) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("not UTF-8") }
        return text
    }

    private mutating func escape(into text: inout [UInt8]) throws {
        at += 1
        guard let kind = next else { throw error("an unfinished string") }
        at += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(kind)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            var code = try hex()
            if (0xD800..<0xDC00).contains(code) {
                guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
                    throw error("half a surrogate pair")
                }
                at += 2
                let low = try hex()
                guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
            text.append(contentsOf: UTF8.encode(scalar)!)
        default: throw error("an unknown escape")
        }
    }

    private mutating func hex() throws -> UInt32 {
        guard at + 4 <= bytes.count else { throw error("an unfinished escape") }
        var code: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[at]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: throw error("an unknown escape")
            }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }
}
