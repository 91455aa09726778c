extension IMAP {
    /// Reads one response. A value that only looks at one frame; what it returns shares the frame's storage.
    public struct Parser {
        let bytes: [UInt8]
        /// Behind the last byte that counts: the line end is cut off.
        let end: Int
        var index = 0
        var depth = 0
        let limits: Limits
        private let streamed: [Int]
        /// Mailbox names are UTF-8: after ENABLE UTF8=ACCEPT or IMAP4rev2.
        let utf8Names: Bool

        public init(_ frame: Frame, limits: Limits = .standard, utf8Names: Bool = false) {
            bytes = frame.bytes
            streamed = frame.streamed
            self.limits = limits
            self.utf8Names = utf8Names
            var end = frame.bytes.count
            if end > 0, frame.bytes[end - 1] == 0x0A { end -= 1 }
            if end > 0, frame.bytes[end - 1] == 0x0D { end -= 1 }
            self.end = end
        }

        init(_ bytes: [UInt8]) { self.init(Frame(bytes: bytes)) }

        /// For a response of which only the part up to a literal's bytes has come.
        init(unfinished bytes: [UInt8], streamed: [Int], limits: Limits) {
            self.bytes = bytes
            self.streamed = streamed
            self.limits = limits
            utf8Names = false
            end = bytes.count
        }

        /// The response in the frame, or where it stops making sense.
        public static func parse(_ frame: Frame, limits: Limits = .standard, utf8Names: Bool = false) throws(ParseError) -> Response {
            var parser = Parser(frame, limits: limits, utf8Names: utf8Names)
            return try parser.response()
        }

        // MARK: Bytes

        var atEnd: Bool { index >= end }

        /// The byte at the cursor; 0 at the end (a real NUL is no valid byte of any token).
        var peek: UInt8 { index < end ? bytes[index] : 0 }

        func failure(_ expected: String) -> ParseError { ParseError(expected: expected, offset: index) }

        func isNext(_ byte: Unicode.Scalar) -> Bool { index < end && bytes[index] == UInt8(ascii: byte) }

        mutating func take(_ byte: Unicode.Scalar) -> Bool {
            guard isNext(byte) else { return false }
            index += 1
            return true
        }

        mutating func expect(_ byte: Unicode.Scalar) throws(ParseError) {
            guard take(byte) else { throw failure("\"\(byte)\"") }
        }

        /// At least one space; servers that send two are understood.
        mutating func space() throws(ParseError) {
            guard take(" ") else { throw failure("space") }
            skipSpaces()
        }

        mutating func skipSpaces() { while isNext(" ") { index += 1 } }

        @discardableResult
        mutating func skipDigits() -> Int {
            let start = index
            while index < end, (0x30...0x39).contains(bytes[index]) { index += 1 }
            return index - start
        }

        /// Nothing but spaces may be left.
        mutating func finish() throws(ParseError) {
            skipSpaces()
            guard atEnd else { throw failure("end of line") }
        }

        mutating func nested<T>(_ body: (inout Parser) throws(ParseError) -> T) throws(ParseError) -> T {
            guard depth < limits.depth else { throw failure("at most \(limits.depth) levels of parentheses") }
            depth += 1
            defer { depth -= 1 }
            return try body(&self)
        }

        // MARK: Tokens

        static func isAtomByte(_ byte: UInt8) -> Bool {
            switch byte {
            case 0...0x20, 0x7F, UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "\""): false
            default: true
            }
        }

        /// A run of letters, digits and `-`, `.`, `_`, `=`, `+`, `/`, `:`; may be empty. For names of responses and items.
        mutating func word() -> String {
            let start = index
            while index < end {
                switch bytes[index] {
                case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x2F, 0x3D, 0x5F: index += 1
                default: return String(decoding: bytes[start..<index], as: UTF8.self)
                }
            }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }

        /// A run of bytes that need no quoting; with the wildcards, backslash and `]` that servers leave unquoted.
        mutating func atom() throws(ParseError) -> Bytes {
            let start = index
            while index < end, Self.isAtomByte(bytes[index]) { index += 1 }
            guard index > start else { throw failure("atom") }
            return bytes[start..<index]
        }

        func isNIL() -> Bool {
            guard end - index >= 3 else { return false }
            guard bytes[index] | 0x20 == 0x6E, bytes[index + 1] | 0x20 == 0x69, bytes[index + 2] | 0x20 == 0x6C else { return false }
            return index + 3 == end || !Self.isAtomByte(bytes[index + 3])
        }

        mutating func takeNIL() -> Bool {
            guard isNIL() else { return false }
            index += 3
            return true
        }

        /// A quoted string or a literal.
        mutating func string() throws(ParseError) -> Bytes {
            if isNext("\"") { return try quoted() }
            if isLiteralNext { return try literal() }
            throw failure("string")
        }

        mutating func quoted() throws(ParseError) -> Bytes {
            try expect("\"")
            let start = index
            while index < end {
                let byte = bytes[index]
                if byte == UInt8(ascii: "\"") {
                    index += 1
                    return bytes[start..<index - 1]
                }
                if byte == UInt8(ascii: "\\") { return try quotedWithEscapes(from: start) }
                index += 1
            }
            throw failure("closing quote")
        }

        private mutating func quotedWithEscapes(from start: Int) throws(ParseError) -> Bytes {
            var text = Array(bytes[start..<index])
            while index < end {
                var byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "\"") { return text[...] }
                if byte == UInt8(ascii: "\\") {
                    guard index < end else { break }
                    // Only `\"` and `\\` are escapes. Servers that quote Windows paths send others: the backslash is theirs.
                    if bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "\\") {
                        byte = bytes[index]
                        index += 1
                    }
                }
                text.append(byte)
            }
            throw failure("closing quote")
        }

        /// The bytes of a literal, or nil when they went past in a stream.
        private mutating func literalOrStreamed() throws(ParseError) -> (bytes: Bytes?, size: UInt64) {
            _ = take("~")
            try expect("{")
            let size = try number64()
            _ = take("+")
            try expect("}")
            _ = take("\r")
            try expect("\n")
            if streamed.contains(index) { return (nil, size) }
            guard size <= UInt64(end - index) else { throw failure("\(size) bytes of literal") }
            defer { index += Int(size) }
            return (bytes[index..<index + Int(size)], size)
        }

        mutating func literal() throws(ParseError) -> Bytes {
            let literal = try literalOrStreamed()
            guard let bytes = literal.bytes else { throw failure("literal of at most \(limits.inlineLiteral) bytes") }
            return bytes
        }

        /// A section's content: a string of any size, or NIL.
        mutating func content() throws(ParseError) -> FetchedBody.Content {
            if takeNIL() { return .missing }
            if isLiteralNext {
                let literal = try literalOrStreamed()
                return literal.bytes.map { .bytes($0) } ?? .streamed(literal.size)
            }
            return .bytes(try quoted())
        }

        /// An atom or a string.
        mutating func astring() throws(ParseError) -> Bytes {
            isNext("\"") || isLiteralNext ? try string() : try atom()
        }

        /// `{n}` or `~{n}`; a tilde alone begins an atom.
        private var isLiteralNext: Bool {
            isNext("{") || isNext("~") && index + 1 < end && bytes[index + 1] == UInt8(ascii: "{")
        }

        /// A string or NIL; an atom where a server forgot the quotes.
        mutating func nstring() throws(ParseError) -> Text? {
            if takeNIL() { return nil }
            return Text(try astring())
        }

        /// A string as UTF-8.
        mutating func astringText() throws(ParseError) -> String { String(decoding: try astring(), as: UTF8.self) }

        // MARK: Numbers

        mutating func number64() throws(ParseError) -> UInt64 {
            let start = index
            var value: UInt64 = 0
            while index < end, (0x30...0x39).contains(bytes[index]) {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(UInt64(bytes[index] - 0x30))
                guard !overflow, !carry else { throw failure("number of 64 bits") }
                value = sum
                index += 1
            }
            guard index > start else { throw failure("number") }
            return value
        }

        mutating func number() throws(ParseError) -> UInt32 {
            let start = index
            let value = try number64()
            guard let number = UInt32(exactly: value) else {
                index = start
                throw failure("number of 32 bits")
            }
            return number
        }

        mutating func modSeq() throws(ParseError) -> ModSeq {
            let start = index
            let value = try number64()
            guard value <= UInt64(Int64.max) else {
                index = start
                throw failure("number of 63 bits")
            }
            return value
        }

        // MARK: Sets

        /// `4`, `2:5` or `5:2`.
        mutating func range() throws(ParseError) -> ClosedRange<UID> {
            let first = try number()
            guard take(":") else { return first...first }
            let second = try number()
            return Swift.min(first, second)...Swift.max(first, second)
        }

        /// The ranges in the order of the server.
        mutating func ranges() throws(ParseError) -> [ClosedRange<UID>] {
            var ranges = [try range()]
            while take(",") { ranges.append(try range()) }
            return ranges
        }

        mutating func uidSet() throws(ParseError) -> UIDSet {
            var set = UIDSet()
            var unordered: [ClosedRange<UID>]?
            repeat {
                let next = try range()
                if unordered != nil {
                    unordered?.append(next)
                } else if let last = set.ranges.last, next.lowerBound < last.lowerBound {
                    unordered = set.ranges + [next]
                } else {
                    set.appendAscending(next)
                }
            } while take(",")
            return unordered.map { UIDSet(ranges: $0) } ?? set
        }

        // MARK: Anything

        /// Steps over one value of any kind: string, number, atom, parenthesised list.
        mutating func skipValue() throws(ParseError) {
            switch peek {
            case UInt8(ascii: "("):
                try nested { parser throws(ParseError) in
                    parser.index += 1
                    parser.skipSpaces()
                    while !parser.take(")") {
                        try parser.skipValue()
                        parser.skipSpaces()
                    }
                }
            case UInt8(ascii: "\""): _ = try quoted()
            case _ where isLiteralNext: _ = try content()
            default: _ = try atom()
            }
        }
    }
}
