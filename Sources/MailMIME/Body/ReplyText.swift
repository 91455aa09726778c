/// A reply split into what is new and what is quoted.
public struct ReplyText: Sendable, Hashable {
    /// What the sender wrote this time.
    public var new: String

    /// The quoted message with the line that introduces it; empty where there is none.
    public var quoted: String

    /// The signature that follows the new text, without its `-- ` line; empty where there is none.
    public var signature: String

    public init(new: String, quoted: String = "", signature: String = "") {
        self.new = new
        self.quoted = quoted
        self.signature = signature
    }

    /// Splits the plain text of a message.
    public static func split(_ text: String) -> ReplyText { ReplyText(new: text) }
}
