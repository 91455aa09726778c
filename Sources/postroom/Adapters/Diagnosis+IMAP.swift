import MailProtocol
import MailTransport
import PostroomCore

extension MailFailure {
    /// What an IMAP error means: for the person, for the connection, for another attempt.
    init(_ error: IMAPError, endpoint: ServerEndpoint, login: String, stage: DiagnosisStage) {
        var details = ["host": endpoint.host, "port": "\(endpoint.port)", "login": login]
        func diagnosis(_ cause: DiagnosisCause, _ text: String = "") -> Diagnosis {
            Diagnosis(stage: stage, cause: cause, side: .imap, serverText: text, details: details)
        }
        switch error.cause {
        case .transport(let transport):
            self.init(transport, side: .imap, endpoint: endpoint, transferStage: stage)
            return
        case .refused(let status):
            // A refusal with a code of its own (CONTACTADMIN, LIMIT) is still one of the sign-in.
            let cause = stage == .signIn ? Self.signInCause(of: status) : Self.cause(of: status, isThrottled: error.isThrottled)
            let retry: Retry =
                stage == .signIn ? (error.isRetryable || error.isThrottled ? .later : .afterAttention) : error.isRetryable ? .later : .never
            self.init(diagnosis(cause, status.text), retry: retry, isConnectionUsable: true)
        case .rejected(let status):
            details["reason"] = status.text
            self.init(diagnosis(.protocolError, status.text), retry: .never, isConnectionUsable: true)
        case .credentialsRefused(let status, let diagnostic):
            let cause = Self.signInCause(of: status, token: diagnostic)
            self.init(diagnosis(cause, status.text), retry: error.isRetryable ? .later : .afterAttention, isConnectionUsable: true)
        case .bye(let status):
            let throttled = error.isThrottled
            self.init(
                diagnosis(throttled ? .tooManyConnections : status == nil ? .connectionLost : .serverUnavailable, status?.text ?? ""),
                retry: .later)
        case .sasl(let failure):
            details["reason"] = "\(failure)"
            self.init(diagnosis(.protocolError), retry: .afterAttention)
        case .noCommonMechanism(let offered):
            details["mechanisms"] = offered.joined(separator: ", ")
            self.init(diagnosis(offered.isEmpty ? .loginDisabled : .noCommonMechanism), retry: .afterAttention, isConnectionUsable: true)
        case .preauthBeforeTLS:
            self.init(diagnosis(.startTLSInjection), retry: .afterAttention)
        case .protocolViolation(let reason):
            details["reason"] = reason
            let isFirstWord = stage == .greeting || stage == .connect
            self.init(diagnosis(isFirstWord ? .notThisProtocol : .protocolError), retry: isFirstWord ? .afterAttention : .later)
        case .limitExceeded(let limit):
            details["limit"] = limit
            self.init(diagnosis(.limitExceeded), retry: .later)
        case .notOffered(let name):
            details["reason"] = "\(name) is not offered"
            self.init(diagnosis(.protocolError), retry: .never, isConnectionUsable: true)
        case .tooLarge(_, let limit):
            details["limit"] = "\(limit)"
            self.init(diagnosis(.messageTooLarge), retry: .never, isConnectionUsable: true)
        case .wrongSize, .closed, .cancelled:
            self.init(diagnosis(.connectionLost), retry: .later)
        }
    }

    private static func cause(of status: IMAP.Status, isThrottled: Bool) -> DiagnosisCause {
        switch status.code {
        case .overQuota: .quotaExceeded
        case .tooBig: .messageTooLarge
        case .unavailable, .serverBug, .corruption: .serverUnavailable
        case .nonExistent, .noPermission, .tryCreate, .cannot, .alreadyExists, .hasChildren, .contactAdmin: .mailboxUnavailable
        case .privacyRequired: .loginDisabled
        case .inUse, .limit: .tooManyConnections
        default: isThrottled ? .rateLimited : .mailboxUnavailable
        }
    }

    /// Providers say in words what no code says yet.
    private static func signInCause(of status: IMAP.Status, token diagnostic: String? = nil) -> DiagnosisCause {
        if let diagnostic { return tokenCause(diagnostic) }
        if case .webAlert = status.code { return .webSignInRequired }
        if case .privacyRequired = status.code { return .loginDisabled }
        if case .expired = status.code { return .tokenExpired }
        if case .limit = status.code { return .tooManyConnections }
        if case .inUse = status.code { return .tooManyConnections }
        if case .unavailable = status.code { return .serverUnavailable }
        if case .contactAdmin = status.code { return SignInRefusal.cause(of: status.text) ?? .accountLocked }
        return SignInRefusal.cause(of: status.text) ?? .wrongCredentials
    }

    /// A server's own JSON about a token (RFC 7628 §3.2.2; Google's form has a number for the status).
    static func tokenCause(_ diagnostic: String) -> DiagnosisCause {
        diagnostic.contains("insufficient_scope") ? .consentMissing : .tokenExpired
    }
}
