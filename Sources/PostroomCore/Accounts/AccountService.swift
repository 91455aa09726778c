import Foundation
import MailProtocol

/// Connecting mailboxes and keeping their settings: whatever the page, the API and the command line do with accounts.
public struct AccountService: Sendable {
    let store: any DirectoryStore & MailStore & GrantStore
    let credentials: AccountCredentials
    let providers: ProviderService
    let tester: any ConnectionTesting
    let activity: any AccountActivity
    let clock: any Clock

    public init(
        store: any DirectoryStore & MailStore & GrantStore, credentials: AccountCredentials, providers: ProviderService,
        tester: any ConnectionTesting, activity: any AccountActivity, clock: any Clock = SystemClock()
    ) {
        self.store = store
        self.credentials = credentials
        self.providers = providers
        self.tester = tester
        self.activity = activity
        self.clock = clock
    }

    var tokens: AccessTokens { credentials.tokens }

    // MARK: Seeing

    /// One's own account or one that is shared with the user. Everything that touches mail goes through here.
    ///
    /// Throws `not-found` where he may not read it, `share-right` where that is all he may.
    public func account(_ id: AccountID, of user: User, for need: AccountNeed = .read) async throws -> Account {
        guard let account = try await store.account(id), AccountAccess.of(user, to: account).mayRead else {
            throw Problem(.notFound, details: ["what": "account"])
        }
        guard AccountAccess.of(user, to: account).covers(need) else {
            throw Problem(.shareRight, details: ["address": account.address])
        }
        return account
    }

    /// An account that the user may look at: his own, one shared with him, or any for an administrator.
    public func seen(_ id: AccountID, by user: User) async throws -> Account {
        guard let account = try await store.account(id), user.isAdmin || AccountAccess.of(user, to: account).mayRead else {
            throw Problem(.notFound, details: ["what": "account"])
        }
        return account
    }

    /// Something that held the account up may be gone.
    public func lookAgain(_ id: AccountID) async { await activity.syncNow(id) }

    /// One's own account, or any for an administrator: settings and health, no mail.
    public func managed(_ id: AccountID, by user: User) async throws -> Account {
        guard let account = try await store.account(id), account.userID == user.id || user.isAdmin else {
            throw Problem(.notFound, details: ["what": "account"])
        }
        return account
    }

    // MARK: Connecting

    /// Signs in to IMAP and to SMTP at once; only when both hold is the account saved and its mail begun.
    public func add(_ request: NewAccount, for user: User, by actor: User) async throws -> Account {
        try await connect(request, for: user, by: actor).account
    }

    /// The same, with what a person should know of how it went: the login in another form than the provider's was the right one.
    public func connect(_ request: NewAccount, for user: User, by actor: User) async throws -> (account: Account, notice: Diagnosis?) {
        let address = try EmailAddress(request.address)
        let provider = try await providers.provider(request.providerID, for: user)
        var login = try Self.login(request.login, address: address, format: provider.settings.loginFormat)
        guard provider.settings.authentication == .basic else {
            throw Problem(.oauthSignInRequired, field: "provider", details: ["name": provider.settings.name])
        }
        guard !request.password.isEmpty else { throw Problem(.required, field: "password", details: ["field": "password"]) }
        try await requireNew(address, at: provider, for: user)
        let typed = Credentials.password(login: login, password: request.password)
        let stages = await signIn(provider.settings, credentials: typed, sender: address.text, skipping: request.skippedSides)
        var notice: Diagnosis?
        if let failure = SignInFailure(stages: stages) {
            guard let other = await otherLogin(after: failure, request, address: address, settings: provider.settings) else {
                throw failure
            }
            notice = Diagnosis(
                stage: .signIn, cause: .wrongLoginFormat, side: .imap,
                details: ["host": provider.settings.imap.host, "login": login, "other": other])
            login = other
        }
        let account = try await save(request, address: address, login: login, for: user, by: actor) { id in
            try await store.setSealedCredential(try credentials.seal(.password(request.password), of: id), of: id)
        }
        return (account, notice)
    }

    /// Refuses an address that the user has at this provider already.
    func requireNew(_ address: EmailAddress, at provider: Provider, for user: User) async throws {
        if try await store.accounts(of: user.id).contains(where: { $0.providerID == provider.id && Self.same($0.address, address.text) }) {
            throw Problem(.duplicate, field: "address", details: ["value": address.text])
        }
    }

