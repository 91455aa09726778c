extension IMAP {
    /// Why a response is not one: what was expected, and at which byte of the response.
    public struct ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        public let expected: String
        public let offset: Int

        public init(expected: String, offset: Int) {
            self.expected = expected
            self.offset = offset
        }

        public var description: String { "expected \(expected) at byte \(offset)" }
    }
}
