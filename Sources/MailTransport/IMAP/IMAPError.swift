import MailProtocol

/// Why an IMAP session could not be made ready, or a command did not do what was asked.
public struct IMAPError: Error, Sendable, Equatable {
    public enum Cause: Sendable, Equatable {
        /// The line: not reached, not trusted, cut, silent.
        case transport(TransportError)
        /// The server said NO, with its code and words.
        case refused(IMAP.Status)
        /// The server said BAD: it did not understand, or found the command out of place.
        case rejected(IMAP.Status)
        /// The server does not take these credentials; for OAuth with its own JSON about the token.
        case credentialsRefused(IMAP.Status, diagnostic: String?)
        /// The server said goodbye; nil where it only hung up.
        case bye(IMAP.Status?)
        case sasl(SASLError)
        /// No mechanism is both offered and permitted on this line.
        case noCommonMechanism(offered: [String])
        /// The server greets as signed in before TLS: whose session it is can't be known.
        case preauthBeforeTLS
        /// The server speaks something else than IMAP.
        case protocolViolation(String)
        /// The server sent more than the named limit permits.
        case limitExceeded(String)
        /// The server does not offer this, and there is no other way.
        case notOffered(String)
        /// A message is larger than the server takes.
        case tooLarge(size: UInt64, limit: UInt64)
        /// The stream of an appended message ended early or ran over.
        case wrongSize(expected: UInt64)
        /// The connection had ended before the command was sent.
        case closed
        /// The caller's task was cancelled; the answer, if it comes, is dropped.
        case cancelled
    }

    public var cause: Cause
    /// The verb of the command it happened to: `UID FETCH`.
    public var command: String?

    public init(_ cause: Cause, command: String? = nil) {
        self.cause = cause
        self.command = command
    }

    /// Whether the connection can be used on.
    public var connectionIsUsable: Bool {
        switch cause {
        case .refused, .rejected, .credentialsRefused, .noCommonMechanism, .notOffered, .tooLarge: true
        case .cancelled: true
        case .transport, .bye, .sasl, .preauthBeforeTLS, .protocolViolation, .limitExceeded, .closed, .wrongSize: false
        }
    }

    /// Whether the same attempt may succeed later without anybody changing anything.
    public var isRetryable: Bool {
        switch cause {
        case .transport(let error): error.isRetryable
        case .refused(let status), .credentialsRefused(let status, _), .bye(let status?): Self.isTransient(status)
        case .bye(nil), .closed: true
        case .rejected, .sasl, .noCommonMechanism, .preauthBeforeTLS, .protocolViolation, .limitExceeded, .notOffered, .tooLarge,
            .wrongSize, .cancelled:
            false
        }
    }

    /// Whether the server has had enough of us for now: too many connections, too much traffic.
    public var isThrottled: Bool {
        guard let status else { return false }
        switch status.code {
        case .limit, .throttled, .inUse: return true
        default:
            // Providers that predate the codes say it in words.
            let text = status.text.lowercased()
            return text.contains("too many") || text.contains("connection limit") || text.contains("throttl")
                || text.contains("bandwidth limit")
        }
    }

    private static func isTransient(_ status: IMAP.Status) -> Bool {
        switch status.code {
        case .unavailable, .inUse, .serverBug, .limit, .throttled, .corruption: return true
        default: return status.condition == .bye
        }
    }

    /// The server's answer, where it is one.
    public var status: IMAP.Status? {
        switch cause {
        case .refused(let status), .rejected(let status), .credentialsRefused(let status, _): status
        case .bye(let status): status
        default: nil
        }
    }

    /// A stable code for messages, documents and translations.
    public var code: String {
        switch cause {
        case .transport(let error): error.code
        case .refused(let status): status.code.map { "imap-refused-\($0.name.lowercased())" } ?? "imap-refused"
        case .rejected: "imap-rejected"
        case .credentialsRefused: "credentials-refused"
        case .bye: "closed-by-server"
        case .sasl(.serverNotProven): "server-not-proven"
        case .sasl: "sasl-failure"
        case .noCommonMechanism: "no-common-mechanism"
        case .preauthBeforeTLS: "preauth-before-tls"
        case .protocolViolation: "protocol-violation"
        case .limitExceeded: "limit-exceeded"
        case .notOffered: "imap-not-offered"
        case .tooLarge: "imap-too-large"
        case .wrongSize: "imap-wrong-size"
        case .closed: "connection-closed"
        case .cancelled: "cancelled"
        }
    }
}

extension IMAPError: CustomStringConvertible {
    public var description: String { "\(code)\(command.map { " at \($0)" } ?? ""): \(cause)" }
}
