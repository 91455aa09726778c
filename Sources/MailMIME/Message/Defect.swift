/// Something that is wrong with a message, found while it was read.
public struct Defect: Sendable, Hashable {
    /// What is wrong; the raw value is stable and may be stored.
    public enum Kind: String, Sendable, CaseIterable {
        /// A multipart ends without its closing boundary line.
        case missingClosingBoundary
        /// A multipart has no `boundary` parameter.
        case missingBoundaryParameter
        /// The boundary of a multipart occurs nowhere in its content.
        case boundaryNotFound
        /// A part's header runs into a boundary line or into the end without an empty line.
        case missingHeaderEnd
        /// A line in a header is neither a field nor a continuation.
        case malformedHeaderLine
        /// An mbox `From ` line precedes the header.
        case mboxFromLine
        /// A field that may occur once occurs again.
        case repeatedField
        /// The media type cannot be read; text/plain is assumed.
        case invalidContentType
        /// The transfer encoding is not known.
        case unknownTransferEncoding
        /// A multipart or an embedded message carries a transfer encoding that RFC 2045 forbids there.
        case encodedContainer
        /// Base64 content has foreign characters or a wrong end.
        case invalidBase64
        /// Quoted-printable content has an escape that is none.
        case invalidQuotedPrintable
        /// The charset is not known.
        case unknownCharset
        /// The content does not fit its charset.
        case invalidCharacters
        /// A header has bytes above 127 that are not UTF-8.
        case undeclared8BitHeader
        /// The Date field is there and cannot be read.
        case invalidDate
        /// An address list needed repair.
        case invalidAddress
        /// Nested deeper than ``MIMELimits/maxDepth``: what is deeper is left as content.
        case tooDeep
        /// More parts than ``MIMELimits/maxParts``: the rest is left as content.
        case tooManyParts
        /// More fields than ``MIMELimits/maxHeaderFields``: the rest is left out.
        case tooManyHeaderFields
        /// Longer than ``MIMELimits/maxSourceSize``: the rest is left out.
        case tooLarge
    }

    public var kind: Kind

    /// Offset into the part's source, in bytes.
    public var position: Int

    /// Index of the part it was found in.
    public var part: Int

    public init(kind: Kind, position: Int, part: Int = 0) {
        self.kind = kind
        self.position = position
        self.part = part
    }
}
