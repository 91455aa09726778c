import MailProtocol

extension IMAPClient {
    /// How somebody was signed in.
    public enum SignInMethod: Sendable, Equatable {
        case sasl(SASLMechanism)
        /// The LOGIN command, for servers without a mechanism in common.
        case login
        case preauthenticated
    }

    /// Signs in by the strongest mechanism both sides speak, then by the next where the server does not take it after all.
    ///
    /// - Parameter allowPlaintext: the provider says "None": a password may travel in the clear.
    @discardableResult
    public func signIn(_ credentials: Credentials, allowPlaintext: Bool = false) async throws(IMAPError) -> SignInMethod {
        if isPreauthenticated { return .preauthenticated }
        let binding = tlsInfo?.channelBinding
        let isEncrypted = tlsInfo != nil
        let offered = capabilities.saslMechanisms
        var candidates = SASLSelection.candidates(
            offered: offered, credentials: credentials, isEncrypted: isEncrypted, allowPlaintext: allowPlaintext, channelBinding: binding)
        guard var mechanism = candidates.first else {
            guard case .password(let user, let password) = credentials, !capabilities.isLoginDisabled, isEncrypted || allowPlaintext else {
                throw IMAPError(.noCommonMechanism(offered: offered))
            }
            try await login(user: user, password: password)
            return .login
        }
        while true {
            let failure: IMAPError
            do throws(IMAPError) {
                try await authenticate(mechanism, credentials, binding: binding)
                try await refreshIfNeeded()
                // A server that offered -PLUS and took the same password without it does not know our type of binding.
                let offersBinding = offered.contains { $0.hasSuffix("-PLUS") }
                if case .password = credentials, binding != nil, offersBinding, !mechanism.bindsChannel {
                    pipeline.connection.channelBindingWasRefused()
                }
                return .sasl(mechanism)
            } catch {
                failure = error
            }
            let isCredentialFailure: Bool
            switch failure.cause {
            case .credentialsRefused: isCredentialFailure = true
            case .refused, .rejected: isCredentialFailure = false
            default: throw failure
            }
            // Binding to the channel may be what the two sides disagree on (Cyrus knows only tls-unique): the same proof without it is next.
            if mechanism.bindsChannel {
                candidates.removeAll(where: \.bindsChannel)
                guard isOpen, let unbound = candidates.first else { throw failure }
                mechanism = unbound
                continue
            }
            guard isOpen, let next = SASLSelection.next(after: mechanism, isCredentialFailure: isCredentialFailure, in: candidates) else {
                throw failure
            }
            mechanism = next
        }
    }

    /// Signs in by one mechanism, whatever others there are.
    public func authenticate(_ mechanism: SASLMechanism, _ credentials: Credentials, binding: ChannelBinding? = nil) async throws(IMAPError)
    {
        let exchange: SASLExchange
        do throws(SASLError) {
            exchange = try SASLExchange(
                mechanism, credentials: credentials, host: endpoint.host, port: endpoint.port,
                channelBinding: binding ?? tlsInfo?.channelBinding)
        } catch {
            throw IMAPError(.sasl(error), command: "AUTHENTICATE")
        }
        var dialogue = IMAP.AuthenticateDialogue(exchange, hasInitialResponse: capabilities.hasInitialResponse)
        let options = CommandPipeline.SendOptions(priority: .interactive, isExclusive: true)
        let run = try await pipeline.send(dialogue.command, collector: NoCollector(), options: options)
        defer { pipeline.releaseWriter() }
        while let challenge = await run.nextContinuation() {
            switch dialogue.continuation(challenge) {
            case .send(let bytes): try await pipeline.write(bytes[...], command: "AUTHENTICATE")
            case .violation:
                let failure = IMAPError(.protocolViolation("challenge after cancelling"), command: "AUTHENTICATE")
                pipeline.end(failure)
                throw failure
            }
        }
        let status = try await run.completion.value(ifCancelled: .failure(IMAPError(.cancelled, command: "AUTHENTICATE"))).get()
        switch dialogue.tagged(status) {
        case .success: forgetCapabilities(after: status)
        case .refused(let status, let diagnostic): throw Self.refusal(status, diagnostic, command: "AUTHENTICATE")
        case .failed(.serverNotProven):
            // Signed in at somebody who does not know the password: an impostor.
            let failure = IMAPError(.sasl(.serverNotProven), command: "AUTHENTICATE")
            pipeline.end(failure)
            throw failure
        case .failed(let error): throw IMAPError(.sasl(error), command: "AUTHENTICATE")
        }
    }

