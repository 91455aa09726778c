extension IMAP {
    /// Sends one command piece by piece, as the server lets it: literals wait for `+`, and a refusal ends it early.
    ///
    /// APPEND is such a command; its message is the ``Action/stream(_:)``.
    public struct SendDialogue: Sendable {
        public enum Action: Sendable, Hashable {
            case send([UInt8])
            /// Send so many bytes of the caller's.
            case stream(UInt64)
            /// Nothing to do until the server says something.
            case wait
            /// All is said; the tagged response will come.
            case done
            /// The server has refused already: nothing more may be sent.
            case refused
        }

        private var pieces: ArraySlice<EncodedCommand.Piece>
        private var isWaiting = false
        private var isRefused = false

        public init(_ command: EncodedCommand) { pieces = command.pieces[...] }

        /// The next thing to do; to be asked again after each action that sends.
        public mutating func next() -> Action {
            if isRefused { return .refused }
            if isWaiting { return .wait }
            guard let piece = pieces.popFirst() else { return .done }
            switch piece {
            case .bytes(let bytes): return .send(bytes)
            case .stream(let count): return .stream(count)
            case .awaitContinuation:
                isWaiting = true
                return .wait
            }
        }

        /// The server said `+`. False: nobody waited for that, and it is to be ignored.
        public mutating func continuation() -> Bool {
            defer { isWaiting = false }
            return isWaiting
        }

        /// The tagged response came. Before all was said it is a refusal.
        public mutating func tagged() { isRefused = !pieces.isEmpty || isWaiting }
    }
}
