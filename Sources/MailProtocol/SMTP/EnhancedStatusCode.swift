/// A `class.subject.detail` status (RFC 3463).
public struct EnhancedStatusCode: Sendable, Hashable, CustomStringConvertible {
    /// 2, 4 or 5
    public var `class`: Int
    public var subject: Int
    public var detail: Int

    public init(_ class: Int, _ subject: Int, _ detail: Int) {
        self.class = `class`
        self.subject = subject
        self.detail = detail
    }

    /// The code a reply's text begins with, nil where it begins with something else.
    public init?(prefixOf text: String) {
        guard let length = Self.length(inPrefixOf: text) else { return nil }
        let parts = text.prefix(length).split(separator: ".").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        self.init(parts[0], parts[1], parts[2])
    }

    public var description: String { "\(`class`).\(subject).\(detail)" }

    /// How many characters of `text` are a status code; it must end with a space or the text.
    static func length(inPrefixOf text: String) -> Int? {
        let bytes = Array(text.utf8.prefix(12))
        guard let first = bytes.first, "245".utf8.contains(first) else { return nil }
        var position = 1
        for _ in 0..<2 {
            guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else { return nil }
            position += 1
            let start = position
            while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
            guard (1...3).contains(position - start) else { return nil }
        }
        guard position == bytes.count || bytes[position] == UInt8(ascii: " ") else { return nil }
        return position
    }
}
