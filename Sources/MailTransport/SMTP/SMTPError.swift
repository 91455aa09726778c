import MailProtocol

/// Why an SMTP session could not be made ready.
public struct SMTPError: Error, Sendable, Equatable {
    /// How far it had come.
    public enum Stage: String, Sendable, Codable, CaseIterable {
        case connect, greeting, hello, startTLS, signIn, ready
        /// A sender was tried.
        case sender
    }

    public enum Cause: Sendable, Equatable {
        case transport(TransportError)
        /// The server said no, or not now.
        case reply(SMTPReply)
        /// The server does not take these credentials; for OAuth with its own JSON about the token.
        case credentialsRefused(SMTPReply, diagnostic: String?)
        case obstacle(SubmissionObstacle)
        case sasl(SASLError)
        case violation(SMTPProtocolError)
    }

    public var stage: Stage
    public var cause: Cause

    public init(_ stage: Stage, _ cause: Cause) {
        self.stage = stage
        self.cause = cause
    }

    /// Whether the same attempt may succeed later without anybody changing anything.
    public var isRetryable: Bool {
        switch cause {
        case .transport(let error): error.isRetryable
        case .reply(let reply): reply.severity == .transient
        case .credentialsRefused, .obstacle, .sasl, .violation: false
        }
    }

    /// A stable code for messages, documents and translations.
    public var code: String {
        switch cause {
        case .transport(let error): error.code
        case .reply(let reply):
            reply.severity == .transient ? "smtp-\(stage.rawValue.lowercased())-later" : "smtp-\(stage.rawValue.lowercased())-refused"
        case .credentialsRefused: "credentials-refused"
        case .obstacle(.noCommonMechanism): "no-common-mechanism"
        case .obstacle(.authenticationNotOffered): "authentication-not-offered"
        case .obstacle: "smtp-obstacle"
        case .sasl(.serverNotProven): "server-not-proven"
        case .sasl: "sasl-failure"
        case .violation(.limitExceeded): "limit-exceeded"
        case .violation: "protocol-violation"
        }
    }
}

extension SMTPError: CustomStringConvertible {
    public var description: String { "\(code) at \(stage.rawValue): \(cause)" }
}
