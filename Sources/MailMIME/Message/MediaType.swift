/// A media type (RFC 2045 section 5), both halves in lower case.
public struct MediaType: Sendable, Hashable, CustomStringConvertible {
    public var type: String
    public var subtype: String

    public init(type: String, subtype: String) {
        self.type = type
        self.subtype = subtype
    }

    /// The usual notation, `type/subtype`.
    public var description: String { type + "/" + subtype }

    /// What an entity without a usable Content-Type is (RFC 2045 section 5.2).
    public static let textPlain = MediaType(type: "text", subtype: "plain")
}