    private func login(user: String, password: Secret) async throws(IMAPError) {
        let options = CommandPipeline.SendOptions(priority: .interactive, isExclusive: true)
        let (status, _) = try await pipeline.run(.login(user: user, password: password), collecting: NoCollector(), options: options)
        guard status.condition == .ok else { throw Self.refusal(status, nil, command: "LOGIN") }
        forgetCapabilities(after: status)
        try await refreshIfNeeded()
    }

    /// RFC 5530: AUTHENTICATIONFAILED is the password; other codes say what else. Without a code a NO to a password is the password.
    private static func refusal(_ status: IMAP.Status, _ diagnostic: String?, command: String) -> IMAPError {
        guard status.condition == .no else { return IMAPError(.rejected(status), command: command) }
        switch status.code {
        case .authenticationFailed, .authorizationFailed, .expired, .webAlert, .alert:
            return IMAPError(.credentialsRefused(status, diagnostic: diagnostic), command: command)
        case nil where !IMAPError(.refused(status)).isThrottled:
            return IMAPError(.credentialsRefused(status, diagnostic: diagnostic), command: command)
        case .other where !IMAPError(.refused(status)).isThrottled:
            return IMAPError(.credentialsRefused(status, diagnostic: diagnostic), command: command)
        default:
            return IMAPError(.refused(status), command: command)
        }
    }

    /// Who is signed in is offered more, or less: what was known before does not count, unless the answer itself told anew.
    private func forgetCapabilities(after status: IMAP.Status) {
        if case .capability = status.code { return }
        pipeline.state.withLock { $0.knowsCapabilities = false }
    }

    private func refreshIfNeeded() async throws(IMAPError) {
        if !pipeline.state.withLock({ $0.knowsCapabilities }) { try await refreshCapabilities() }
    }

    // MARK: After sign-in

    /// Tells who we are and learns who the server is (RFC 2971); empty where ID is not offered.
    ///
    /// NetEase (163, 126) and QQ refuse SELECT to clients that did not introduce themselves.
    public func identify(as fields: [String: String]) async throws(IMAPError) -> [String: String] {
        guard capabilities.contains("ID") else { return [:] }
        let (_, collected) = try await pipeline.require(
            .id(fields), collecting: FirstCollector { response in if case .id(let fields) = response { fields } else { nil } })
        return collected.value ?? [:]
    }

    /// Turns extensions on (RFC 5161); returns those that are on now, in upper case. What is not offered is left out.
    @discardableResult
    public func enable(_ names: [String]) async throws(IMAPError) -> Set<String> {
        let known = capabilities
        guard known.hasEnable else { return [] }
        let wanted = names.filter { known.contains($0) }
        guard !wanted.isEmpty else { return [] }
        let options = CommandPipeline.SendOptions(isExclusive: true)
        return Self.enabled(try await pipeline.require(.enable(wanted), collecting: Self.enabledCollector, options: options).1)
    }

    static var enabledCollector: FirstCollector<[String]> {
        FirstCollector { response in if case .enabled(let names) = response { names } else { nil } }
    }

    /// What ``enabledCollector`` gathered, in upper case.
    static func enabled(_ collected: any ResponseCollector) -> Set<String> {
        Set(((collected as? FirstCollector<[String]>)?.value ?? []).map { $0.uppercased() })
    }

    /// Compresses the line from here on (RFC 4978); false where the server does not offer it or will not.
    @discardableResult
    public func compress() async throws(IMAPError) -> Bool {
        guard capabilities.contains("COMPRESS=DEFLATE") else { return false }
        let options = CommandPipeline.SendOptions(isExclusive: true, upgrade: .compress)
        let (status, _) = try await pipeline.run(.compress, collecting: NoCollector(), options: options)
        return status.condition == .ok
    }

    /// Where mailboxes live; without NAMESPACE one personal name space with the delimiter of the root.
    public func namespaces() async throws(IMAPError) -> IMAP.Namespaces {
        if capabilities.hasNamespace {
            let (_, collected) = try await pipeline.require(
                .namespace,
                collecting: FirstCollector { response in if case .namespace(let namespaces) = response { namespaces } else { nil } })
            if let namespaces = collected.value { return namespaces }
        }
        let (_, collected) = try await pipeline.require(
            .list(reference: "", patterns: [""], options: .plain), collecting: ListCollector(limit: 1))
        return IMAP.Namespaces(personal: [.init(prefix: IMAP.MailboxName(""), delimiter: collected.mailboxes.first?.delimiter)])
    }
}
