/// What a server says it can do, from its EHLO reply (RFC 5321, section 4.1.1.1).
public struct SMTPCapabilities: Sendable, Equatable {
    /// The first word of the reply: the server's own name for itself.
    public var serverName = ""
    /// Keyword in upper case, with its parameters as sent.
    public var keywords: [String: [String]] = [:]

    /// No capabilities: what HELO leaves.
    public init() {}

    public init(ehlo reply: SMTPReply) {
        serverName = reply.lines.first?.split(separator: " ").first.map(String.init) ?? ""
        for line in reply.lines.dropFirst() {
            // "AUTH=PLAIN LOGIN" is an old spelling some servers still send beside the right one.
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "=" }).map(String.init)
            guard let keyword = words.first?.uppercased() else { continue }
            keywords[keyword, default: []] += words.dropFirst()
        }
    }

    public func offers(_ keyword: String) -> Bool { keywords[keyword] != nil }

    public var startTLS: Bool { offers("STARTTLS") }
    public var pipelining: Bool { offers("PIPELINING") }
    public var chunking: Bool { offers("CHUNKING") }
    public var eightBitMIME: Bool { offers("8BITMIME") }
    public var smtputf8: Bool { offers("SMTPUTF8") }
    public var dsn: Bool { offers("DSN") }
    public var requireTLS: Bool { offers("REQUIRETLS") }
    public var enhancedStatusCodes: Bool { offers("ENHANCEDSTATUSCODES") }

    /// SASL mechanism names, upper case, each once.
    public var authentication: [String] {
        var seen = Set<String>()
        // Exchange 2003 and older say X-EXPS for AUTH.
        return (keywords["AUTH"] ?? keywords["X-EXPS"] ?? []).map { $0.uppercased() }.filter { seen.insert($0).inserted }
    }

    /// The largest message in octets (RFC 1870); nil where the server names none, as `SIZE 0` does.
    public var largestMessage: Int? {
        keywords["SIZE"]?.first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// The shortest DELIVERBY time in seconds (RFC 2852), 0 where none is named, nil without the extension.
    public var shortestDeliverBy: Int? {
        keywords["DELIVERBY"].map { $0.first.flatMap { Int($0) } ?? 0 }
    }

    /// A value of LIMITS (RFC 9422): `RCPTMAX`, `MAILMAX`, `RCPTDOMAINMAX`.
    public func limit(_ name: String) -> Int? {
        // Parameters were split at "=": RCPTMAX 100 MAILMAX 5.
        guard let words = keywords["LIMITS"], let index = words.firstIndex(where: { $0.uppercased() == name }),
            index + 1 < words.count, let value = Int(words[index + 1]), value > 0
        else { return nil }
        return value
    }
}
