/// Keywords as they are kept: a bit for each of the common ones, the rest as text between spaces (` work $label1 `).
struct KeywordBits: Hashable, Sendable {
    var bits: Int64 = 0
    /// Sorted, a space before and after each; empty where there are none.
    var more = ""

    static let seen: Int64 = 1
    static let flagged: Int64 = 2
    static let draft: Int64 = 8

    private static let common: [(keyword: String, bit: Int64)] = [
        ("$seen", seen), ("$flagged", flagged), ("$answered", 4), ("$draft", draft), ("$forwarded", 16), ("$junk", 32), ("$notjunk", 64),
        ("$phishing", 128), ("$mdnsent", 256),
    ]
    private static let bitsByName = Dictionary(uniqueKeysWithValues: common.map { ($0.keyword, $0.bit) })

    init(bits: Int64, more: String) {
        self.bits = bits
        self.more = more
    }

    init(_ keywords: Set<String>) {
        var rest: [String] = []
        for keyword in keywords {
            if let bit = Self.bitsByName[keyword] {
                bits |= bit
            } else if let bit = Self.bitsByName[keyword.lowercased()] {
                bits |= bit
            } else if !keyword.isEmpty, !keyword.contains(" ") {
                rest.append(keyword.lowercased())
            }
        }
        if !rest.isEmpty { more = " " + Set(rest).sorted().joined(separator: " ") + " " }
    }

    var keywords: Set<String> {
        var found: Set<String> = more.isEmpty ? [] : Set(more.split(separator: " ").map(String.init))
        for (keyword, bit) in Self.common where bits & bit != 0 { found.insert(keyword) }
        return found
    }

    /// The bit of a common keyword.
    static func bit(of keyword: String) -> Int64? { bitsByName[keyword.lowercased()] }

    /// Neither seen nor a draft (RFC 8621 §2, `unreadEmails`).
    var isUnread: Bool { bits & (Self.seen | Self.draft) == 0 }

    /// A condition that holds where the keyword is set. `bits` and `more` are column names.
    static func condition(_ keyword: String, bits: String, more: String, parameter: (SQLValue) -> String) -> String {
        if let bit = bitsByName[keyword.lowercased()] { return "(\(bits) & \(bit)) <> 0" }
        let escaped = keyword.lowercased().map { $0 == "%" || $0 == "_" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\(more) LIKE \(parameter(.text("% \(escaped) %"))) ESCAPE '\\'"
    }
}
