/// Files in uuencode, as plain text or as a transfer encoding.
/// (yEnc and the base64 variant are not of mail.)
public enum UUEncode {
    /// A file found in a text.
    public struct File: Sendable, Hashable {
        public var name: String
        public var content: [UInt8]
        /// Where it stands in the text, from `begin` to the line after `end`.
        public var range: Range<Int>
    }

    /// The files in a text, in order. A `begin` without an `end` counts where all its lines are good.
    public static func files(in text: [UInt8], limit: Int = 100) -> [File] {
        text.withUnsafeBufferPointer { files(in: $0, limit: limit) }
    }

    /// Whether a line of the text begins as a file does: exact where it says no.
    static func mayBe(in text: Bytes) -> Bool {
        var at = 0
        while let hit = text.find("begin ", from: at) {
            if hit == 0 || text[hit - 1] == 10 { return true }
            at = hit + 1
        }
        return false
    }

    static func files(in text: Bytes, limit: Int) -> [File] {
        var files: [File] = []
        var at = 0
        while files.count < limit, at < text.count {
            if text[at] == UInt8(ascii: "b"), let header = begin(text, at),
                let file = file(text, start: at, name: header.name, from: header.next)
            {
                files.append(file)
                at = file.range.upperBound
                continue
            }
            guard let lineEnd = text.find(10, from: at, to: text.count) else { break }
            at = lineEnd + 1
        }
        return files
    }

    /// Decodes content of the transfer encoding x-uuencode: all files in it, one after the other.
    static func decode(_ text: Bytes, into bytes: inout [UInt8]) {
        for file in files(in: text, limit: 100) { bytes += file.content }
    }

    /// Reads `begin 644 name`.
    private static func begin(_ text: Bytes, _ start: Int) -> (name: String, next: Int)? {
        guard text.sub(start, min(start + 6, text.count)).elementsEqual("begin ".utf8) else { return nil }
        let lineEnd = text.find(10, from: start, to: text.count) ?? text.count
        var at = start + 6
        let modeStart = at
        while at < lineEnd, text[at] >= 48, text[at] <= 55 { at += 1 }
        guard at - modeStart >= 3, at - modeStart <= 5, at < lineEnd, text[at] == 32 else { return nil }
        let name = text.sub(at + 1, lineEnd).trimmed
        guard name.count > 0 else { return nil }
        return (EncodedWords.decode(name, context: TextContext()), min(lineEnd + 1, text.count))
    }

    private static func file(_ text: Bytes, start: Int, name: String, from first: Int) -> File? {
        var content: [UInt8] = []
        var (good, bad) = (0, 0)
        var at = first
        while at < text.count {
            let lineEnd = text.find(10, from: at, to: text.count) ?? text.count
            var end = lineEnd
            if end > at, text[end - 1] == 13 { end -= 1 }
            let line = text.sub(at, end)
            let next = min(lineEnd + 1, text.count)
            if line.elementsEqual("end".utf8) || line.hasLowercasePrefix("end ") {
                return File(name: name, content: content, range: start..<next)
            }
            // The next file begins: this one has lost its end.
            if line.starts(with: "begin ".utf8) { break }
            // A damaged line is left out; many of them are no uuencode.
            if decodeLine(line, into: &content) {
                good += 1
            } else {
                bad += 1
                if bad > good + 2 { return nil }
            }
            at = next
        }
        return content.isEmpty || bad > 0 ? nil : File(name: name, content: content, range: start..<at)
    }

    /// Decodes one line; false where it is none of uuencode.
    private static func decodeLine(_ line: Bytes, into content: inout [UInt8]) -> Bool {
        guard let first = line.first else { return true }
        guard first >= 32, first <= 96 else { return false }
        let length = Int((first - 32) & 63)
        // Trailing spaces may have been taken off, a checksum letter may have been put on.
        // A line damaged on the way may be longer by some.
        guard line.count - 1 <= (length + 2) / 3 * 4 + 8 else { return false }
        var group: UInt32 = 0
        var written = 0
        for position in 0..<((length + 2) / 3 * 4) {
            let letter = position + 1 < line.count ? line[position + 1] : 32
            group = group << 6 | UInt32((letter &- 32) & 63)
            guard position % 4 == 3 else { continue }
            for shift in [16, 8, 0] where written < length {
                content.append(UInt8(truncatingIfNeeded: group >> UInt32(shift)))
                written += 1
            }
            group = 0
        }
        return true
    }
}

extension UUEncode.File {
    /// The file as an entity: a header and the content.
    var entity: [UInt8] { DerivedEntity.bytes(name: name, mediaType: nil, contentID: nil, content: content) }
}
