import MailProtocol

/// Signing in at a provider's own page: authorization code with PKCE in a browser, device authorization on the command line.
///
/// Nothing is saved before the service has named the person (where it does) and both mail servers have taken the token.
public struct SignInService: Sendable {
    /// How long a person may take at the service.
    static let lifetime: Int64 = 900

    let store: any GrantStore & DirectoryStore
    let accounts: AccountService
    let providers: ProviderService
    let tokens: AccessTokens
    let vault: any Vault
    let clock: any Clock

    public init(
        store: any GrantStore & DirectoryStore, accounts: AccountService, providers: ProviderService, tokens: AccessTokens,
        vault: any Vault,
        clock: any Clock = SystemClock()
    ) {
        self.store = store
        self.accounts = accounts
        self.providers = providers
        self.tokens = tokens
        self.vault = vault
        self.clock = clock
    }

    /// A sign-in that has begun: where to send the browser, or what to type on another device.
    public struct Begun: Sendable {
        public var attempt: SignInAttempt
        public var authorizeURL: String?
        public var userCode: String?
        public var verificationURL: String?
        /// With the code in it.
        public var completeURL: String?
    }

    // MARK: Beginning

    /// For a new account at a provider.
    public func begin(
        _ request: SignInAttempt.Request, at id: ProviderID, flow: SignInAttempt.Flow, session: [UInt8]?, by user: User
    ) async throws -> Begun {
        let provider = try await providers.provider(id, for: user)
        var request = request
        let address = try EmailAddress(request.address)
        request.address = address.text
        request.login = try AccountService.login(request.login, address: address, format: provider.settings.loginFormat)
        try await accounts.requireNew(address, at: provider, for: user)
        return try await begin(request, at: provider, account: nil, flow: flow, session: session, by: user)
    }

    /// For an account that signs in again, or that gives up its password for it: mail, ids and progress stay.
    public func beginAgain(
        _ id: AccountID, redirectURI: String, flow: SignInAttempt.Flow, session: [UInt8]?, by user: User
    ) async throws -> Begun {
        let account = try await accounts.account(id, of: user)
        let provider = try await providers.provider(account.providerID, for: user)
        let request = SignInAttempt.Request(
            address: account.address, login: account.login, settings: account.settings, redirectURI: redirectURI)
        return try await begin(request, at: provider, account: account, flow: flow, session: session, by: user)
    }

    private func begin(
        _ wanted: SignInAttempt.Request, at provider: Provider, account: Account?, flow: SignInAttempt.Flow, session: [UInt8]?,
        by user: User
    ) async throws -> Begun {
        guard provider.settings.authentication == .oauth2, let settings = provider.settings.oauth else {
            throw Problem(.notOAuth, details: ["name": provider.settings.name])
        }
        let now = clock.now()
        var request = wanted
        request.nonce = OAuthRandom.text(bytes: 16)
        // Never sent anywhere for a device: it only keeps the row's key unique.
        let state = OAuthRandom.text()
        var attempt = SignInAttempt(
            id: OAuthRandom.text(bytes: 16), flow: flow, stateHash: OAuthRandom.hash(state), userID: user.id, sessionHash: session,
            providerID: provider.id, accountID: account?.id, request: request, createdAt: now,
            expiresAt: now.adding(seconds: Self.lifetime))
        switch flow {
        case .code:
            let verifier = OAuthRandom.text()
            try await store.addSignIn(attempt, sealedSecret: try seal(Secret(verifier), of: attempt))
            var fields = [
                ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", request.redirectURI), ("state", state),
                ("code_challenge", OAuthRandom.challenge(of: verifier)), ("code_challenge_method", "S256"),
                ("login_hint", request.login?.contains("@") == true ? request.login ?? "" : request.address),
            ]
            if !settings.scopes.isEmpty { fields.append(("scope", settings.scopes.joined(separator: " "))) }
            if settings.scopes.contains("openid") { fields.append(("nonce", request.nonce)) }
            return Begun(attempt: attempt, authorizeURL: OAuthAddress.adding(fields, to: settings.authorizeURL))
        case .device:
            guard settings.deviceURL?.isEmpty == false else {
                throw Problem(.noDeviceSignIn, details: ["name": provider.settings.name, "link": Self.origin(of: request.redirectURI)])
            }
            let device: OAuthClient.DeviceAuthorization
            do {
                device = try await tokens.client(of: provider).authorizeDevice()
            } catch let failure as OAuthFailure {
                throw SignInRefused(diagnosis(failure, attempt, provider))
            }
            attempt.request.interval = device.interval
            attempt.expiresAt = now.adding(seconds: device.lifetime)
            try await store.addSignIn(attempt, sealedSecret: try seal(device.deviceCode, of: attempt))
            return Begun(
                attempt: attempt, userCode: device.userCode, verificationURL: device.verificationURL, completeURL: device.completeURL)
        }
    }

