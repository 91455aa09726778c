import MailProtocol
import MailTransport
import PostroomCore

extension MailFailure {
    /// What it means that an SMTP session could not be made ready.
    init(_ error: SMTPError, endpoint: ServerEndpoint, login: String) {
        let stage = Self.stage(of: error.stage)
        var details = ["host": endpoint.host, "port": "\(endpoint.port)", "login": login]
        func diagnosis(_ cause: DiagnosisCause, _ text: String = "") -> Diagnosis {
            Diagnosis(stage: stage, cause: cause, side: .smtp, serverText: text, details: details)
        }
        switch error.cause {
        case .transport(let transport):
            self.init(transport, side: .smtp, endpoint: endpoint, transferStage: stage)
        case .reply(let reply):
            let passes = reply.severity == .transient
            let cause: DiagnosisCause =
                reply.code == 421 || reply.code == 450 || reply.code == 451 || reply.code == 454 && error.stage == .signIn
                ? Self.laterCause(of: reply)
                : error.stage == .signIn && SignInRefusal.cause(of: reply.text) != nil
                    ? SignInRefusal.cause(of: reply.text) ?? .protocolError
                    : error.stage == .startTLS
                        ? .startTLSNotOffered
                        : reply.code == 530
                            ? .loginDisabled
                            : passes ? .serverUnavailable : error.stage == .greeting ? .serverUnavailable : .protocolError
            details["reason"] = reply.description
            self.init(diagnosis(cause, reply.description), retry: passes ? .later : .afterAttention)
        case .credentialsRefused(let reply, let diagnostic):
            let cause =
                diagnostic.map(Self.tokenCause) ?? SignInRefusal.cause(of: reply.text)
                ?? (reply.code == 534 ? .webSignInRequired : .wrongCredentials)
            self.init(
                diagnosis(cause, reply.description), retry: reply.severity == .transient ? .later : .afterAttention,
                isConnectionUsable: true)
        case .obstacle(let obstacle):
            self.init(Diagnosis(obstacle, stage: stage, endpoint: endpoint, login: login), retry: .afterAttention)
        case .sasl(let failure):
            details["reason"] = "\(failure)"
            self.init(diagnosis(.protocolError), retry: .afterAttention)
        case .violation(let violation):
            details["reason"] = "\(violation)"
            self.init(
                diagnosis(error.stage == .greeting ? .notThisProtocol : .protocolError),
                retry: error.stage == .greeting ? .afterAttention : .later)
        }
    }

    private static func stage(of stage: SMTPError.Stage) -> DiagnosisStage {
        switch stage {
        case .connect: .connect
        case .greeting: .greeting
        case .hello: .capabilities
        case .startTLS: .tls
        case .signIn: .signIn
        case .ready, .sender: .sender
        }
    }

    static func laterCause(of reply: SMTPReply) -> DiagnosisCause {
        let text = reply.text.lowercased()
        if ["too many connections", "too many concurrent", "connection limit", "simultaneous"].contains(where: text.contains) {
            return .tooManyConnections
        }
        if text.contains("rate") || text.contains("too much mail") || text.contains("too many") { return .rateLimited }
        return .serverUnavailable
    }
}

extension Diagnosis {
    init(_ obstacle: SubmissionObstacle, stage: DiagnosisStage, endpoint: ServerEndpoint, login: String) {
        var details = ["host": endpoint.host, "port": "\(endpoint.port)", "login": login]
        let cause: DiagnosisCause
        switch obstacle {
        case .tooLarge(_, let limit):
            cause = .messageTooLarge
            details["limit"] = "\(limit)"
        case .noCommonMechanism(let offered):
            cause = .noCommonMechanism
            details["mechanisms"] = offered.joined(separator: ", ")
        case .authenticationNotOffered: cause = .authenticationNotOffered
        case .noSMTPUTF8, .unsafeAddress, .noRecipients: cause = .recipientRefused
        case .noRequireTLS: cause = .messageRefused
        }
        self.init(stage: stage, cause: cause, side: .smtp, details: details)
    }

    /// A reply to MAIL, RCPT or the message itself.
    init(_ reply: SMTPReply, phase: SubmissionPhase, recipient: String, sender: String, endpoint: ServerEndpoint) {
        let status = reply.enhancedStatus
        let isAboutSize = reply.code == 552 && status?.subject == 3 || status.map { $0.subject == 3 && $0.detail == 4 } == true
        let cause: DiagnosisCause =
            reply.severity == .transient && phase != .rcpt
            ? MailFailure.laterCause(of: reply)
            : isAboutSize
                ? .messageTooLarge
                : status.map { $0.subject == 2 && $0.detail == 2 } == true
                    ? .quotaExceeded
                    : phase == .mailFrom
                        ? .senderNotAllowed
                        : phase == .rcpt
                            ? (reply.text.lowercased().contains("sender") ? .senderNotAllowed : .recipientRefused)
                            : .messageRefused
        self.init(
            stage: phase == .mailFrom ? .sender : .delivery, cause: cause, side: .smtp, serverText: reply.description,
            details: ["host": endpoint.host, "port": "\(endpoint.port)", "recipient": recipient, "sender": sender, "limit": ""])
    }
}
