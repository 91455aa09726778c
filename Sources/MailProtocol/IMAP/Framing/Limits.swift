extension IMAP {
    /// How much a server may make us keep, and how long it may make us wait. Beyond a limit the connection ends with a typed error.
    public struct Limits: Sendable, Hashable {
        /// Bytes of one response outside its literals. A plain SEARCH answer names each message: a million of them are 8 MB.
        public var line = 16 * 1_024 * 1_024
        /// Bytes of a literal that is kept in memory. Larger ones pass through in pieces, if the response is a FETCH.
        public var inlineLiteral = 1_024 * 1_024
        /// Bytes of all literals of one response that are kept in memory.
        public var inlineLiterals = 16 * 1_024 * 1_024
        /// Bytes of a literal of any kind: larger than any mail that servers take.
        public var literal: UInt64 = 4 * 1_024 * 1_024 * 1_024
        /// Literals in one response: each is an allocation for a few bytes of line.
        public var literalsPerResponse = 10_000
        /// Parentheses within parentheses; a body structure of 100 nested parts needs 200.
        public var depth = 256
        /// Untagged responses that one command keeps in memory (a LIST of so many mailboxes).
        public var collectedResponses = 250_000
        /// Bytes of all responses that are kept until their commands end: as many mailboxes, each name of some hundred bytes.
        public var collectedBytes = 64 * 1_024 * 1_024
        /// Untagged responses and `+` that nobody asked for, between two tagged ones.
        public var unsolicitedResponses = 100_000
        /// Responses that make no sense, in one connection, before the server is given up.
        public var malformedResponses = 100

        /// Time from the connection to the greeting.
        public var greeting: Duration = .seconds(60)
        /// Time without progress (a whole response, or a kilobyte of a literal) while a command runs.
        public var silence: Duration = .seconds(120)
        /// Time without anything that the command asked for, whatever else comes: `* OK Still here` is progress for so long.
        public var uselessness: Duration = .seconds(30 * 60)
        /// Time after which IDLE is renewed, so that the server (after 30 minutes) and middle boxes (often sooner) keep the line.
        public var idleRenewal: Duration = .seconds(9 * 60)
        /// Time between two NOOPs where the server has no IDLE.
        public var pollInterval: Duration = .seconds(120)
        /// Time in which a server must answer the end of IDLE, or a NOOP that asks whether it is alive.
        public var proofOfLife: Duration = .seconds(30)
        /// Time to end a session in a polite way.
        public var logout: Duration = .seconds(5)

        public init() {}

        public static let standard = Limits()
    }
}