    /// `https://mail.example.com/api/...` -> `https://mail.example.com/`.
    private static func origin(of url: String) -> String {
        url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(separator: "/") + "/"
    }

    // MARK: Coming back

    /// What the browser brings back from the service (RFC 6749 §4.1.2, RFC 9207).
    public struct Answer: Sendable {
        public var state: String
        public var code: Secret?
        public var error: String?
        public var errorDescription: String?
        public var issuer: String?

        public init(state: String, code: Secret?, error: String?, errorDescription: String?, issuer: String?) {
            self.state = state
            self.code = code
            self.error = error
            self.errorDescription = errorDescription
            self.issuer = issuer
        }
    }

    /// Takes the answer of the service, once; the code is exchanged by ``finish(_:by:)``.
    ///
    /// Throws `Problem` (`sign-in-state-invalid`) for a state that is unknown, used, expired, or of another user or browser session:
    /// else somebody could have a stranger's mailbox connected to his own account by sending the stranger a link.
    public func arrive(_ answer: Answer, user: User?, session: [UInt8]?) async throws -> SignInAttempt {
        guard let attempt = try await store.signIn(stateHash: OAuthRandom.hash(answer.state)), attempt.flow == .code,
            attempt.phase == .waiting, attempt.expiresAt > clock.now(), attempt.userID == user?.id,
            attempt.sessionHash == nil || attempt.sessionHash == session,
            let provider = try await store.provider(attempt.providerID), let settings = provider.settings.oauth
        else { throw Problem(.signInStateInvalid) }
        // Mixed up with another authorization server: its code, or its error, is not for us (RFC 9207 §2.4).
        if let known = settings.issuer, answer.issuer != nil || settings.sendsIssuer == true, answer.issuer != known {
            let failure = OAuthFailure.refused(code: "access_denied", description: "iss is \(answer.issuer ?? "missing"), not \(known)")
            _ = try await store.arriveSignIn(attempt.id, sealedCode: nil, diagnosis: diagnosis(failure, attempt, provider))
            throw Problem(.signInStateInvalid)
        }
        let isOurs: Bool
        if let code = answer.code, !code.isEmpty, answer.error == nil {
            isOurs = try await store.arriveSignIn(attempt.id, sealedCode: try seal(code, of: attempt), diagnosis: nil)
        } else {
            let failure = OAuthFailure.refused(code: answer.error ?? "access_denied", description: answer.errorDescription ?? "")
            isOurs = try await store.arriveSignIn(attempt.id, sealedCode: nil, diagnosis: diagnosis(failure, attempt, provider))
        }
        guard isOurs else { throw Problem(.signInStateInvalid) }
        return attempt
    }

    /// One's own sign-in, as it stands.
    public func attempt(_ id: String, of user: User) async throws -> SignInAttempt {
        guard let attempt = try await store.signIn(id), attempt.userID == user.id else {
            throw Problem(.notFound, details: ["what": "sign-in"])
        }
        return attempt
    }

    // MARK: Finishing

    /// Exchanges what the person brought back and connects the account, or signs it in again.
    ///
    /// Throws `Problem` (`sign-in-pending`) while the service waits for the person, ``SignInRefused`` where the service or the
    /// identity is at fault, ``SignInFailure`` where the mail servers are.
    public func finish(_ id: String, by user: User) async throws -> Account {
        var attempt = try await attempt(id, of: user)
        guard attempt.phase == .refused || attempt.expiresAt > clock.now() else { throw Problem(.signInStateInvalid) }
        let provider = try await providers.provider(attempt.providerID, for: user)
        let issued: IssuedTokens
        do {
            issued = try await issue(&attempt, provider)
        } catch let failure as OAuthFailure {
            attempt.diagnosis = diagnosis(failure, attempt, provider)
            // A device's code stays good where the service was only away.
            if attempt.flow == .code || failure.needsPerson { attempt.phase = .refused }
            try await store.updateSignIn(attempt)
            throw SignInRefused(attempt.diagnosis ?? diagnosis(failure, attempt, provider))
        }
        do {
            let account = try await connect(attempt, issued, provider, by: user)
            attempt.phase = .finished
            attempt.accountID = account.id
            try await store.updateSignIn(attempt)
            return account
        } catch {
            attempt.phase = .refused
            if let refused = error as? SignInRefused { attempt.diagnosis = refused.diagnosis }
            try await store.updateSignIn(attempt)
            await tokens.giveBack(issued, at: provider)
            throw error
        }
    }

