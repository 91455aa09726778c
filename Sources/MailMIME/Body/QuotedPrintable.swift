/// Quoted-printable (RFC 2045 section 6.7).
enum QuotedPrintable {
    /// Appends the decoded content; an "=" that begins no escape stays.
    ///
    /// - Returns: where the first escape is that is none; nil where all are right.
    static func decode(_ text: Bytes, into bytes: inout [UInt8]) -> Int? {
        let count = text.count
        bytes.reserveCapacity(bytes.count + count)
        var defect: Int?
        var at = 0
        while at < count {
            let escape = text.find(61, from: at, to: count) ?? count
            if escape > at { append(text.sub(at, escape), into: &bytes) }
            guard escape < count else { break }
            at = escape + 1
            if at + 1 < count, let high = text[at].hexValue, let low = text[at + 1].hexValue {
                bytes.append(high << 4 | low)
                at += 2
                continue
            }
            // A soft line break, white space tolerated before the line end.
            var end = at
            while end < count, text[end].isBlank { end += 1 }
            if end == count {
                at = end
            } else if text[end] == 13 {
                at = end + 1 < count && text[end + 1] == 10 ? end + 2 : end + 1
            } else if text[end] == 10 {
                at = end + 1
            } else {
                if defect == nil { defect = escape }
                bytes.append(61)
            }
        }
        return defect
    }

    /// Appends literal text. White space before a line end was put there on the way (RFC 2045 section 6.7, rule 3) and goes.
    private static func append(_ text: Bytes, into bytes: inout [UInt8]) {
        var start = 0
        while let lineEnd = text.find(10, from: start, to: text.count) {
            var end = lineEnd
            if end > start, text[end - 1] == 13 { end -= 1 }
            var visible = end
            while visible > start, text[visible - 1].isBlank { visible -= 1 }
            bytes.append(contentsOf: text.sub(start, visible))
            bytes.append(contentsOf: text.sub(end, lineEnd + 1))
            start = lineEnd + 1
        }
        bytes.append(contentsOf: text.sub(start, text.count))
    }
}
