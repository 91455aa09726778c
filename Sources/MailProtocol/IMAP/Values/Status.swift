extension IMAP {
    /// A status response: how something ended, with the server's code and its own words.
    public struct Status: Sendable, Hashable {
        public enum Condition: String, Sendable, Hashable {
            case ok = "OK"
            case no = "NO"
            case bad = "BAD"
            case bye = "BYE"
            case preauth = "PREAUTH"
        }

        public let condition: Condition
        public let code: ResponseCode?
        /// The server's words, for people; may be empty. Invalid UTF-8 is replaced.
        public let text: String

        public init(_ condition: Condition, code: ResponseCode? = nil, text: String = "") {
            self.condition = condition
            self.code = code
            self.text = text
        }
    }
}
