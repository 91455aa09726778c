extension IMAP {
    /// IDLE (RFC 2177): asks, waits for `+`, and says DONE when told to, but never before the `+`.
    public struct IdleDialogue: Sendable {
        public enum Action: Sendable, Hashable {
            case none
            /// Send `DONE` CRLF; the tagged response must follow soon.
            case sendDone
        }

        private enum State { case asked, idling, ending, ended }
        private var state = State.asked
        private var wantsEnd = false

        /// The command has been sent.
        public init() {}

        public var isOver: Bool { state == .ended }

        /// The server said `+`.
        public mutating func continuation() -> Action {
            guard state == .asked else { return .none }
            state = .idling
            return wantsEnd ? end() : .none
        }

        /// Ends it. Before the `+` the wish is kept: a DONE that comes too early would be taken for a command.
        public mutating func end() -> Action {
            wantsEnd = true
            guard state == .idling else { return .none }
            state = .ending
            return .sendDone
        }

        /// The tagged response came, asked or not: some servers end IDLE on their own, others refuse it.
        public mutating func tagged() { state = .ended }
    }
}
