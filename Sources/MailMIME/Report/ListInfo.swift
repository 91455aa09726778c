/// What the list header fields (RFC 2369, 2919, 8058) say.
public struct ListInfo: Sendable, Hashable {
    /// The List-Id between its angle brackets.
    public var id: String?
    /// The text before it.
    public var name: String?
    public var post: [String] = []
    public var unsubscribe: [String] = []
    public var archive: [String] = []
    public var help: [String] = []
    /// True where an HTTPS POST to the unsubscribe URL is enough (RFC 8058).
    public var allowsOneClickUnsubscribe = false
}

extension MIMEMessage {
    /// The list that the message came through; nil where it came through none.
    public var listInfo: ListInfo? { nil }

    /// True where the message was not written by a person for this occasion (RFC 3834): never answer it automatically.
    public var isAutomatic: Bool { false }
}
