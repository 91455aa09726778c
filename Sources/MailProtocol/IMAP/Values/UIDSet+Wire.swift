/// The form on the wire: `1:4,7,9:12` (RFC 9051, `sequence-set`).
extension UIDSet: CustomStringConvertible {
    public var description: String {
        ranges.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound):\($0.upperBound)" }.joined(separator: ",")
    }

    /// Reads `1:4,7`; nil when it isn't a set of numbers without `*`. Ranges may be the wrong way round, as RFC 9051 allows.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        var parser = IMAP.Parser(bytes)
        guard let set = try? parser.uidSet(), parser.atEnd else { return nil }
        self = set
    }

    /// The set as pieces whose wire form is at most `length` bytes each: many servers refuse command lines over 8,000 bytes.
    public func wirePieces(length: Int = 6_000) -> [UIDSet] {
        guard ranges.count > length / 22 else { return [self] }
        var pieces: [UIDSet] = []
        var current = UIDSet()
        var used = 0
        for range in ranges {
            let digits = Self.digits(range.lowerBound) + (range.lowerBound == range.upperBound ? 0 : Self.digits(range.upperBound) + 1) + 1
            if used + digits > length, !current.isEmpty {
                pieces.append(current)
                current = UIDSet()
                used = 0
            }
            current.ranges.append(range)
            used += digits
        }
        if !current.isEmpty { pieces.append(current) }
        return pieces
    }

    private static func digits(_ value: UID) -> Int {
        var count = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        return count
    }
}

extension IMAP {
    /// Which messages a command is about.
    public enum MessageSet: Sendable, Hashable {
        /// These UIDs. An empty set makes the command a no-op: the client answers without asking.
        case uids(UIDSet)
        /// Every message: `1:*`.
        case all
        /// From this UID on: `n:*`. Servers also return the last message when `n` is above it.
        case from(UID)
        /// The result that a SEARCH with SAVE left on the server: `$` (RFC 5182).
        case saved
    }
}

extension IMAP.MessageSet: CustomStringConvertible {
    public var description: String {
        switch self {
        case .uids(let set): set.description
        case .all: "1:*"
        case .from(let uid): "\(uid):*"
        case .saved: "$"
        }
    }
}