    /// The account whose servers have let it in; `keep` seals what they were shown.
    func save(
        _ request: NewAccount, address: EmailAddress, login: String, for user: User, by actor: User, keep: (AccountID) async throws -> Void
    ) async throws -> Account {
        var settings = request.settings
        if try await store.accounts(of: user.id).isEmpty { settings.isDefault = true }
        let account: Account
        do {
            account = try await store.addAccount(
                userID: user.id, providerID: request.providerID, address: address.text, login: login, settings: settings,
                senderName: request.senderName.isEmpty ? user.displayName : request.senderName, sealedCredential: [])
        } catch StoreError.duplicate {
            throw Problem(.duplicate, field: "address", details: ["value": address.text])
        }
        do {
            try await keep(account.id)
        } catch {
            try? await store.removeAccount(account.id)
            throw error
        }
        try await providers.note("account.add", address.text, by: actor.id)
        await activity.start(account.id)
        return account
    }

    /// Both sides of a provider, in parallel.
    func signIn(
        _ settings: ProviderSettings, credentials: Credentials?, sender: String?, skipping: Set<MailSide> = []
    ) async -> [DiagnosticStage] {
        async let receiving =
            skipping.contains(.imap)
            ? []
            : tester.test(
                .imap, at: settings.imap, credentials: credentials, sender: nil, pinnedCertificate: settings.pinnedCertificate)
        async let sending =
            skipping.contains(.smtp)
            ? []
            : tester.test(
                .smtp, at: settings.smtp, credentials: credentials, sender: sender, pinnedCertificate: settings.pinnedCertificate)
        return await receiving + sending
    }

    /// A test of servers before they are saved; with a password also the sign-in.
    public func test(_ settings: ProviderSettings, address: String?, login: String?, password: Secret?) async throws -> [DiagnosticStage] {
        let checked = try ProviderService.check(settings, hasClientSecret: true, domains: []).settings
        var credentials: Credentials?
        var sender: String?
        if let password, !password.isEmpty {
            let address = try EmailAddress(address ?? "")
            sender = address.text
            credentials = .password(login: try Self.login(login, address: address, format: checked.loginFormat), password: password)
        }
        return await signIn(checked, credentials: credentials, sender: sender)
    }

    /// - Parameter sendsMessage: also sends a message to the account itself and waits for it in the inbox.
    public func doctor(_ id: AccountID, sendsMessage: Bool = false, by user: User) async throws -> [DiagnosticStage] {
        let account = try await managed(id, by: user)
        guard let provider = try await store.provider(account.providerID) else { throw Problem(.notFound, details: ["what": "provider"]) }
        let details: ConnectionDetails
        do {
            details = try await credentials.connection(to: .imap, of: id)
        } catch let failure as MailFailure {
            // No token to show: the servers are looked at as far as one comes without.
            return await signIn(provider.settings, credentials: nil, sender: account.address).map { stage in
                guard stage.stage == .signIn, stage.verdict == .skipped else { return stage }
                var failed = stage
                failed.verdict = .failed
                failed.diagnosis = failure.diagnosis
                failed.diagnosis?.side = stage.side
                return failed
            }
        }
        var stages = await signIn(provider.settings, credentials: details.credentials, sender: account.address)
        if sendsMessage, stages.failure == nil {
            let sending = try await credentials.connection(to: .smtp, of: id)
            // What a server in a private network says to the message is as little for everybody as its banner is.
            let privateSides = Set(stages.filter(\.isPrivate).map(\.side))
            stages += await tester.sendToSelf(account.address, through: sending, awaitedAt: details, within: Self.arrivalLimit).map {
                stage in
                var shown = stage
                shown.isPrivate = shown.isPrivate || privateSides.contains(stage.side)
                return shown
            }
        }
        if let stage = try await quarantineStage(of: id) { stages.append(stage) }
        guard let grant = try await store.grant(of: id) else { return stages }
        return stages.map { stage in
            guard stage.stage == .signIn, stage.verdict == .ok else { return stage }
            var shown = stage
            shown.evidence += ", token until \(grant.expiresAt), scopes \(grant.scopes.joined(separator: " "))"
            return shown
        }
    }

    static func login(_ typed: String?, address: EmailAddress, format: LoginFormat) throws -> String {
        if let typed = typed?.trimmingCharacters(in: .whitespaces), !typed.isEmpty { return typed }
        guard let login = address.login(format) else { throw Problem(.required, field: "login", details: ["field": "login"]) }
        return login
    }

