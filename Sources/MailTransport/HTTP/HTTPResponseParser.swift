/// Reads one HTTP/1.1 response (RFC 9112) within bounds; sans-IO.
struct HTTPResponseParser: Sendable {
    /// Status line and headers together; servers' own limits are 8 to 16 KB.
    static let headLimit = 32 * 1024

    enum Failure: Error, Sendable, Equatable { case malformed, limitExceeded(String) }

    private enum Framing { case length(Int), chunks, untilClose }
    private enum State { case head, body(Framing), chunkSize, chunk(Int), chunkEnd, trailer, done }

    private let bodyLimit: Int
    private var buffer: [UInt8] = []
    private var position = 0
    private var state = State.head
    private(set) var status = 0
    private(set) var headers: [String: String] = [:]
    private(set) var body: [UInt8] = []

    init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    var isDone: Bool { if case .done = state { true } else { false } }

    /// Adds bytes from the network.
    mutating func append(_ bytes: some Sequence<UInt8>) throws(Failure) {
        buffer.append(contentsOf: bytes)
        while try advance() {}
        buffer.removeFirst(position)
        position = 0
    }

    /// The server has closed: fine where the body has no other end.
    mutating func finish() throws(Failure) {
        switch state {
        case .done: return
        case .body(.untilClose): state = .done
        default: throw .malformed
        }
    }

    /// One step; false where more input is needed.
    private mutating func advance() throws(Failure) -> Bool {
        switch state {
        case .head: return try readHead()
        case .body(.length(let length)):
            let taken = try take(length)
            state = taken == length ? .done : .body(.length(length - taken))
            return taken > 0
        case .body(.untilClose): return try take(.max) > 0
        case .body(.chunks):
            state = .chunkSize
            return true
        case .chunkSize:
            guard let line = try line(limit: 1024) else { return false }
            let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }
            guard digits.count <= 8, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else { throw .malformed }
            state = size == 0 ? .trailer : .chunk(size)
            return true
        case .chunk(let size):
            let taken = try take(size)
            state = taken == size ? .chunkEnd : .chunk(size - taken)
            return taken > 0
        case .chunkEnd:
            guard let line = try line(limit: 2) else { return false }
            guard line.isEmpty else { throw .malformed }
            state = .chunkSize
            return true
        case .trailer:
            guard let line = try line(limit: Self.headLimit) else { return false }
            if line.isEmpty { state = .done }
            return true
        case .done: return false
        }
    }

    private mutating func readHead() throws(Failure) -> Bool {
        guard let end = Self.headEnd(buffer[position...]) else {
            guard buffer.count - position <= Self.headLimit else { throw .limitExceeded("headers") }
            return false
        }
        let head = buffer[position..<end.head]
        guard head.count <= Self.headLimit else { throw .limitExceeded("headers") }
        position = end.body
        var lines = head.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).map { line in
            String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
        }
        guard !lines.isEmpty else { throw .malformed }
        let words = lines.removeFirst().split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), (100...599).contains(status) else {
            throw .malformed
        }
        headers = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { throw .malformed }
            let name = line[..<colon].lowercased()
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            if name == "content-length", let known = headers[name], known != value { throw .malformed }
            headers[name] = String(value)
        }
        // An interim answer is followed by the real one.
        guard status >= 200 else { return true }
        self.status = status
        if status == 204 || status == 304 {
            state = .done
        } else if let coding = headers["transfer-encoding"] {
            guard coding.lowercased() == "chunked" else { throw .malformed }
            state = .body(.chunks)
        } else if let text = headers["content-length"] {
            guard let length = Int(text), length >= 0 else { throw .malformed }
            guard length <= bodyLimit else { throw .limitExceeded("body") }
            state = length == 0 ? .done : .body(.length(length))
        } else {
            state = .body(.untilClose)
        }
        return true
    }

    private static func headEnd(_ bytes: ArraySlice<UInt8>) -> (head: Int, body: Int)? {
        var index = bytes.startIndex
        while let newline = bytes[index...].firstIndex(of: 10) {
            let next = newline + 1
            if next < bytes.endIndex, bytes[next] == 10 { return (newline, next + 1) }
            if next + 1 < bytes.endIndex, bytes[next] == 13, bytes[next + 1] == 10 { return (newline, next + 2) }
            index = next
        }
        return nil
    }

    private mutating func take(_ wanted: Int) throws(Failure) -> Int {
        let count = min(wanted, buffer.count - position)
        guard body.count + count <= bodyLimit else { throw .limitExceeded("body") }
        body += buffer[position..<position + count]
        position += count
        return count
    }

    private mutating func line(limit: Int) throws(Failure) -> ArraySlice<UInt8>? {
        guard let end = buffer[position...].firstIndex(of: 10) else {
            guard buffer.count - position <= limit else { throw .malformed }
            return nil
        }
        var line = buffer[position..<end]
        position = end + 1
        if line.last == 13 { line.removeLast() }
        guard line.count <= limit else { throw .malformed }
        return line
    }
}
