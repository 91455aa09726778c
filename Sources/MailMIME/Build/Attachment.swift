/// Content that travels with a message: a file, an inline image, an invitation.
public struct Attachment: Sendable {
    /// Where the bytes come from.
    public enum Content: Sendable {
        case bytes([UInt8])
        /// Opened each time the message is written; the reader gives pieces of any size and nil at the end.
        case stream(open: @Sendable () throws -> ChunkReader)
    }

    /// Gives the next piece of content, nil at the end.
    public typealias ChunkReader = () throws -> [UInt8]?

    /// As the recipient should see it, any script; nil for content that is no file.
    public var fileName: String?

    /// The media type with parameters, such as `image/png` or `text/calendar; method=REQUEST; charset=utf-8`.
    public var mediaType: String
    public var content: Content

    /// Without angle brackets.
    public var contentID: String?

    public init(fileName: String?, mediaType: String, content: Content, contentID: String? = nil) {
        self.fileName = fileName
        self.mediaType = mediaType
        self.content = content
        self.contentID = contentID
    }
}
