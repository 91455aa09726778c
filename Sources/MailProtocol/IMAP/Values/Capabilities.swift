extension IMAP {
    /// What a server says it can do (RFC 9051, section 7.2.2): names in upper case, as a set.
    public struct Capabilities: Sendable, Hashable {
        public private(set) var names: Set<String>

        /// More than ten times what the most talkative server says; they are kept as long as the connection.
        static let most = 1_000

        public init(_ names: some Sequence<String> = []) { self.names = Set(names.prefix(Self.most).map(\.asciiUppercased)) }

        /// Whether it offers `name`, in any case of letters.
        public func contains(_ name: String) -> Bool { names.contains(name) || names.contains(name.asciiUppercased) }

        /// The values of `NAME=value`, sorted: `values(of: "AUTH")` lists the SASL mechanisms.
        public func values(of name: String) -> [String] {
            let prefix = name.asciiUppercased + "="
            return names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
        }

        public var saslMechanisms: [String] { values(of: "AUTH") }
        public var isRev2: Bool { contains("IMAP4REV2") }
        public var hasStartTLS: Bool { contains("STARTTLS") }
        public var isLoginDisabled: Bool { contains("LOGINDISABLED") }
        public var hasInitialResponse: Bool { contains("SASL-IR") }
        public var hasIdle: Bool { contains("IDLE") || isRev2 }
        public var hasNamespace: Bool { contains("NAMESPACE") || isRev2 }
        public var hasUnselect: Bool { contains("UNSELECT") || isRev2 }
        public var hasUIDPlus: Bool { contains("UIDPLUS") || isRev2 }
        public var hasEnable: Bool { contains("ENABLE") || isRev2 || hasQResync }
        public var hasCondStore: Bool { contains("CONDSTORE") || hasQResync }
        public var hasQResync: Bool { contains("QRESYNC") }
        public var hasMove: Bool { contains("MOVE") || isRev2 }
        public var hasESearch: Bool { contains("ESEARCH") || isRev2 }
        public var hasSearchRes: Bool { contains("SEARCHRES") || isRev2 }
        public var hasListExtended: Bool { contains("LIST-EXTENDED") || isRev2 }
        public var hasListStatus: Bool { contains("LIST-STATUS") || isRev2 }
        public var hasSpecialUse: Bool { contains("SPECIAL-USE") || isRev2 }
        public var hasStatusSize: Bool { contains("STATUS=SIZE") || isRev2 }
        public var hasLiteralPlus: Bool { contains("LITERAL+") }
        public var hasLiteralMinus: Bool { contains("LITERAL-") || isRev2 }
        public var hasBinary: Bool { contains("BINARY") }
        public var hasObjectID: Bool { contains("OBJECTID") }
        public var hasGmailExtensions: Bool { contains("X-GM-EXT-1") }
        public var hasUTF8Accept: Bool { contains("UTF8=ACCEPT") || contains("UTF8=ONLY") }

        /// The largest message that APPEND takes, in bytes (RFC 7889); nil when not told for the whole server.
        public var appendLimit: UInt64? { values(of: "APPENDLIMIT").compactMap { UInt64($0) }.first }
    }
}
