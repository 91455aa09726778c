/// IMAP flags as JMAP keywords and back (RFC 8621 §4.1.1, RFC 5788).
public enum KeywordMap {
    /// The keywords of a message with these flags. `\Recent` is the server's own business and `\Deleted` is ``isDeleted(_:)``: neither
    /// has one.
    public static func keywords(of flags: [String]) -> Set<String> {
        var keywords: Set<String> = []
        for flag in flags {
            let lower = flag.lowercased()
            if let known = byFlag[lower] {
                keywords.insert(known)
            } else if !lower.hasPrefix("\\"), isKeyword(lower) {
                keywords.insert(lower)
            }
        }
        return keywords
    }

    /// Whether `\Deleted` is among the flags: such a message must show nowhere, expunged or not (RFC 8621 §4.1.1).
    public static func isDeleted(_ flags: [String]) -> Bool {
        flags.contains { $0.utf8.count == 8 && $0.lowercased() == "\\deleted" }
    }

    /// The flag that stands for a keyword on a server; nil where the server keeps no such flag.
    ///
    /// - Parameter permanent: PERMANENTFLAGS of the mailbox; `\*` lets any keyword in.
    public static func flag(for keyword: String, permanent: [String]) -> String? {
        let lower = keyword.lowercased()
        let wanted = byKeyword[lower] ?? (lower.hasPrefix("\\") ? keyword : lower)
        let allowed = permanent.first { $0.lowercased() == wanted.lowercased() }
        if let allowed { return allowed }
        // A server may know the keyword by one of its older names alone: `Junk` for `$Junk`.
        if let other = permanent.first(where: { byFlag[$0.lowercased()] == lower }) { return other }
        return permanent.contains("\\*") && !wanted.hasPrefix("\\") ? wanted : nil
    }

    /// Every spelling that must go when a keyword is taken away.
    public static func flags(removing keyword: String, permanent: [String]) -> [String] {
        let lower = keyword.lowercased()
        var flags = permanent.filter { byFlag[$0.lowercased()] == lower }
        if let main = flag(for: keyword, permanent: permanent), !flags.contains(main) { flags.append(main) }
        return flags
    }

    private static let byFlag: [String: String] = [
        "\\seen": "$seen", "\\answered": "$answered", "\\flagged": "$flagged", "\\draft": "$draft",
        "$forwarded": "$forwarded", "forwarded": "$forwarded", "$mdnsent": "$mdnsent",
        "$junk": "$junk", "junk": "$junk", "$notjunk": "$notjunk", "nonjunk": "$notjunk", "notjunk": "$notjunk",
        "$phishing": "$phishing",
    ]

    private static let byKeyword: [String: String] = [
        "$seen": "\\Seen", "$answered": "\\Answered", "$flagged": "\\Flagged", "$draft": "\\Draft",
        "$forwarded": "$Forwarded", "$mdnsent": "$MDNSent", "$junk": "$Junk", "$notjunk": "$NotJunk", "$phishing": "$Phishing",
    ]

    /// RFC 8621 §4.1.1: 1 to 255 characters of ASCII from %x21 to %x7E without `( ) { ] % * " \`.
    private static func isKeyword(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"(){]%*\"\\".utf8.contains($0) }
    }
}
