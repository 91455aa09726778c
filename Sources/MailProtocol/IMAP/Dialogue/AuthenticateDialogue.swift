extension IMAP {
    /// AUTHENTICATE (RFC 9051, section 6.2.2) around a SASL exchange: base64, the cancelling `*`, the check at the end.
    public struct AuthenticateDialogue: Sendable {
        public enum Action: Sendable, Hashable {
            case send([UInt8])
            /// After our own refusal the server owes its last word, not more questions: the connection is to end.
            case violation
        }

        public enum Outcome: Sendable, Equatable {
            case success
            /// The server refused; `diagnostic` is its JSON about a token.
            case refused(Status, diagnostic: String?)
            /// Our side refused: a wrong proof of the server, a challenge that makes no sense.
            case failed(SASLError)
        }

        private var exchange: SASLExchange
        private var pendingInitial: [UInt8]?
        private var failure: SASLError?
        public let command: Command

        /// Prepares the command. With SASL-IR the first message travels with it (RFC 4959), else it answers the first `+`.
        public init(_ exchange: SASLExchange, hasInitialResponse: Bool) {
            var exchange = exchange
            let initial = exchange.initialResponse()
            self.exchange = exchange
            if hasInitialResponse, let initial {
                command = .authenticate(mechanism: exchange.mechanism.rawValue, initialResponse: initial)
            } else {
                command = .authenticate(mechanism: exchange.mechanism.rawValue, initialResponse: nil)
                pendingInitial = initial
            }
        }

        /// The server's challenge, as it stands behind the `+`.
        public mutating func continuation(_ text: Text) -> Action {
            guard failure == nil else { return .violation }
            if let initial = pendingInitial {
                // The first `+` only says: go on. Some servers put words behind it.
                pendingInitial = nil
                return line(initial)
            }
            guard let challenge = Base64.decode(text.bytes.filter { $0 != 0x20 }) else {
                return cancel(.malformedChallenge(exchange.mechanism))
            }
            do throws(SASLError) {
                return line(try exchange.respond(to: challenge))
            } catch {
                return cancel(error)
            }
        }

        private mutating func cancel(_ error: SASLError) -> Action {
            failure = error
            return .send(Array("*\r\n".utf8))
        }

        private func line(_ bytes: [UInt8]) -> Action { .send(Array((Base64.encode(bytes) + "\r\n").utf8)) }

        public mutating func tagged(_ status: Status) -> Outcome {
            if let failure { return .failed(failure) }
            guard status.condition == .ok else { return .refused(status, diagnostic: exchange.serverDiagnostic) }
            do throws(SASLError) {
                try exchange.finish(nil)
                return .success
            } catch {
                return .failed(error)
            }
        }
    }
}
