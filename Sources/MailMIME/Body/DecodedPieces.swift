extension MIMEMessage {
    /// The content of a part after transfer decoding, piece by piece, so that a large attachment is never in memory as a whole.
    ///
    /// The pieces together are ``decodedBody(of:)-(Int)``. Each holds for the time of the call only.
    ///
    /// - Parameter size: about how many encoded bytes are decoded at once.
    public func forEachDecodedPiece(of index: Int, size: Int = 1 << 16, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
        let record = storage.records[index]
        let range = parts[index].bodyRange
        try storage.sources[Int(record.source)].withUnsafeBufferPointer { source in
            let content = source.sub(range.lowerBound, range.upperBound)
            let isAsItIs =
                record.kind == .multipart || (record.kind == .message && record.encoding.isIdentity) || record.encoding.isIdentity
            var at = 0
            while at < content.count {
                let end = isAsItIs ? min(at + size, content.count) : record.encoding.cut(content, from: at, atLeast: size)
                let piece = content.sub(at, end)
                if isAsItIs {
                    try body(piece)
                } else {
                    try record.encoding.decode(piece).bytes.withUnsafeBufferPointer(body)
                }
                at = end
            }
        }
    }

    /// The number of octets of a part after transfer decoding (RFC 8621 section 4.1.4, `size`), without keeping them.
    public func decodedSize(of index: Int) -> Int {
        var count = 0
        forEachDecodedPiece(of: index) { count += $0.count }
        return count
    }
}

extension TransferEncoding {
    /// Where encoded content may be cut so that both sides can be decoded by themselves: at or soon after `start + size`.
    func cut(_ body: Bytes, from start: Int, atLeast size: Int) -> Int {
        let target = start + max(size, 4)
        guard target < body.count else { return body.count }
        switch self {
        case .quotedPrintable: return body.find(10, from: target, to: body.count).map { $0 + 1 } ?? body.count
        case .base64: return Base64.cut(body, from: start, to: target)
        default: return body.count
        }
    }
}

extension Base64 {
    /// The first place at or after `target` where as many letters have passed as make whole groups. Padding ends the cutting: what
    /// follows it is judged together with it.
    static func cut(_ text: Bytes, from start: Int, to target: Int) -> Int {
        if text.find(61, from: start, to: min(target + 4, text.count)) != nil { return text.count }
        var letters = 0
        for at in start..<target where isLetter(text[at]) { letters += 1 }
        var at = target
        while letters % 4 != 0, at < text.count {
            if text[at] == 61 { return text.count }
            if isLetter(text[at]) { letters += 1 }
            at += 1
        }
        return at
    }
}
