import MailProtocol

extension AccountParts {
    /// A session for an account; a refused token is renewed once, and the new one tried.
    func openSession(
        of id: AccountID, opening: (ConnectionDetails) async throws -> any MailSession
    ) async throws -> any MailSession {
        let details = try await connecting.connection(to: .imap, of: id)
        do {
            return try await opening(details)
        } catch let failure as MailFailure where failure.isRefusedToken(details.credentials) {
            guard let renewed = try await connecting.connection(to: .imap, of: id, insteadOfRefused: details) else { throw failure }
            do {
                return try await opening(renewed)
            } catch let failure as MailFailure where failure.isRefusedToken(details.credentials) {
                throw failure.ofFreshToken
            }
        }
    }

    /// Sends with the account's credentials, and once more with a renewed token where the first was refused: nothing has left by then.
    func send(
        _ message: OutgoingMessage, of id: AccountID, phase: @escaping @Sendable (SubmissionPhase) async throws -> Void
    ) async throws -> SendReport {
        let details = try await connecting.connection(to: .smtp, of: id)
        let report = await sender.send(message, through: details, phase: phase)
        guard report.isRefusedToken(details.credentials),
            let renewed = try await connecting.connection(to: .smtp, of: id, insteadOfRefused: details)
        else { return report }
        var second = await sender.send(message, through: renewed, phase: phase)
        if second.isRefusedToken(renewed.credentials), let diagnosis = second.diagnosis {
            second.diagnosis = MailFailure(diagnosis, retry: .afterAttention).ofFreshToken.diagnosis
        }
        return second
    }
}

extension Diagnosis {
    /// A server refused a token that looked good: it ended early, was revoked, or is not for this mailbox.
    fileprivate func isRefusedToken(_ credentials: Credentials) -> Bool {
        guard case .bearer = credentials, stage == .signIn else { return false }
        return [.wrongCredentials, .tokenExpired, .tokenRevoked, .tokenRefused].contains(cause)
    }
}

extension SendReport {
    fileprivate func isRefusedToken(_ credentials: Credentials) -> Bool { diagnosis?.isRefusedToken(credentials) ?? false }
}

extension MailFailure {
    func isRefusedToken(_ credentials: Credentials) -> Bool { diagnosis.isRefusedToken(credentials) }

    /// The same for a token that was issued just now: the sign-in itself does not fit the mailbox.
    var ofFreshToken: MailFailure {
        var failure = self
        failure.diagnosis.cause = .tokenRefused
        return failure
    }
}
