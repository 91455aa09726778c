/// One reply of an SMTP server: a code and its lines (RFC 5321, section 4.2).
public struct SMTPReply: Sendable, Hashable {
    /// 200...599
    public var code: Int
    /// The text of each line without code, separator and line end; not UTF-8 becomes U+FFFD.
    public var lines: [String]
    /// The enhanced code of the first line (RFC 2034), nil where the server gives none or contradicts its own basic code.
    public var enhancedStatus: EnhancedStatusCode?

    public init(code: Int, lines: [String]) {
        self.code = code
        self.lines = lines
        let first = lines.first.flatMap { EnhancedStatusCode(prefixOf: $0) }
        enhancedStatus = first.flatMap { $0.class == code / 100 ? $0 : nil }
    }

    /// What the first digit says.
    public enum Severity: Sendable, Hashable { case completed, intermediate, transient, permanent }

    public var severity: Severity {
        switch code / 100 {
        case 2: .completed
        case 3: .intermediate
        case 4: .transient
        default: .permanent
        }
    }

    public var isPositive: Bool { severity == .completed }

    /// The text without enhanced codes, lines joined by a space.
    public var text: String {
        lines.map { line in
            guard enhancedStatus != nil, let end = EnhancedStatusCode.length(inPrefixOf: line) else { return line }
            return String(line.dropFirst(end).drop { $0 == " " })
        }.joined(separator: " ")
    }
}

extension SMTPReply: CustomStringConvertible {
    /// `550 5.7.1 text`, lines joined by a space; an enhanced code that each line repeats is there once (RFC 8621 §7, smtpReply).
    public var description: String {
        let rest = lines.dropFirst().map { line in
            guard enhancedStatus != nil, EnhancedStatusCode(prefixOf: line) == enhancedStatus,
                let end = EnhancedStatusCode.length(inPrefixOf: line)
            else { return line }
            return String(line.dropFirst(end).drop { $0 == " " })
        }
        return "\(code) \((lines.prefix(1) + rest).joined(separator: " "))"
    }
}
