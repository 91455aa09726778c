import Logging
import MailProtocol
import MailTransport
import PostroomCore

/// Sends through `SMTPClient`; messages of one account that follow each other share a session.
struct SMTPMessageSender: MessageSender {
    let options: ConnectionOptions
    private let pool = SMTPClientPool()

    init(options: ConnectionOptions) { self.options = options }

    func send(
        _ message: OutgoingMessage, through connection: ConnectionDetails,
        phase: @escaping @Sendable (SubmissionPhase) async throws -> Void
    ) async -> SendReport {
        let endpoint = connection.endpoint
        let client = await pool.client(
            for: endpoint, credentials: connection.credentials,
            options: Self.options(self.options, connection.pinnedCertificate, endpoint))
        var envelope = SMTPEnvelope(
            mailFrom: message.mailFrom, recipients: message.recipients.map { SMTPEnvelope.Recipient($0) }, size: message.bytes.count)
        envelope.is8Bit = message.bytes.contains { $0 > 127 }
        let outcome = await client.send(envelope, message: message.bytes, onPhase: phase)
        return report(outcome, message: message, connection: connection)
    }

    static func options(_ connection: ConnectionOptions, _ pin: String?, _ endpoint: ServerEndpoint) -> SMTPOptions {
        var options = SMTPOptions(connection: connection.pinned(to: pin))
        options.allowsPlaintextCredentials = endpoint.security == .none
        return options
    }

    private func report(_ outcome: SubmissionOutcome, message: OutgoingMessage, connection: ConnectionDetails) -> SendReport {
        switch outcome {
        case .accepted(let acceptance):
            // Some may be refused while others are served: the first refusal is what a person must know.
            let refused = acceptance.recipients.first { $0.verdict != .accepted }
            return SendReport(
                .accepted, recipients: acceptance.recipients, reply: acceptance.reply.description,
                diagnosis: refused.map { diagnosis($0, message, connection) })
        case .refused(let rejection):
            let (failure, reply) = explain(rejection, message, connection)
            return SendReport(.refused, recipients: rejection.recipients, reply: reply, diagnosis: failure.diagnosis, retry: failure.retry)
                .waitingForSignIn(failure)
        case .tryLater(let rejection):
            let (failure, reply) = explain(rejection, message, connection)
            return SendReport(.tryLater, recipients: rejection.recipients, reply: reply, diagnosis: failure.diagnosis, retry: failure.retry)
        case .unknown(let fault):
            let transport = Diagnosis(
                stage: .delivery, cause: .outcomeUnknown, side: .smtp, serverText: fault.reply?.description ?? "",
                details: ["host": connection.endpoint.host, "port": "\(connection.endpoint.port)"])
            return SendReport(.unknown, reply: fault.reply?.description ?? "", diagnosis: transport)
        }
    }

    private func diagnosis(_ verdict: RecipientVerdict, _ message: OutgoingMessage, _ connection: ConnectionDetails) -> Diagnosis {
        Diagnosis(verdict.reply, phase: .rcpt, recipient: verdict.address, sender: message.mailFrom, endpoint: connection.endpoint)
    }

    private func explain(
        _ rejection: SubmissionOutcome.Rejection, _ message: OutgoingMessage, _ connection: ConnectionDetails
    ) -> (MailFailure, reply: String) {
        let endpoint = connection.endpoint
        let login = connection.credentials.login
        switch rejection.fault {
        case .session(let error):
            let failure = MailFailure(error, endpoint: endpoint, login: login)
            return (failure, failure.diagnosis.serverText)
        case .transport(let error):
            let failure = MailFailure(error, side: .smtp, endpoint: endpoint, transferStage: .delivery)
            return (failure, "")
        case .reply(let reply):
            let recipient = rejection.recipients.first { $0.verdict != .accepted }
            let phase: SubmissionPhase = recipient != nil && rejection.phase == .rcpt ? .rcpt : rejection.phase
            let diagnosis = Diagnosis(
                recipient?.reply ?? reply, phase: phase, recipient: recipient?.address ?? message.recipients.joined(separator: ", "),
                sender: message.mailFrom, endpoint: endpoint)
            return (MailFailure(diagnosis, retry: reply.severity == .transient ? .later : .never), reply.description)
        case .obstacle(let obstacle):
            return (MailFailure(Diagnosis(obstacle, stage: .delivery, endpoint: endpoint, login: login), retry: .never), "")
        case .violation(let violation):
            let diagnosis = Diagnosis(
                stage: .delivery, cause: .protocolError, side: .smtp,
                details: ["host": endpoint.host, "port": "\(endpoint.port)", "reason": "\(violation)"])
            return (MailFailure(diagnosis, retry: .later), "")
        case .source(let reason), .journal(let reason):
            let diagnosis = Diagnosis(stage: .delivery, cause: .internalError, side: .smtp, details: ["reason": reason])
            return (MailFailure(diagnosis, retry: .later), "")
        }
    }
}

extension SendReport {
    /// A sign-in that fails says nothing about the message: it waits in the outbox until somebody mends the account.
    fileprivate func waitingForSignIn(_ failure: MailFailure) -> SendReport {
        guard failure.retry == .afterAttention else { return self }
        var report = self
        report.result = .tryLater
        return report
    }
}