    static func same(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }

    // MARK: Changing

    /// Settings at once; a new login, password or provider only after both sides let it in.
    public func update(_ id: AccountID, _ change: AccountChange, by user: User) async throws -> Account {
        var account = try await managed(id, by: user)
        if change.touchesSignIn {
            guard account.userID == user.id else { throw Problem(.forbidden) }
            let provider = try await providers.provider(change.providerID ?? account.providerID, for: user)
            let login = change.login ?? account.login
            let typed: Credentials
            let kept: StoredCredential
            if let password = change.password {
                guard provider.settings.authentication == .basic else {
                    throw Problem(.oauthSignInRequired, field: "password", details: ["name": provider.settings.name])
                }
                kept = .password(password)
                typed = .password(login: login, password: password)
            } else {
                kept = try await credentials.open(id)
                switch kept {
                case .password(let password): typed = .password(login: login, password: password)
                case .oauth:
                    // Another provider's servers are not shown this one's token.
                    guard provider.id == account.providerID else {
                        throw Problem(.oauthSignInRequired, field: "provider", details: ["name": provider.settings.name])
                    }
                    typed = .bearer(login: login, token: try await tokens.token(of: id))
                }
            }
            let stages = await signIn(provider.settings, credentials: typed, sender: account.address)
            if let failure = SignInFailure(stages: stages) { throw failure }
            account.login = login
            account.providerID = provider.id
            if case .password = kept {
                if try await store.grant(of: id) != nil {
                    let farewell = await tokens.farewell(to: [id])
                    try await store.removeGrant(id)
                    await farewell()
                }
                try await store.setSealedCredential(try credentials.seal(kept, of: id), of: id)
            }
        }
        let wasPaused = account.settings.isPaused
        if let settings = change.settings {
            if Self.reachesFurther(settings.historyDays, than: account.settings.historyDays) { try await reopenHistory(of: id) }
            account.settings = settings
        }
        try await store.updateAccount(account)
        try await providers.note("account.edit", account.address, by: user.id)
        if account.settings.isPaused {
            if !wasPaused { try await pauseActivity(of: account) }
        } else {
            await activity.restart(id)
        }
        return try await managed(id, by: user)
    }

    /// Whether a history window shows older mail than another; nil is all of it.
    static func reachesFurther(_ days: Int?, than other: Int?) -> Bool {
        guard let other else { return false }
        return days.map { $0 > other } ?? true
    }

    /// Older mail is wanted now: the history of every folder is looked through again, what is here stays.
    private func reopenHistory(of id: AccountID) async throws {
        // A running sync would write its own marks over these.
        await activity.stop(id)
        for mailbox in try await store.mailboxes(of: id) where mailbox.cursor.uidValidity != 0 {
            var cursor = mailbox.cursor
            cursor.oldestUID = max(1, cursor.uidNext)
            try await store.setCursor(cursor, of: mailbox.id, account: id)
        }
    }

    public func setPaused(_ id: AccountID, _ isPaused: Bool, by user: User) async throws -> Account {
        var account = try await managed(id, by: user)
        account.settings.isPaused = isPaused
        try await store.updateAccount(account)
        try await providers.note(isPaused ? "account.pause" : "account.resume", account.address, by: user.id)
        if isPaused { try await pauseActivity(of: account) } else { await activity.restart(id) }
        return try await managed(id, by: user)
    }

    private func pauseActivity(of account: Account) async throws {
        await activity.stop(account.id)
        var status = account.status
        status.phase = .paused
        status.retryAt = nil
        try await store.setStatus(status, of: account.id)
    }

    /// Removes it here with its mail; nothing on the server changes.
    public func remove(_ id: AccountID, by user: User) async throws {
        let account = try await managed(id, by: user)
        await activity.stop(id)
        let farewell = await tokens.farewell(to: [id])
        try await store.removeAccount(id)
        try await providers.note("account.remove", account.address, by: user.id)
        await farewell()
    }

    /// The provider's servers changed: connect anew.
    public func restartActivity(of id: AccountID) async {
        await activity.restart(id)
    }

    public func syncNow(_ id: AccountID, by user: User) async throws -> Account {
        let account = try await managed(id, by: user)
        guard !account.settings.isPaused else { throw Problem(.accountPaused) }
        await activity.syncNow(id)
        return account
    }
}
