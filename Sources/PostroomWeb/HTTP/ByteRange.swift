/// A Range header over a body of known length (RFC 9110 §14.2).
enum ByteRange: Equatable {
    /// None, or one that is passed over as the RFC allows: another unit, a form that is wrong, several ranges at once.
    case whole
    case part(Range<Int>)
    /// It asks for nothing that is there: 416.
    case unsatisfiable

    init(_ header: String?, length: Int) {
        self = header.flatMap { Self.parse($0, length: length) } ?? .whole
    }

    private static func parse(_ header: String, length: Int) -> ByteRange? {
        let text = header.filter { $0 != " " }.lowercased()
        guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
        guard let first = Int(ends[0]) else {
            // The last octets.
            guard let count = Int(ends[1]) else { return nil }
            return count == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - count)..<length)
        }
        let last = Int(ends[1])
        if let last, last < first { return nil }
        guard first < length else { return .unsatisfiable }
        return .part(first..<min((last ?? length - 1), length - 1) + 1)
    }
}
