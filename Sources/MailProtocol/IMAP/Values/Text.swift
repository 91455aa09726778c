extension IMAP {
    /// A string of the protocol, kept as the bytes that the server sent.
    ///
    /// Header text in an envelope may be in any charset, so it stays bytes until somebody who knows decodes it.
    public struct Text: Sendable, Hashable {
        public let bytes: Bytes

        public init(_ bytes: Bytes) { self.bytes = bytes }
        public init(_ string: String) { bytes = Array(string.utf8)[...] }

        /// The bytes as UTF-8, each invalid one replaced by U+FFFD.
        public var string: String { String(decoding: bytes, as: UTF8.self) }

        // Slices of different buffers are equal when their bytes are.
        public static func == (a: Text, b: Text) -> Bool { a.bytes.elementsEqual(b.bytes) }
        public func hash(into hasher: inout Hasher) {
            for byte in bytes { hasher.combine(byte) }
        }
    }
}

extension IMAP.Text: ExpressibleByStringLiteral, CustomStringConvertible {
    public init(stringLiteral value: String) { self.init(value) }
    public var description: String { string }
}
