import PostroomCore
import PostroomStore
import Testing

@Suite("OAuth grants and sign-ins")
struct GrantTests {
    private func granted(_ fixture: StoreFixture) async throws -> Grant {
        let now = fixture.clock.now()
        let grant = Grant(
            accountID: fixture.account, identity: "anna@example.com", scopes: ["mail", "openid"], grantedAt: now, issuedAt: now,
            expiresAt: now.adding(seconds: 3600), refreshAt: now.adding(seconds: 3000))
        try await fixture.store.setGrant(grant, sealedTokens: [1, 2], sealedCredential: [9])
        return grant
    }

    @Test("a grant keeps all of its members, and a new consent replaces it")
    func members() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        var grant = try await granted(fixture)
        #expect(try await store.grant(of: fixture.account) == grant)
        #expect(try await store.sealedCredential(of: fixture.account) == [9])
        grant.state = .signInNeeded
        grant.identity = nil
        grant.refreshedAt = fixture.clock.now()
        grant.refreshAt = nil
        grant.failures = 3
        grant.diagnosis = Diagnosis(stage: .signIn, cause: .tokenRevoked, side: .imap, serverText: "invalid_grant", details: ["login": "a"])
        #expect(try await store.finishGrant(grant, claimedIn: .active, sealedTokens: nil))
        #expect(try await store.grants() == [grant])
        #expect(try await store.sealedTokens(of: fixture.account) == [1, 2])
        let again = try await granted(fixture)
        #expect(try await store.grants() == [again])
        try await store.removeAccount(fixture.account)
        #expect(try await store.grants().isEmpty)
    }

    @Test("one claim at a time; another node's is free when its time is over, and known to have been interrupted")
    func claims() async throws {
        let fixture = try await StoreFixture()
        let (store, id) = (fixture.store, fixture.account)
        _ = try await granted(fixture)
        let now = fixture.clock.now()
        let first = try #require(try await store.claimGrant(id, by: "one", until: now.adding(seconds: 45), now: now))
        #expect(!first.wasInterrupted && first.sealedTokens == [1, 2])
        #expect(try await store.claimGrant(id, by: "two", until: now.adding(seconds: 45), now: now) == nil)
        let later = now.adding(seconds: 46)
        let second = try #require(try await store.claimGrant(id, by: "two", until: later.adding(seconds: 45), now: later))
        #expect(second.wasInterrupted)
        #expect(try await store.finishGrant(second.grant, claimedIn: .active, sealedTokens: [3]))
        let third = try #require(try await store.claimGrant(id, by: "one", until: later.adding(seconds: 45), now: later))
        #expect(!third.wasInterrupted && third.sealedTokens == [3])
        #expect(try await store.claimGrant(AccountID(999), by: "one", until: later, now: now) == nil)
    }

    @Test("many ask for a claim at once, one gets it")
    func contention() async throws {
        let fixture = try await StoreFixture()
        let (store, id) = (fixture.store, fixture.account)
        _ = try await granted(fixture)
        let now = fixture.clock.now()
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<20 {
                group.addTask { try await store.claimGrant(id, by: "\(index)", until: now.adding(seconds: 45), now: now) != nil }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }

    @Test("an answer that comes after the person has disconnected is not kept")
    func disconnected() async throws {
        let fixture = try await StoreFixture()
        let (store, id) = (fixture.store, fixture.account)
        var grant = try await granted(fixture)
        let now = fixture.clock.now()
        _ = try await store.claimGrant(id, by: "one", until: now.adding(seconds: 45), now: now)
        grant.state = .disconnected
        #expect(try await store.finishGrant(grant, claimedIn: .active, sealedTokens: []))
        grant.state = .active
        #expect(try await !store.finishGrant(grant, claimedIn: .active, sealedTokens: [4]))
        #expect(try await store.sealedTokens(of: id) == [])
        #expect(try await store.grant(of: id)?.state == .disconnected)
    }

    @Test("grants come due in order")
    func due() async throws {
        let fixture = try await StoreFixture()
        _ = try await granted(fixture)
        let now = fixture.clock.now()
        let before = try await fixture.store.dueGrants(at: now, limit: 10)
        #expect(before.due.isEmpty && before.next == now.adding(seconds: 3000))
        let after = try await fixture.store.dueGrants(at: now.adding(seconds: 3000), limit: 10)
        #expect(after.due == [fixture.account] && after.next == nil)
    }

    @Test("a sign-in's answer is taken once, its secrets are taken once")
    func signIns() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let now = fixture.clock.now()
        let attempt = SignInAttempt(
            id: "one", flow: .code, stateHash: [7, 7], userID: fixture.user.id, sessionHash: [8], providerID: fixture.provider.id,
            accountID: nil, request: .init(address: "a@b", redirectURI: "https://p/c", nonce: "n"), createdAt: now,
            expiresAt: now.adding(seconds: 900))
        try await store.addSignIn(attempt, sealedSecret: [5])
        #expect(try await store.signIn("one") == attempt)
        #expect(try await store.signIn(stateHash: [7, 7]) == attempt)
        #expect(try await store.takeSignIn("one") == nil)
        #expect(try await store.arriveSignIn("one", sealedCode: [6], diagnosis: nil))
        #expect(try await !store.arriveSignIn("one", sealedCode: [6], diagnosis: nil))
        let taken = try #require(try await store.takeSignIn("one"))
        #expect(taken.sealedSecret == [5] && taken.sealedCode == [6])
        #expect(try await store.takeSignIn("one") == nil)
        try await store.removeExpiredSignIns(before: now.adding(seconds: 899))
        #expect(try await store.signIn("one")?.phase == .finished)
        try await store.removeExpiredSignIns(before: now.adding(seconds: 901))
        #expect(try await store.signIn("one") == nil)
    }

    @Test("a change of keys takes tokens and sign-ins along; erased ones stay erased")
    func resealed() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        _ = try await granted(fixture)
        let now = fixture.clock.now()
        let attempt = SignInAttempt(
            id: "one", flow: .code, stateHash: [7], userID: fixture.user.id, sessionHash: nil, providerID: fixture.provider.id,
            accountID: nil, request: .init(address: "a@b"), createdAt: now, expiresAt: now.adding(seconds: 900))
        try await store.addSignIn(attempt, sealedSecret: [5])
        _ = try await store.arriveSignIn("one", sealedCode: [6], diagnosis: nil)
        let count = try await store.resealSecrets(settings: [:]) { bytes, context in bytes + Array(context.utf8) }
        #expect(count == 4)
        #expect(try await store.sealedTokens(of: fixture.account) == [1, 2] + Array("grant:\(fixture.account)".utf8))
        let taken = try #require(try await store.takeSignIn("one"))
        #expect(taken.sealedSecret == [5] + Array("sign-in:one".utf8) && taken.sealedCode == [6] + Array("sign-in:one".utf8))
        _ = try await store.finishGrant(
            try #require(try await store.grant(of: fixture.account)), claimedIn: .active, sealedTokens: [])
        #expect(try await store.resealSecrets(settings: [:]) { bytes, context in bytes } == 2)
        #expect(try await store.sealedTokens(of: fixture.account) == [])
    }
}
