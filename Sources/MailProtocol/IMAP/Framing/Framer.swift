#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension IMAP {
    /// A whole response: its line with its literals, ready to be parsed.
    public struct Frame: Sendable, Hashable {
        /// The bytes as sent, with the line end; literals that were streamed are left out behind their `{n}` CRLF.
        public let bytes: [UInt8]
        /// Where literals were left out: offsets just behind their CRLF, ascending.
        public let streamed: [Int]

        public init(bytes: [UInt8], streamed: [Int] = []) {
            self.bytes = bytes
            self.streamed = streamed
        }
    }

    /// Which literal is being streamed.
    public struct StreamedLiteral: Sendable, Hashable {
        /// The message's sequence number.
        public let sequence: UInt32
        /// Its UID, if the server told it before the literal.
        public let uid: UID?
        public let section: Section
        public let isBinary: Bool
        public let origin: UInt64?
        /// Bytes to come.
        public let size: UInt64
    }

    /// What the framer makes of the bytes.
    public enum FramerEvent: Sendable, Hashable {
        case response(Frame)
        /// A literal of a FETCH that is too large to keep; its bytes follow, and the response comes after it without them.
        case literal(StreamedLiteral)
        case literalBytes(Bytes)
        case literalEnd
    }

    /// Why the bytes can't be cut into responses any more; the connection is of no use after that.
    public enum FramingError: Error, Sendable, Hashable {
        case lineTooLong(limit: Int)
        case literalTooLarge(size: UInt64, limit: UInt64)
        case tooManyLiterals(limit: Int)
    }

    /// Cuts a server's byte stream into responses: lines, with literals by their length.
    ///
    /// Bytes may come in any pieces. Memory is bounded by ``Limits`` whatever the server sends.
    public struct Framer: Sendable {
        private let limits: Limits
        private var buffer: [UInt8] = []
        private var lineBytes = 0
        private var lineStart = 0
        private var literals = 0
        private var literalBytes = 0
        private var remaining: UInt64 = 0
        private var isStreaming = false
        private var streamed: [Int] = []
        /// Whether a `{n}` at the end of a line means a literal: not in the free text of a status or a continuation.
        private var kind: LineKind?

        private enum LineKind { case text, data, fetch }

        public init(limits: Limits = .standard) { self.limits = limits }

        /// Whether part of a response has come.
        public var isInsideResponse: Bool { !buffer.isEmpty || remaining > 0 || isStreaming }

        /// Takes the next bytes and hands out what is complete, until `emit` says false: what comes behind is something else.
        ///
        /// - Returns: how many bytes were taken.
        @discardableResult
        public mutating func feed(_ chunk: UnsafeRawBufferPointer, _ emit: (FramerEvent) throws -> Bool) throws -> Int {
            var position = 0
            var goesOn = true
            while position < chunk.count, goesOn {
                if remaining > 0 {
                    let count = Int(Swift.min(remaining, UInt64(chunk.count - position)))
                    let piece = UnsafeRawBufferPointer(rebasing: chunk[position..<position + count])
                    if isStreaming { goesOn = try emit(.literalBytes(Array(piece)[...])) } else { buffer.append(contentsOf: piece) }
                    remaining -= UInt64(count)
                    position += count
                    if remaining == 0 { goesOn = try endLiteral(emit) && goesOn }
                    continue
                }
                let rest = UnsafeRawBufferPointer(rebasing: chunk[position...])
                let length = Self.indexOfLineFeed(rest).map { $0 + 1 }
                let piece = UnsafeRawBufferPointer(rebasing: rest[..<(length ?? rest.count)])
                lineBytes += piece.count
                guard lineBytes <= limits.line else { throw FramingError.lineTooLong(limit: limits.line) }
                buffer.append(contentsOf: piece)
                position += piece.count
                if length != nil { goesOn = try endLine(emit) }
            }
            return position
        }

        /// Takes an array of bytes; for tests and files.
        public mutating func feed(_ bytes: [UInt8], _ emit: (FramerEvent) throws -> Void) throws {
            _ = try bytes.withUnsafeBytes { chunk in
                try feed(chunk) {
                    try emit($0)
                    return true
                }
            }
        }

        private static func indexOfLineFeed(_ bytes: UnsafeRawBufferPointer) -> Int? {
            guard let base = bytes.baseAddress, let found = memchr(base, 0x0A, bytes.count) else { return nil }
            return UnsafeRawPointer(found) - base
        }

        private mutating func endLine(_ emit: (FramerEvent) throws -> Bool) throws -> Bool {
            if kind == nil { kind = classify() }
            if kind != .text, let size = literalSize() {
                literals += 1
                guard literals <= limits.literalsPerResponse else { throw FramingError.tooManyLiterals(limit: limits.literalsPerResponse) }
                guard size <= limits.literal else { throw FramingError.literalTooLarge(size: size, limit: limits.literal) }
                let fitsInline = size <= UInt64(limits.inlineLiteral) && literalBytes + Int(size) <= limits.inlineLiterals
                if fitsInline {
                    literalBytes += Int(size)
                    buffer.reserveCapacity(buffer.count + Int(size) + 64)
                } else {
                    guard kind == .fetch, let literal = streamedLiteral(size: size) else {
                        throw FramingError.literalTooLarge(size: size, limit: UInt64(limits.inlineLiteral))
                    }
                    isStreaming = true
                    streamed.append(buffer.count)
                    guard try emit(.literal(literal)) else {
                        remaining = size
                        lineStart = buffer.count
                        return false
                    }
                }
                remaining = size
                lineStart = buffer.count + (fitsInline ? Int(size) : 0)
                return size == 0 ? try endLiteral(emit) : true
            }
            // A FETCH does not end with spaces behind a literal: the line goes on after this break.
            if kind == .fetch, literals > 0, buffer[lineStart...].allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x0A }) {
                lineStart = buffer.count
                return true
            }
            let frame = Frame(bytes: buffer, streamed: streamed)
            buffer = []
            streamed = []
            lineBytes = 0
            lineStart = 0
            literals = 0
            literalBytes = 0
            kind = nil
            // An empty line between responses is noise that some servers make.
            return frame.bytes.contains(where: { $0 != 0x0D && $0 != 0x0A }) ? try emit(.response(frame)) : true
        }

        private mutating func endLiteral(_ emit: (FramerEvent) throws -> Bool) throws -> Bool {
            guard isStreaming else { return true }
            isStreaming = false
            return try emit(.literalEnd)
        }

        private func classify() -> LineKind {
            guard buffer.count > 2, buffer[0] == UInt8(ascii: "*"), buffer[1] == UInt8(ascii: " ") else { return .text }
            var parser = Parser(buffer)
            parser.index = 2
            if parser.skipDigits() > 0 {
                parser.skipSpaces()
                return parser.word().asciiUppercased.hasSuffix("FETCH") ? .fetch : .data
            }
            switch parser.word().asciiUppercased {
            case "OK", "NO", "BAD", "BYE", "PREAUTH": return .text
            default: return .data
            }
        }

        /// The length of the literal that the line just ended announces: `{n}`, `{n+}` or `~{n}`.
        private func literalSize() -> UInt64? {
            var end = buffer.count - 1
            if end > lineStart, buffer[end - 1] == 0x0D { end -= 1 }
            guard end - lineStart >= 3, buffer[end - 1] == UInt8(ascii: "}") else { return nil }
            var index = end - 2
            if buffer[index] == UInt8(ascii: "+") { index -= 1 }
            var size: UInt64 = 0
            var scale: UInt64 = 1
            var digits = 0
            while index >= lineStart, (0x30...0x39).contains(buffer[index]) {
                digits += 1
                let digit = UInt64(buffer[index] - 0x30)
                // Nineteen digits always fit; a number beyond that is refused as too large.
                if digits <= 19 {
                    size += digit * scale
                    if digits < 19 { scale *= 10 }
                } else if digit != 0 {
                    size = .max
                }
                index -= 1
            }
            guard digits > 0, index >= lineStart, buffer[index] == UInt8(ascii: "{") else { return nil }
            return size
        }

        /// Finds out which section the literal at the end of the buffer belongs to.
        private func streamedLiteral(size: UInt64) -> StreamedLiteral? {
            var parser = Parser(unfinished: buffer, streamed: streamed + [buffer.count], limits: limits)
            return parser.streamedLiteral(size: size)
        }
    }
}
