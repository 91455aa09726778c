import MailProtocol

extension AccountService {
    /// What a finished sign-in at a provider's own page brings.
    struct Granted: Sendable {
        var issued: IssuedTokens
        var identity: String?
        /// As asked for; what was given may be in `issued`.
        var scopes: [String]
    }

    // MARK: Connecting

    /// The same as with a password: both servers must take the token before anything is saved.
    func add(_ request: NewAccount, granted: Granted, for user: User) async throws -> Account {
        let address = try EmailAddress(request.address)
        let provider = try await providers.provider(request.providerID, for: user)
        let login = try Self.login(request.login, address: address, format: provider.settings.loginFormat)
        try await requireNew(address, at: provider, for: user)
        let stages = await signIn(
            provider.settings, credentials: .bearer(login: login, token: granted.issued.access), sender: address.text,
            skipping: request.skippedSides)
        if let failure = SignInFailure(stages: Self.ofFreshToken(stages)) { throw failure }
        return try await save(request, address: address, login: login, for: user, by: user) { id in
            try await tokens.begin(
                granted.issued, identity: granted.identity, scopes: granted.scopes, for: id,
                sealedCredential: try credentials.seal(.oauth, of: id))
        }
    }

    /// An account's new consent; the account, its ids and its progress stay as they are.
    func signInAgain(_ id: AccountID, _ granted: Granted, login: String, by user: User) async throws -> Account {
        let account = try await account(id, of: user)
        let provider = try await providers.provider(account.providerID, for: user)
        let stages = Self.ofFreshToken(
            await signIn(
                provider.settings, credentials: .bearer(login: login, token: granted.issued.access), sender: account.address,
                skipping: account.skippedSides))
        // A server that is away says nothing about the consent: the account waits for it with the new token.
        if let failure = SignInFailure(stages: stages), stages.contains(where: { $0.verdict == .failed && $0.stage == .signIn }) {
            throw failure
        }
        try await tokens.begin(
            granted.issued, identity: granted.identity, scopes: granted.scopes, for: id,
            sealedCredential: try credentials.seal(.oauth, of: id))
        try await providers.note("account.sign-in", account.address, by: user.id)
        if !account.settings.isPaused { await activity.restart(id) }
        return try await self.account(id, of: user)
    }

    /// A token that was issued a moment ago and is refused has not expired: it is not for this mailbox.
    static func ofFreshToken(_ stages: [DiagnosticStage]) -> [DiagnosticStage] {
        stages.map { stage in
            guard let diagnosis = stage.diagnosis, stage.verdict == .failed else { return stage }
            let failure = MailFailure(diagnosis, retry: .afterAttention)
            guard failure.isRefusedToken(.bearer(login: "", token: Secret(""))) else { return stage }
            var shown = stage
            shown.diagnosis = failure.ofFreshToken.diagnosis
            return shown
        }
    }

    // MARK: Grants

    /// One's own grants; an administrator may see everybody's.
    public func grants(of user: User, all: Bool = false) async throws -> [(grant: Grant, account: Account)] {
        let accounts = all && user.isAdmin ? try await store.accounts() : try await store.accounts(of: user.id)
        let known = Dictionary(uniqueKeysWithValues: accounts.map { ($0.id, $0) })
        return try await store.grants().compactMap { grant in known[grant.accountID].map { (grant, $0) } }
    }

    /// Before a person goes with his accounts: gives their permissions back once that is done.
    public func farewell(to id: UserID) async throws -> @Sendable () async -> Void {
        await tokens.farewell(to: try await store.accounts(of: id).map(\.id))
    }

    public func grant(of id: AccountID) async throws -> Grant? { try await store.grant(of: id) }

    /// Gives the permission back at the service; the account stays with its mail and waits for a new sign-in.
    public func disconnect(_ id: AccountID, by user: User) async throws {
        let account = try await managed(id, by: user)
        guard try await store.grant(of: id) != nil else { throw Problem(.notFound, details: ["what": "grant"]) }
        try await tokens.disconnect(id)
        try await providers.note("account.disconnect", account.address, by: user.id)
        if !account.settings.isPaused { await activity.restart(id) }
    }
}

extension Account {
    /// A side that the account does not use is not signed in to.
    var skippedSides: Set<MailSide> {
        var sides: Set<MailSide> = []
        if !settings.receiveEnabled { sides.insert(.imap) }
        if !settings.sendEnabled { sides.insert(.smtp) }
        return sides
    }
}
