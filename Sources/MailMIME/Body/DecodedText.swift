/// The text of a part after its charset was decoded.
public struct DecodedText: Sendable, Hashable {
    public var text: String

    /// True where the charset was unknown or did not fit, so that characters may be wrong (RFC 8621 section 4.1.4).
    public var isEncodingProblem: Bool

    public init(text: String, isEncodingProblem: Bool) {
        self.text = text
        self.isEncodingProblem = isEncodingProblem
    }
}

extension MIMEMessage {
    /// The content of a part after transfer decoding, exactly.
    public func decodedBody(of index: Int) -> [UInt8] { [] }

    /// The content of a part after transfer decoding, exactly.
    public func decodedBody(of part: MIMEPart) -> [UInt8] { decodedBody(of: part.index) }

    /// The content of a text part as text, line ends made LF; for other parts too, if one insists.
    public func text(of index: Int) -> DecodedText { DecodedText(text: "", isEncodingProblem: false) }
}
