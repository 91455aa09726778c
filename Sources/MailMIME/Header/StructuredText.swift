/// The lexical layer of structured fields (RFC 5322 section 3.2), lenient: line ends are white space.
enum StructuredText {
    /// Passes over white space and comments.
    @inline(__always)
    static func skipSpaceAndComments(_ bytes: Bytes, from start: Int) -> Int {
        var at = start
        while at < bytes.count {
            if bytes[at].isSpace {
                at += 1
            } else if bytes[at] == 40 {
                at = skipComment(bytes, from: at)
            } else {
                break
            }
        }
        return at
    }

    /// Passes over a comment with those inside it; gives the place after its last parenthesis.
    static func skipComment(_ bytes: Bytes, from start: Int) -> Int {
        var depth = 0
        var at = start
        while at < bytes.count {
            switch bytes[at] {
            case 40: depth += 1
            case 41:
                depth -= 1
                if depth == 0 { return at + 1 }
            case 92: at += 1
            default: break
            }
            at += 1
        }
        return bytes.count
    }

    /// Reads a quoted string that begins at `start`, without its quotes, escapes undone and line ends taken out.
    ///
    /// An unclosed one goes to the end.
    ///
    /// - Parameter keepsBackslashes: only a quote or a backslash can be escaped: Windows paths are written without escapes.
    static func quotedString(_ bytes: Bytes, from start: Int, keepsBackslashes: Bool = false, into text: inout [UInt8]) -> Int {
        var at = start + 1
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case 34: return at + 1
            case 92 where at + 1 < bytes.count && (!keepsBackslashes || bytes[at + 1] == 34 || bytes[at + 1] == 92):
                at += 1
                if !bytes[at].isLineEnd { text.append(bytes[at]) }
            case 10, 13: break
            default: text.append(byte)
            }
            at += 1
        }
        return at
    }
}
