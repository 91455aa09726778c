/// An address as a person types it: `name@domain`.
public struct EmailAddress: Sendable, Hashable {
    public let mailboxName: String
    /// Lower case.
    public let domain: String

    public var text: String { "\(mailboxName)@\(domain)" }

    /// Trimmed, the domain in lower case; throws `invalidAddress` with the field `address`.
    public init(_ text: String) throws {
        let trimmed = text.drop(while: \.isWhitespace)
        let typed = String(trimmed.reversed().drop(while: \.isWhitespace).reversed())
        if typed.isEmpty { throw Problem(.required, field: "address", details: ["field": "address"]) }
        guard let at = typed.lastIndex(of: "@"), at != typed.startIndex, typed.utf8.count <= 320,
            !typed.contains(where: { $0.isWhitespace || $0.isNewline || $0 == "<" || $0 == ">" || $0 == "," }),
            case .success(let domain) = HostName.checkDomain(String(typed[typed.index(after: at)...]))
        else { throw Problem(.invalidAddress, field: "address", details: ["value": typed]) }
        self.mailboxName = String(typed[..<at])
        self.domain = domain
    }

    /// The login that a format makes of the address; nil: the person types it.
    public func login(_ format: LoginFormat) -> String? {
        switch format {
        case .manual: nil
        case .email: text
        case .mailboxName: mailboxName
        }
    }
}
