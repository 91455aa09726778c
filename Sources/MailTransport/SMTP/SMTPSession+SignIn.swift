import MailProtocol

extension SMTPSession {
    /// Signs in by the strongest mechanism both sides speak, and by the next one where the server does not take it after all.
    mutating func signIn(_ credentials: Credentials, endpoint: ServerEndpoint) async throws(SMTPError) -> SASLMechanism {
        let offered = info.capabilities.authentication
        guard !offered.isEmpty else { throw SMTPError(.signIn, .obstacle(.authenticationNotOffered)) }
        let binding = connection.tlsInfo?.channelBinding
        let allowed = SASLSelection.candidates(
            offered: offered, credentials: credentials, isEncrypted: connection.isEncrypted,
            allowPlaintext: options.allowsPlaintextCredentials, channelBinding: binding)
        let candidates = allowed.filter { options.onlyMechanisms?.contains($0) ?? true }
        guard var mechanism = candidates.first else { throw SMTPError(.signIn, .obstacle(.noCommonMechanism(offered: offered))) }
        while true {
            let failure: SMTPError
            do throws(SMTPError) {
                try await authenticate(mechanism, credentials, endpoint: endpoint)
                if candidates[0].bindsChannel, !mechanism.bindsChannel { connection.channelBindingWasRefused() }
                return mechanism
            } catch {
                failure = error
            }
            let isCredentialFailure: Bool
            switch failure.cause {
            case .credentialsRefused: isCredentialFailure = true
            case .reply(let reply) where reply.severity == .permanent: isCredentialFailure = false
            case .sasl(let error): isCredentialFailure = !Self.isMechanismFault(error)
            default: throw failure
            }
            guard let next = SASLSelection.next(after: mechanism, isCredentialFailure: isCredentialFailure, in: candidates) else {
                throw failure
            }
            if case .sasl(.serverNotProven) = failure.cause { throw failure }
            mechanism = next
        }
    }

    /// Whether another mechanism may do better: the fault lies in how the server speaks this one.
    private static func isMechanismFault(_ error: SASLError) -> Bool {
        switch error {
        case .malformedChallenge, .challengeTooLong, .nonceMismatch, .iterationCount, .noChannelBinding, .unsuitableCredentials: true
        case .refused(let reason): reason != "invalid-proof" && reason != "unknown-user"
        case .forbiddenCharacter, .serverNotProven: false
        }
    }

    private mutating func authenticate(_ mechanism: SASLMechanism, _ credentials: Credentials, endpoint: ServerEndpoint)
        async throws(SMTPError)
    {
        var exchange: SASLExchange
        do {
            exchange = try SASLExchange(
                mechanism, credentials: credentials, host: endpoint.host, port: endpoint.port,
                channelBinding: connection.tlsInfo?.channelBinding)
        } catch {
            throw SMTPError(.signIn, .sasl(error))
        }
        var answer = try await command(.auth(mechanism, initialResponse: exchange.initialResponse()), stage: .signIn)
        var fault: SASLError?
        while answer.code == 334 {
            // After our own refusal the server owes one more reply, not more questions.
            guard fault == nil else { throw SMTPError(.signIn, .violation(.unexpectedReply(answer))) }
            let response: [UInt8]?
            do throws(SASLError) {
                guard let challenge = SASLLine.decode(answer.lines.first ?? "") else { throw .malformedChallenge(mechanism) }
                response = try exchange.respond(to: challenge)
            } catch {
                fault = error
                response = nil
            }
            answer = try await command(.authResponse(response), stage: .signIn)
        }
        if let fault { throw SMTPError(.signIn, .sasl(fault)) }
        guard answer.code == 235 else { throw SMTPError(.signIn, Self.cause(of: answer, diagnostic: exchange.serverDiagnostic)) }
        do {
            try exchange.finish(SASLLine.decode(answer.text))
        } catch {
            throw SMTPError(.signIn, .sasl(error))
        }
    }

    /// RFC 4954 section 6: 535 is a wrong password; 534 is a weak mechanism, save where it asks a person for another password.
    private static func cause(of reply: SMTPReply, diagnostic: String?) -> SMTPError.Cause {
        switch reply.code {
        case 535: .credentialsRefused(reply, diagnostic: diagnostic)
        case 534 where !reply.text.lowercased().contains("mechanism"): .credentialsRefused(reply, diagnostic: diagnostic)
        default: .reply(reply)
        }
    }
}
