/// A content transfer encoding (RFC 2045 section 6) as found in mail.
public enum TransferEncoding: String, Sendable {
    case sevenBit = "7bit"
    case eightBit = "8bit"
    case binary
    case quotedPrintable = "quoted-printable"
    case base64
    case uuencode = "x-uuencode"
    /// A name that is not known: the content is taken as it is.
    case unknown

    /// True where the content needs no decoding.
    public var isIdentity: Bool {
        switch self {
        case .sevenBit, .eightBit, .binary, .unknown: true
        case .quotedPrintable, .base64, .uuencode: false
        }
    }
}
