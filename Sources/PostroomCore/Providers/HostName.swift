/// Checks of what people type for servers and domains.
public enum HostName {
    /// The longest name (RFC 1035 §2.3.4) and label.
    static let longestName = 253
    static let longestLabel = 63

    /// The host in its canonical spelling, lower case and trimmed, or why it can't be one. IP address literals are taken.
    public static func check(_ text: String, field: String) -> Result<String, Problem> {
        let host = trimmed(text).lowercased()
        if host.isEmpty { return .failure(Problem(.required, field: field, details: ["field": field])) }
        if let suggestion = suggestion(for: host) {
            return .failure(
                Problem(
                    .hostLooksLikeAddress, field: field, details: ["value": host, "suggestion": suggestion],
                    members: ["suggestion": suggestion]))
        }
        guard isIPAddress(host) || isName(host) else {
            return .failure(Problem(.invalidHost, field: field, details: ["value": text]))
        }
        return .success(host)
    }

    /// `imap@domain.com` -> `imap.domain.com`, as instructions misprint it; nil where the text has no "@" between names.
    static func suggestion(for text: String) -> String? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, isName(String(parts[1])) else { return nil }
        let joined = parts[0] + "." + parts[1]
        return isName(String(joined)) ? String(joined) : nil
    }

    /// A domain of provider addresses: two labels at least, or one of a private network.
    public static func checkDomain(_ text: String, field: String = "domain") -> Result<String, Problem> {
        var domain = trimmed(text).lowercased()
        if domain.hasPrefix("@") { domain.removeFirst() }
        guard isName(domain), !isIPAddress(domain) else {
            return .failure(Problem(domain.isEmpty ? .required : .invalidDomain, field: field, details: ["value": text, "field": field]))
        }
        return .success(domain)
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    public static func checkPort(_ port: Int, field: String) -> Problem? {
        if port == 455 { return Problem(.port455, field: field, details: ["value": "455"], members: ["suggestion": "465"]) }
        return (1...65_535).contains(port) ? nil : Problem(.invalidPort, field: field, details: ["value": String(port)])
    }

    /// Letters (of any script: IDNA), digits and inner hyphens in labels; one final dot is let pass.
    static func isName(_ text: String) -> Bool {
        var name = text[...]
        if name.hasSuffix(".") { name.removeLast() }
        guard !name.isEmpty, name.utf8.count <= longestName else { return false }
        for label in name.split(separator: ".", omittingEmptySubsequences: false) {
            guard !label.isEmpty, label.utf8.count <= longestLabel, label.first != "-", label.last != "-" else { return false }
            guard label.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }) else { return false }
        }
        return true
    }

    static func isIPAddress(_ text: String) -> Bool {
        if text.contains(":") {
            return text.utf8.count <= 45 && text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." || $0 == "%" } && text.contains("::")
                || text.split(separator: ":", omittingEmptySubsequences: false).count == 8
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
