/// The text of a part after its charset was decoded.
public struct DecodedText: Sendable, Hashable {
    public var text: String

    /// True where the charset was unknown or did not fit, so that characters may be wrong (RFC 8621 section 4.1.4).
    public var isEncodingProblem: Bool

    public init(text: String, isEncodingProblem: Bool) {
        self.text = text
        self.isEncodingProblem = isEncodingProblem
    }
}

extension MIMEMessage {
    /// The content of a part after transfer decoding, exactly. That of a container is its bytes as they are.
    public func decodedBody(of index: Int) -> [UInt8] { decode(index, range: parts[index].bodyRange).bytes }

    /// The content of a part after transfer decoding, exactly.
    public func decodedBody(of part: MIMEPart) -> [UInt8] { decodedBody(of: part.index) }

    /// The content of a text part as text, line ends made LF; for other parts too, if one insists.
    public func text(of index: Int) -> DecodedText {
        let part = parts[index]
        return part.text(decode(index, range: part.bodyRange).bytes)
    }

    /// The beginning of the text of a part: at least `maxBytes` bytes of it where there are so many.
    func textPrefix(of index: Int, maxBytes: Int) -> DecodedText {
        let part = parts[index]
        let range = part.bodyRange
        let length = Self.isWhole(range.count, within: maxBytes) ? range.count : Self.encoded(maxBytes)
        return part.text(decode(index, range: range.lowerBound..<(range.lowerBound + length)).bytes)
    }

    /// Quoted-printable may need three bytes for one.
    private static func encoded(_ bytes: Int) -> Int { bytes * 3 + 16 }

    /// Whether a part of so many bytes is read whole where `maxBytes` of its text are asked for.
    static func isWhole(_ count: Int, within maxBytes: Int) -> Bool { count <= encoded(maxBytes) }

    /// Whole lines from the beginning of a part, of at most so many bytes of it. Nil where the part is hardly longer, where there is no whole
    /// line, and where a line's end is not a byte of its own.
    func firstLines(of index: Int, bytes: Int) -> DecodedText? {
        let part = parts[index]
        let range = part.bodyRange
        guard range.count > 2 * bytes, part.charset.map(Self.endsLinesByByte) ?? true else { return nil }
        let decoded = decode(index, range: range.lowerBound..<(range.lowerBound + bytes)).bytes
        guard let end = decoded.lastIndex(of: 10) else { return nil }
        return part.text(Array(decoded[...end]))
    }

    fileprivate static func endsLinesByByte(_ charset: String) -> Bool {
        let name = charset.lowercased()
        return ["utf-8", "us-ascii", "iso-8859-", "windows-", "koi8-"].contains { name.hasPrefix($0) }
    }

    /// Decodes a range of a part's content; the position is where its encoding is broken, relative to the range.
    func decode(_ index: Int, range: Range<Int>) -> (bytes: [UInt8], defect: Int?) {
        let record = storage.records[index]
        return storage.sources[Int(record.source)].withUnsafeBufferPointer { source in
            let body = source.sub(range.lowerBound, range.upperBound)
            // A container's content is its bytes as they are, unless it was decoded to be parsed.
            if record.kind == .multipart || (record.kind == .message && record.encoding.isIdentity) { return (Array(body), nil) }
            return record.encoding.decode(body)
        }
    }
}

extension TransferEncoding {
    /// Decodes content; the position is where the encoding is broken.
    func decode(_ body: Bytes) -> (bytes: [UInt8], defect: Int?) {
        var bytes: [UInt8] = []
        switch self {
        case .sevenBit, .eightBit, .binary, .unknown: return (Array(body), nil)
        case .base64:
            let defect = Base64.decode(body, into: &bytes)
            return (bytes, defect)
        case .quotedPrintable:
            let defect = QuotedPrintable.decode(body, into: &bytes)
            return (bytes, defect)
        case .uuencode:
            UUEncode.decode(body, into: &bytes)
            return (bytes, nil)
        }
    }
}

extension MIMEPart {
    /// Content of this part, already transfer-decoded, as text.
    func text(_ content: consuming [UInt8]) -> DecodedText {
        var bytes = content
        var label = charset
        if label == nil, mediaType.subtype == "html" { label = bytes.withUnsafeBufferPointer { HTMLCharset.declared(in: $0) } }
        // Where a line's end is a byte of its own it is shorter before the text is made: a text is checked as it is made, each time.
        if let label, MIMEMessage.endsLinesByByte(label) { bytes.makeLineFeeds() }
        var decoded = Charset.decode(bytes, label: label, guessing: true)
        decoded.text = decoded.text.withLineFeeds
        return decoded
    }
}

extension Bytes {
    /// Writes what begins with the CR at `first`, every CRLF and CR made LF, to its place behind the bytes before it, which `output` has; returns its
    /// end there. `output` may be these bytes.
    fileprivate func writeLineFeeds(from first: Int, to output: UnsafeMutablePointer<UInt8>) -> Int {
        guard let base = baseAddress else { return 0 }
        var at = first
        var written = first
        while at < count {
            // At a CR: it and a LF after it are one end, and a line follows.
            output[written] = 10
            at += at + 1 < count && self[at + 1] == 10 ? 2 : 1
            let end = find(13, from: at, to: count) ?? count
            (output + written + 1).update(from: base + at, count: end - at)
            written += 1 + end - at
            at = end
        }
        return written
    }
}

extension [UInt8] {
    /// Makes every CRLF and CR a LF, as ``Swift/String/withLineFeeds`` does. Left alone where a zero speaks for characters of two bytes.
    fileprivate mutating func makeLineFeeds() {
        let end = withUnsafeMutableBufferPointer { buffer -> Int in
            let bytes = Bytes(buffer)
            guard let base = buffer.baseAddress, let first = bytes.find(13, from: 0, to: bytes.count),
                bytes.find(0, from: 0, to: bytes.count) == nil
            else { return bytes.count }
            return bytes.writeLineFeeds(from: first, to: base)
        }
        removeLast(count - end)
    }
}

extension String {
    /// The text with every CRLF and CR made LF.
    var withLineFeeds: String {
        withBytes { bytes in
            guard let first = bytes.find(13, from: 0, to: bytes.count), let base = bytes.baseAddress else { return self }
            return String(unsafeUninitializedCapacity: bytes.count) { output in
                guard let target = output.baseAddress else { return 0 }
                target.update(from: base, count: first)
                return bytes.writeLineFeeds(from: first, to: target)
            }
        }
    }
}