    private func issue(_ attempt: inout SignInAttempt, _ provider: Provider) async throws -> IssuedTokens {
        switch (attempt.flow, attempt.phase) {
        case (_, .refused): throw SignInRefused(attempt.diagnosis ?? Diagnosis(stage: .signIn, cause: .consentMissing, side: .imap))
        case (_, .finished): throw Problem(.signInStateInvalid)
        case (.code, .waiting): throw Problem(.signInPending, members: ["retryAfter": "1"])
        case (.code, .arrived):
            guard let taken = try await store.takeSignIn(attempt.id) else { throw Problem(.signInStateInvalid) }
            return try await tokens.client(of: provider).exchange(
                code: try open(taken.sealedCode, of: attempt), verifier: try open(taken.sealedSecret, of: attempt),
                redirectURI: attempt.request.redirectURI)
        case (.device, _):
            guard let sealed = try await store.sealedSecret(ofSignIn: attempt.id) else { throw Problem(.signInStateInvalid) }
            switch try await tokens.client(of: provider).poll(device: try open(sealed, of: attempt)) {
            case .issued(let issued): return issued
            case .pending: break
            case .slowDown:
                attempt.request.interval += 5
                try await store.updateSignIn(attempt)
            }
            throw Problem(.signInPending, members: ["retryAfter": String(attempt.request.interval)])
        }
    }

    private func connect(_ attempt: SignInAttempt, _ issued: IssuedTokens, _ provider: Provider, by user: User) async throws -> Account {
        let request = attempt.request
        let login = request.login ?? request.address
        let identity: String?
        do {
            identity = try await tokens.client(of: provider).identity(
                of: issued, nonce: provider.settings.oauth?.scopes.contains("openid") == true ? request.nonce : nil)
        } catch let failure as OAuthFailure {
            throw SignInRefused(diagnosis(failure, attempt, provider))
        }
        if let identity, !IdentityClaims.isSame(identity, request.address), !IdentityClaims.isSame(identity, login) {
            throw SignInRefused(
                Diagnosis(stage: .signIn, cause: .wrongAccount, side: .imap, details: ["other": identity, "login": request.address]))
        }
        let granted = AccountService.Granted(issued: issued, identity: identity, scopes: provider.settings.oauth?.scopes ?? [])
        if let id = attempt.accountID { return try await accounts.signInAgain(id, granted, login: login, by: user) }
        return try await accounts.add(
            NewAccount(
                address: request.address, providerID: provider.id, login: login, password: Secret(""), senderName: request.senderName,
                settings: request.settings), granted: granted, for: user)
    }

    // MARK: Parts

    private func diagnosis(_ failure: OAuthFailure, _ attempt: SignInAttempt, _ provider: Provider) -> Diagnosis {
        var diagnosis = failure.diagnosis(
            login: attempt.request.address, host: OAuthAddress.host(of: provider.settings.oauth?.tokenURL ?? ""))
        // A code that the service does not take (tampered with, too old, used) was no consent; nothing was there to be revoked.
        if diagnosis.cause == .tokenRevoked { diagnosis.cause = .consentMissing }
        return diagnosis
    }

    private func seal(_ secret: Secret, of attempt: SignInAttempt) throws -> [UInt8] {
        try secret.withBytes { try vault.seal($0, context: "sign-in:\(attempt.id)") }
    }

    private func open(_ sealed: [UInt8], of attempt: SignInAttempt) throws -> Secret {
        Secret(bytes: try vault.open(sealed, context: "sign-in:\(attempt.id)"))
    }
}

/// The service, or the person there, did not let Postroom in; the mail servers were not asked.
public struct SignInRefused: Error, Sendable {
    public var diagnosis: Diagnosis

    public init(_ diagnosis: Diagnosis) { self.diagnosis = diagnosis }
}
