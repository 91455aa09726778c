/// Finds the fields of a header: one pass over its lines, nothing decoded.
struct HeaderScanner {
    /// Why the header ended.
    enum End {
        /// At an empty line, or where the source ends.
        case complete
        /// At a line that is no field: content without an empty line before it.
        case contentLine
        /// At a boundary line of an enclosing multipart.
        case boundary
    }

    var headerEnd = 0
    var bodyStart = 0
    var end = End.complete

    /// - Parameters:
    ///   - lineBreak: the byte that ends lines, LF or, in the rare source without any LF, CR.
    ///   - isBoundary: whether the line that starts there, with "--", is a boundary line.
    mutating func scan(
        _ bytes: Bytes, from start: Int, lineBreak: UInt8, part: Int, into index: inout StructureIndex, isBoundary: (Int) -> Bool
    ) {
        let count = bytes.count
        var at = start
        let firstField = index.fields.count
        /// The field that follows the bad lines last looked at.
        var nextField = start
        var hasField = false
        while at < count {
            let lineEnd = bytes.find(lineBreak, from: at, to: count) ?? count
            let next = min(lineEnd + 1, count)
            var contentEnd = lineEnd
            while contentEnd > at, bytes[contentEnd - 1] == 13 { contentEnd -= 1 }
            if contentEnd == at {
                (headerEnd, bodyStart, end) = (at, next, .complete)
                return
            }
            let first = bytes[at]
            if first.isBlank {
                if hasField { index.fields[index.fields.count - 1].valueEnd = UInt32(contentEnd) }
            } else if first == UInt8(ascii: "-"), contentEnd - at > 2, bytes[at + 1] == first, isBoundary(at) {
                (headerEnd, bodyStart, end) = (at, at, .boundary)
                return
            } else if let colon = Self.colon(bytes, from: at, to: contentEnd) {
                if index.fields.count < index.limits.maxHeaderFields {
                    var nameEnd = colon
                    while nameEnd > at, bytes[nameEnd - 1].isBlank { nameEnd -= 1 }
                    index.fields.append(
                        FieldRecord(
                            nameStart: UInt32(at), nameEnd: UInt32(nameEnd), valueStart: UInt32(colon + 1), valueEnd: UInt32(contentEnd)))
                    hasField = true
                } else {
                    if index.defects.last?.kind != .tooManyHeaderFields { index.report(.tooManyHeaderFields, at: at, part: part) }
                    hasField = false
                }
            } else if at == start, Self.isMboxFrom(bytes.sub(at, contentEnd)) {
                index.report(.mboxFromLine, at: at, part: part)
            } else if hasField, continuesParameters(bytes, from: at, to: contentEnd, of: index.fields[index.fields.count - 1]) {
                index.report(.malformedHeaderLine, at: at, part: part)
                index.fields[index.fields.count - 1].valueEnd = UInt32(contentEnd)
            } else {
                index.report(.malformedHeaderLine, at: at, part: part)
                // Content without an empty line before it, or one bad line among fields: those after it still count.
                if at >= nextField {
                    nextField = index.fields.count == firstField ? count : Self.nextField(bytes, after: next, lineBreak: lineBreak)
                }
                if nextField >= count {
                    (headerEnd, bodyStart, end) = (at, at, .contentLine)
                    return
                }
                hasField = false
            }
            at = next
        }
        (headerEnd, bodyStart, end) = (count, count, .complete)
    }

    /// The colon that ends a field name, which is printable ASCII, white space tolerated after it.
    @inline(__always)
    private static func colon(_ bytes: Bytes, from start: Int, to end: Int) -> Int? {
        var at = start
        while at < end, bytes[at] > 32, bytes[at] != 127, bytes[at] != 58 { at += 1 }
        guard at > start else { return nil }
        while at < end, bytes[at].isBlank { at += 1 }
        return at < end && bytes[at] == 58 ? at : nil
    }

    /// Whether a line `name=value` follows a value that ends with ";": a continuation that has lost its white space.
    private func continuesParameters(_ bytes: Bytes, from start: Int, to end: Int, of field: FieldRecord) -> Bool {
        let value = bytes.sub(Int(field.valueStart), Int(field.valueEnd)).trimmed
        guard value.last == 59 else { return false }
        var at = start
        while at < end, bytes[at].isLetter || bytes[at] == 45 || bytes[at] == 42 || bytes[at].isDigit { at += 1 }
        return at > start && at < end && bytes[at] == 61
    }

    /// Where the next field begins before an empty line, a boundary line or too many lines; the end where none does.
    private static func nextField(_ bytes: Bytes, after start: Int, lineBreak: UInt8) -> Int {
        var at = start
        for _ in 0..<50 where at < bytes.count {
            let lineEnd = bytes.find(lineBreak, from: at, to: bytes.count) ?? bytes.count
            if bytes[at].isLineEnd || (bytes[at] == 45 && at + 1 < lineEnd && bytes[at + 1] == 45) { break }
            var colon = at
            while colon < lineEnd, bytes[colon].isLetter || bytes[colon].isDigit || bytes[colon] == 45 { colon += 1 }
            if colon > at, colon < lineEnd, bytes[colon] == 58, bytes[at].isLetter { return at }
            at = lineEnd + 1
        }
        return bytes.count
    }

    /// `From sender date` of mbox files, quoted or not.
    private static func isMboxFrom(_ line: Bytes) -> Bool {
        line.hasLowercasePrefix("from ") || line.hasLowercasePrefix(">from ")
    }
}
