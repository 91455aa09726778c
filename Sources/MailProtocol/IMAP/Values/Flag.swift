extension IMAP {
    /// A message flag: a system flag such as `\Seen` or a keyword such as `$Forwarded`. Two flags are equal in any case of letters.
    public struct Flag: Sendable, RawRepresentable, CustomStringConvertible {
        /// System flags in their canonical case, keywords as the server wrote them.
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = Self.canonical[rawValue.asciiLowercased] ?? rawValue }
        public init(_ name: String) { self.init(rawValue: name) }

        private init(canonical: String) { rawValue = canonical }

        public static let seen = Flag(canonical: "\\Seen")
        public static let answered = Flag(canonical: "\\Answered")
        public static let flagged = Flag(canonical: "\\Flagged")
        public static let deleted = Flag(canonical: "\\Deleted")
        public static let draft = Flag(canonical: "\\Draft")
        /// Set by the server alone; gone in IMAP4rev2.
        public static let recent = Flag(canonical: "\\Recent")
        /// In PERMANENTFLAGS: new keywords may be made (RFC 9051, section 7.1).
        public static let any = Flag(canonical: "\\*")
        public static let forwarded = Flag(canonical: "$Forwarded")
        public static let mdnSent = Flag(canonical: "$MDNSent")
        public static let junk = Flag(canonical: "$Junk")
        public static let notJunk = Flag(canonical: "$NotJunk")
        public static let phishing = Flag(canonical: "$Phishing")

        private static let canonical: [String: String] = Dictionary(
            uniqueKeysWithValues: [
                seen, answered, flagged, deleted, draft, recent, forwarded, mdnSent, junk, notJunk, phishing,
            ].map { ($0.rawValue.asciiLowercased, $0.rawValue) })

        /// The flag of these bytes; the system flags in their usual spelling cost no allocation.
        init(bytes: Bytes) {
            let name = String(decoding: bytes, as: UTF8.self)
            switch name {
            case "\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "\\Recent", "\\*": self.init(canonical: name)
            default: self.init(rawValue: name)
            }
        }

        /// Whether it begins with a backslash: a flag that the protocol defines.
        public var isSystem: Bool { rawValue.utf8.first == UInt8(ascii: "\\") }

        public var description: String { rawValue }
    }
}

extension IMAP.Flag: Hashable {
    public static func == (a: Self, b: Self) -> Bool {
        a.rawValue == b.rawValue || a.rawValue.asciiLowercased == b.rawValue.asciiLowercased
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue.asciiLowercased) }
}

extension StringProtocol {
    /// Letters A to Z made small, everything else untouched: how the protocol compares names, whatever the locale.
    var asciiLowercased: String {
        if utf8.allSatisfy({ !(0x41...0x5A).contains($0) }) { return String(self) }
        return String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// Letters a to z made big, everything else untouched.
    var asciiUppercased: String {
        if utf8.allSatisfy({ !(0x61...0x7A).contains($0) }) { return String(self) }
        return String(decoding: utf8.map { (0x61...0x7A).contains($0) ? $0 & 0xDF : $0 }, as: UTF8.self)
    }
}
