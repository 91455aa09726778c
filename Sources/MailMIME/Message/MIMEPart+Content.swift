extension MIMEPart {
    /// The media type; text/plain where the header names none that can be read, message/rfc822 in a digest.
    public var mediaType: MediaType { .textPlain }

    /// The parameters of Content-Type, names in lower case, values decoded (RFC 2231, encoded words).
    public var parameters: [String: String] { [:] }

    /// The charset parameter as written; nil where there is none.
    public var charset: String? { parameters["charset"] }

    /// The disposition in lower case, such as `attachment`; nil where there is none.
    public var disposition: String? { nil }

    /// The file name of Content-Disposition or, failing that, Content-Type, decoded; never a path that was stripped.
    public var filename: String? { nil }

    /// The Content-ID without angle brackets.
    public var contentID: String? { nil }

    /// The languages of Content-Language (RFC 3282).
    public var contentLanguage: [String] { [] }

    /// The Content-Location, decoded, white space taken out (RFC 2557).
    public var contentLocation: String? { nil }

    /// The transfer encoding.
    public var transferEncoding: TransferEncoding { record.encoding }
}
