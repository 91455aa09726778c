/// How a discovery document writes the login: with placeholders, or filled in by the server that was asked.
public enum LoginTemplate: Sendable, Equatable {
    case format(LoginFormat)
    /// Made of parts in another way, or a name of its own: filled in, to be confirmed by the person.
    case literal(String)
    /// The server filled in somebody else's address: it answers about another mailbox than the one asked for.
    case anotherAddress(String)

    /// `%EMAILADDRESS%`, `%EMAILLOCALPART%`, `%EMAILDOMAIN%` (autoconfig 1.1), or the address itself.
    public init(_ text: String?, for address: EmailAddress) {
        guard let text, !text.isEmpty else {
            self = .format(.email)
            return
        }
        let filled = Self.fill(text, for: address)
        // "%EMAILADDRESS" without its end stands in published files.
        if filled.lowercased() == address.text.lowercased() || text == "%EMAILADDRESS" {
            self = .format(.email)
        } else if filled.lowercased() == address.mailboxName.lowercased() {
            self = .format(.mailboxName)
        } else if let at = filled.lastIndex(of: "@"), !text.contains("%"),
            filled[filled.index(after: at)...].lowercased() == address.domain
        {
            self = .anotherAddress(filled)
        } else {
            self = .literal(filled)
        }
    }

    /// The placeholders of host names, display names and logins.
    public static func fill(_ text: String, for address: EmailAddress) -> String {
        guard text.contains("%") else { return text }
        var out = text
        for (name, value) in [
            ("%EMAILADDRESS%", address.text), ("%EMAILLOCALPART%", address.mailboxName), ("%EMAILDOMAIN%", address.domain),
        ] {
            out = out.replacing(name, with: value)
        }
        return out
    }
}
