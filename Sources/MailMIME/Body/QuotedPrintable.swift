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
            if escape > at { bytes.append(contentsOf: text.sub(at, escape)) }
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
}
