import Logging
import MailProtocol

/// Gives out access tokens that are good, and renews them: once, however many ask, in this process and among all nodes.
///
/// A refresh token that rotates exists in one copy at a time, so a renewal is written down before it is asked for (the claim) and
/// the old token stays until the new one is on the disk, in the transaction that ends the claim. Dying in between leaves the old token
/// and an open claim: the next start asks again at once, while services that allow for lost answers (a grace period, or the old token
/// valid until the new one is used) still do. Only a service that allows for nothing then says `invalid_grant`, which nobody
/// but the person can mend.
public actor AccessTokens {
    /// Longer than the longest question (the adapter's 20 seconds), so that a claim never ends under a living process.
    static let claimSeconds: Int64 = 45

    private let store: any GrantStore & DirectoryStore
    private let vault: any Vault
    private let http: any OAuthAsking
    private let clock: any Clock
    private let logger: Logger
    private let node = OAuthRandom.text(bytes: 12)
    private var renewals: [AccountID: Task<Secret, any Error>] = [:]
    /// Something is due sooner than was known.
    let changed = WakeSignal()

    public init(
        store: any GrantStore & DirectoryStore, vault: any Vault, http: any OAuthAsking, clock: any Clock = SystemClock(), logger: Logger
    ) {
        self.store = store
        self.vault = vault
        self.http = http
        self.clock = clock
        self.logger = logger
    }

    /// A token for the account's servers. `refused`: one that a server did not take, although it looked good.
    ///
    /// Throws ``MailFailure``: final ones (`tokenRevoked`, `consentMissing`, ...) with `afterAttention`, others with `later`.
    public func token(of id: AccountID, insteadOf refused: Secret? = nil) async throws -> Secret {
        guard let grant = try await store.grant(of: id) else { throw await failure(nil, of: id) }
        guard grant.state == .active, let sealed = try await store.sealedTokens(of: id) else { throw await failure(grant, of: id) }
        let tokens = try GrantTokens(opening: sealed, with: vault, for: id)
        let now = clock.now()
        if tokens.access != refused, RefreshPlan.isGood(issuedAt: grant.issuedAt, expiresAt: grant.expiresAt, at: now) {
            return tokens.access
        }
        do {
            return try await renew(id, stale: tokens.access)
        } catch let failure as MailFailure where failure.retry == .later && tokens.access != refused && now < grant.expiresAt {
            // The service is away, but the old token has some seconds left: the mail server decides.
            return tokens.access
        }
    }

    /// Renews now, or waits for whoever does. `stale`: the token that is to be replaced.
    func renew(_ id: AccountID, stale: Secret) async throws -> Secret {
        if let running = renewals[id] { return try await running.value }
        // On its own: once the question has left, the answer must be stored, whatever becomes of those who wait for it.
        let renewal = Task { try await self.run(id, stale: stale) }
        renewals[id] = renewal
        defer { renewals[id] = nil }
        return try await renewal.value
    }

    /// Renews what is due, for the service that does so ahead of time; failures are written into the grant.
    func renewDue(_ id: AccountID) async {
        guard let grant = try? await store.grant(of: id) else { return }
        if grant.state == .disconnected { return await takeBack(id) }
        guard grant.state == .active, let sealed = try? await store.sealedTokens(of: id),
            let tokens = try? GrantTokens(opening: sealed, with: vault, for: id)
        else { return }
        _ = try? await renew(id, stale: tokens.access)
    }

    // MARK: One renewal

    private func run(_ id: AccountID, stale: Secret) async throws -> Secret {
        let began = ContinuousClock.now
        while true {
            let now = clock.now()
            if let claim = try await store.claimGrant(
                id, by: node, until: now.adding(seconds: Self.claimSeconds), now: now)
            {
                return try await ask(claim.grant, sealed: claim.sealedTokens, stale: stale, wasInterrupted: claim.wasInterrupted)
            }
            guard let grant = try await store.grant(of: id), grant.state == .active, let sealed = try await store.sealedTokens(of: id)
            else {
                throw await failure(try await store.grant(of: id), of: id)
            }
            // Another node renews it.
            let tokens = try GrantTokens(opening: sealed, with: vault, for: id)
            if tokens.access != stale { return tokens.access }
            guard ContinuousClock.now - began < .seconds(Self.claimSeconds + 5) else {
                let busy = OAuthFailure.unavailable(reason: "another node has been renewing for too long", retryAfter: nil)
                throw MailFailure(await diagnosis(busy, grant), retry: .later)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func ask(_ claimed: Grant, sealed: [UInt8], stale: Secret, wasInterrupted: Bool) async throws -> Secret {
        let id = claimed.accountID
        let tokens = try GrantTokens(opening: sealed, with: vault, for: id)
        if tokens.access != stale {
            // Renewed by somebody else between the look and the claim.
            _ = try await store.finishGrant(claimed, claimedIn: claimed.state, sealedTokens: nil)
            return tokens.access
        }
        if wasInterrupted { logger.notice("a token renewal was interrupted, asking again", metadata: ["account": "\(id)"]) }
        do {
            guard let refresh = tokens.refresh else {
                throw OAuthFailure.refused(code: "expired_token", description: "the service gave no refresh token")
            }
            let issued = try await client(of: id).refresh(refresh)
            return try await store(issued, over: claimed, old: tokens)
        } catch let failure as OAuthFailure {
            throw await note(failure, on: claimed)
        } catch let failure as StoreError {
            throw failure
        }
    }

    private func store(_ issued: IssuedTokens, over claimed: Grant, old: GrantTokens) async throws -> Secret {
        let id = claimed.accountID
        let new = GrantTokens(access: issued.access, refresh: issued.refresh ?? old.refresh)
        var grant = claimed
        let now = clock.now()
        grant.issuedAt = now
        grant.expiresAt = now.adding(seconds: issued.lifetime)
        grant.refreshedAt = now
        grant.refreshAt = RefreshPlan.next(issuedAt: now, expiresAt: grant.expiresAt, random: Double.random(in: 0..<1))
        grant.failures = 0
        grant.diagnosis = nil
        if let scopes = issued.scopes { grant.scopes = scopes }
        let isKept = try await store.finishGrant(grant, claimedIn: claimed.state, sealedTokens: new.sealed(by: vault, for: id))
        logger.debug("token renewed", metadata: ["account": "\(id)"])
        changed.signal(.operations)
        guard isKept else {
            // The person disconnected meanwhile: what was just issued must not live on.
            _ = try? await client(of: id).revoke(new.refresh ?? new.access, hint: new.refresh == nil ? "access_token" : "refresh_token")
            throw await failure(try await store.grant(of: id), of: id)
        }
        return new.access
    }

    private func note(_ failure: OAuthFailure, on claimed: Grant) async -> MailFailure {
        var grant = claimed
        let now = clock.now()
        grant.diagnosis = await diagnosis(failure, claimed)
        grant.failures += 1
        if failure.needsPerson {
            grant.state = .signInNeeded
            grant.refreshAt = nil
        } else {
            var wait: Int?
            if case .unavailable(_, let retryAfter) = failure { wait = retryAfter }
            grant.refreshAt = RefreshPlan.retry(failures: grant.failures, retryAfter: wait, now: now, random: Double.random(in: 0..<1))
        }
        logger.info(
            "token not renewed",
            metadata: [
                "account": "\(claimed.accountID)", "cause": "\(grant.diagnosis?.cause.rawValue ?? "")", "final": "\(failure.needsPerson)",
            ])
        // A failure that could not be written is met again by whoever asks next.
        _ = try? await store.finishGrant(grant, claimedIn: claimed.state, sealedTokens: nil)
        changed.signal(.operations)
        let shown = grant.diagnosis ?? Diagnosis(stage: .signIn, cause: .tokenRevoked, side: .imap)
        if case .unavailable = failure { return MailFailure(shown, retry: .later) }
        return MailFailure(shown, retry: .afterAttention)
    }

    // MARK: Beginning and end of a grant

    /// A new consent for an account, whatever was there before.
    func begin(_ issued: IssuedTokens, identity: String?, scopes asked: [String], for id: AccountID, sealedCredential: [UInt8]) async throws
    {
        let now = clock.now()
        let expiresAt = now.adding(seconds: issued.lifetime)
        let grant = Grant(
            accountID: id, identity: identity, scopes: issued.scopes ?? asked, grantedAt: now, issuedAt: now, expiresAt: expiresAt,
            refreshAt: RefreshPlan.next(issuedAt: now, expiresAt: expiresAt, random: Double.random(in: 0..<1)))
        var tokens = GrantTokens(access: issued.access, refresh: issued.refresh)
        if tokens.refresh == nil, let sealed = try await store.sealedTokens(of: id), !sealed.isEmpty {
            // Some services (Google) give a refresh token at the first consent only: the one that is here still counts.
            tokens.refresh = try GrantTokens(opening: sealed, with: vault, for: id).refresh
        }
        try await store.setGrant(grant, sealedTokens: try tokens.sealed(by: vault, for: id), sealedCredential: sealedCredential)
        changed.signal(.operations)
    }

    /// Gives the permission back (RFC 7009). From here on nothing signs in with it; a service that is away is told later.
    func disconnect(_ id: AccountID) async throws {
        guard var grant = try await store.grant(of: id) else { throw StoreError.notFound(what: "grant") }
        let login = try await store.account(id)?.login ?? ""
        let before = grant.state
        grant.state = .disconnected
        grant.failures = 0
        grant.refreshAt = clock.now()
        grant.diagnosis = Diagnosis(stage: .signIn, cause: .consentMissing, side: .imap, details: ["login": login])
        guard try await store.finishGrant(grant, claimedIn: before, sealedTokens: nil) else { return try await disconnect(id) }
        await takeBack(id)
    }

    /// Tells the service, then erases the tokens.
    private func takeBack(_ id: AccountID) async {
        let now = clock.now()
        guard
            let claim = try? await store.claimGrant(id, by: node, until: now.adding(seconds: Self.claimSeconds), now: now),
            claim.grant.state == .disconnected
        else { return }
        var grant = claim.grant
        do {
            if !claim.sealedTokens.isEmpty {
                try await giveBack(try GrantTokens(opening: claim.sealedTokens, with: vault, for: id), of: id)
            }
            grant.refreshAt = nil
            _ = try await store.finishGrant(grant, claimedIn: .disconnected, sealedTokens: [])
        } catch {
            grant.failures += 1
            // A day of attempts; a token that nobody has any more dies at the service by itself.
            grant.refreshAt =
                grant.failures > 100
                ? nil : RefreshPlan.retry(failures: grant.failures, retryAfter: nil, now: now, random: Double.random(in: 0..<1))
            _ = try? await store.finishGrant(grant, claimedIn: .disconnected, sealedTokens: grant.refreshAt == nil ? [] : nil)
            changed.signal(.operations)
        }
    }

    /// Before accounts go: what to do once they are gone. One attempt, because nothing of them is left to try again with.
    func farewell(to ids: [AccountID]) async -> @Sendable () async -> Void {
        var leaving: [(OAuthClient, GrantTokens)] = []
        for id in ids {
            guard let sealed = try? await store.sealedTokens(of: id), !sealed.isEmpty,
                let tokens = try? GrantTokens(opening: sealed, with: vault, for: id), let client = try? await client(of: id)
            else { continue }
            leaving.append((client, tokens))
        }
        return { [leaving] in
            await withTaskGroup(of: Void.self) { group in
                for (client, tokens) in leaving { group.addTask { try? await Self.giveBack(tokens, by: client) } }
            }
        }
    }

    private func giveBack(_ tokens: GrantTokens, of id: AccountID) async throws {
        try await Self.giveBack(tokens, by: try await client(of: id))
    }

    private static func giveBack(_ tokens: GrantTokens, by client: OAuthClient) async throws {
        // Taking back the refresh token ends the access token too (RFC 7009 §2.1); some services forget that part.
        if let refresh = tokens.refresh { try await client.revoke(refresh, hint: "refresh_token") }
        try await client.revoke(tokens.access, hint: "access_token")
    }

    /// Tokens that are not kept: the wrong account consented, or the mail servers did not take them.
    func giveBack(_ issued: IssuedTokens, at provider: Provider) async {
        guard let client = try? await client(of: provider) else { return }
        if let refresh = issued.refresh { _ = try? await client.revoke(refresh, hint: "refresh_token") }
        _ = try? await client.revoke(issued.access, hint: "access_token")
    }

    // MARK: Parts

    func client(of provider: Provider) async throws -> OAuthClient {
        guard let settings = provider.settings.oauth else { throw Problem(.notOAuth, details: ["name": provider.settings.name]) }
        let secret = try await store.sealedClientSecret(of: provider.id).map {
            Secret(bytes: try vault.open($0, context: "provider:\(provider.id)"))
        }
        return OAuthClient(settings: settings, secret: settings.isPublic == true ? nil : secret, http: http)
    }

    private func client(of id: AccountID) async throws -> OAuthClient {
        guard let account = try await store.account(id), let provider = try await store.provider(account.providerID) else {
            throw StoreError.notFound(what: "account")
        }
        return try await client(of: provider)
    }

    private func diagnosis(_ failure: OAuthFailure, _ grant: Grant?) async -> Diagnosis {
        var login = ""
        var host = ""
        if let id = grant?.accountID, let account = try? await store.account(id) {
            login = account.login
            if let url = try? await store.provider(account.providerID)?.settings.oauth?.tokenURL { host = OAuthAddress.host(of: url) }
        }
        let age = grant.map { (clock.now().milliseconds - $0.grantedAt.milliseconds) / 1000 }
        return failure.diagnosis(login: login, host: host, age: age)
    }

    /// Why there is no token: what ended the grant, or that there is none.
    private func failure(_ grant: Grant?, of id: AccountID) async -> MailFailure {
        let login = (try? await store.account(id))?.login ?? ""
        return MailFailure(
            grant?.diagnosis ?? Diagnosis(stage: .signIn, cause: .consentMissing, side: .imap, details: ["login": login]),
            retry: .afterAttention)
    }
}
