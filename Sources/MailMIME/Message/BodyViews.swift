/// The body as a reader sees it (RFC 8621 section 4.1.4): indices into ``MIMEMessage/parts``.
public struct BodyViews: Sendable, Hashable {
    /// What to show, in order, where plain text is preferred; may hold HTML parts and inline images.
    public var textBody: [Int] = []

    /// The same where HTML is preferred; may hold plain text parts.
    public var htmlBody: [Int] = []

    /// Everything else that is worth a line in a list of attachments.
    public var attachments: [Int] = []

    public init() {}
}

extension MIMEMessage {
    public var bodyViews: BodyViews { BodyViews() }

    /// True where a person would say that something is attached: images that the HTML shows do not count.
    public var hasAttachment: Bool { false }
}
