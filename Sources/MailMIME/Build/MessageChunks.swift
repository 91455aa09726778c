/// A message being written, piece by piece.
public struct MessageChunks {
    /// What the message is made of, in order.
    enum Segment {
        case bytes([UInt8])
        /// Content to be encoded in base64 as it is read.
        case base64(Attachment.Content)
        /// Content that goes as it is, with CRLF line ends.
        case verbatim(Attachment.Content)
    }

    private static let size = 64 * 1024
    private var segments: ArraySlice<Segment>
    private var source: ContentSource?

    init(segments: [Segment]) { self.segments = segments[...] }

    /// The next piece, never empty; nil at the end.
    ///
    /// - Throws: what a streaming attachment's source throws. The message is then useless.
    public mutating func next() throws -> [UInt8]? {
        var chunk: [UInt8] = []
        while chunk.count < Self.size {
            if source != nil {
                if try source?.read(into: &chunk, upTo: Self.size) == true { source = nil }
                continue
            }
            guard let segment = segments.popFirst() else { break }
            switch segment {
            case .bytes(let bytes): chunk += bytes
            case .base64(let content): source = try ContentSource(content, encoding: .base64)
            case .verbatim(let content): source = try ContentSource(content, encoding: .lines)
            }
        }
        return chunk.isEmpty ? nil : chunk
    }
}

/// Reads the content of one attachment and encodes it.
private struct ContentSource {
    enum Encoding { case base64, lines }

    /// 57 bytes make a line of 76 letters.
    private static let lineBytes = 57
    private let encoding: Encoding
    private let reader: Attachment.ChunkReader?
    private var held: [UInt8]
    private var at = 0
    private var isAtEnd = false
    private var wasCR = false

    init(_ content: Attachment.Content, encoding: Encoding) throws {
        self.encoding = encoding
        switch content {
        case .bytes(let bytes): (held, reader) = (bytes, nil)
        case .stream(let open): (held, reader) = ([], try open())
        }
    }

    /// Appends some content; true at its end.
    mutating func read(into chunk: inout [UInt8], upTo size: Int) throws -> Bool {
        while chunk.count < size {
            if held.count - at < Self.lineBytes, !isAtEnd {
                guard let more = try reader?() else {
                    isAtEnd = true
                    continue
                }
                held.removeFirst(at)
                at = 0
                held += more
                continue
            }
            guard at < held.count else { return true }
            let room = max(1, (size - chunk.count) / 78)
            switch encoding {
            case .base64: encodeLines(room, into: &chunk)
            case .lines: copyLines(room * 78, into: &chunk)
            }
        }
        return false
    }

    private mutating func encodeLines(_ count: Int, into chunk: inout [UInt8]) {
        held.withUnsafeBufferPointer { held in
            for _ in 0..<count {
                let left = held.count - at
                guard left >= Self.lineBytes || (isAtEnd && left > 0) else { return }
                let length = min(left, Self.lineBytes)
                Base64.encode(held.sub(at, at + length), into: &chunk)
                chunk.append(13)
                chunk.append(10)
                at += length
            }
        }
    }

    private mutating func copyLines(_ count: Int, into chunk: inout [UInt8]) {
        let end = min(held.count, at + count)
        for byte in held[at..<end] {
            if byte == 10, !wasCR { chunk.append(13) }
            if wasCR, byte != 10 { chunk.append(10) }
            chunk.append(byte)
            wasCR = byte == 13
        }
        at = end
    }
}
