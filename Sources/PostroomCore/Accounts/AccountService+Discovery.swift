import MailProtocol

extension AccountService {
    /// How long the doctor waits for a message to oneself.
    static let arrivalLimit = Duration.seconds(60)

    /// Connects a mailbox whose provider discovery has found: the provider is made with it, and goes again where the servers refuse.
    ///
    /// A provider that is there already and means the same servers is used instead. Who may add providers is unchanged.
    public func connect(
        _ request: NewAccount, discovered settings: ProviderSettings, domains: [String], for user: User, by actor: User
    ) async throws -> (account: Account, notice: Diagnosis?) {
        var request = request
        let known = try await providers.providers(for: user).first {
            ProviderService.isSameService($0.settings, settings) && $0.settings.loginFormat == settings.loginFormat
        }
        if let known {
            request.providerID = known.id
            return try await connect(request, for: user, by: actor)
        }
        let provider = try await providers.add(settings, clientSecret: nil, domains: domains, by: user)
        request.providerID = provider.id
        do {
            let connected = try await connect(request, for: user, by: actor)
            // A provider that was made just now learns at once what its logins look like.
            if connected.notice != nil {
                var learned = provider.settings
                learned.loginFormat = learned.loginFormat == .email ? .mailboxName : .email
                _ = try await providers.update(provider.id, settings: learned, clientSecret: nil, by: user)
            }
            return connected
        } catch {
            try? await providers.remove(provider.id, by: user)
            throw error
        }
    }

    /// The other plausible form of a login, where the servers let it in; nil where there is none or they do not.
    ///
    /// Asked only when both sides refused login and password and said nothing else: one more attempt for each side, never more and never with the
    /// same login, so that nobody is locked out by it (docs/diagnosis.md).
    func otherLogin(
        after failure: SignInFailure, _ request: NewAccount, address: EmailAddress, settings: ProviderSettings
    ) async -> String? {
        let failures = failure.stages.filter { $0.verdict == .failed }
        guard !failures.isEmpty, failures.allSatisfy({ $0.stage == .signIn && $0.diagnosis?.cause == .wrongCredentials }),
            let tried = try? Self.login(request.login, address: address, format: settings.loginFormat),
            let other = Self.otherForm(of: tried, address: address)
        else { return nil }
        let stages = await signIn(
            settings, credentials: .password(login: other, password: request.password), sender: address.text, skipping: request.skippedSides
        )
        return SignInFailure(stages: stages) == nil ? other : nil
    }

    /// The address for the mailbox name, and the other way round; nil for a login that is neither.
    static func otherForm(of login: String, address: EmailAddress) -> String? {
        if login.lowercased() == address.text.lowercased() { return address.mailboxName }
        if login.lowercased() == address.mailboxName.lowercased() { return address.text }
        return nil
    }
}
