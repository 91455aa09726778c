import PostroomCore
import PostroomStore
import Testing

@Suite("Users, providers and accounts")
struct DirectoryTests {
    @Test("a user's name is taken whatever its case")
    func duplicateUser() async throws {
        let fixture = try await StoreFixture()
        await #expect(throws: StoreError.duplicate(what: "user ANNA")) {
            _ = try await fixture.store.addUser(name: "ANNA", displayName: "", isAdmin: false, passwordHash: nil)
        }
        let found = try await fixture.store.user(named: "Anna")
        #expect(found?.id == fixture.user.id)
    }

    @Test("a provider that an account holds is refused by the database")
    func providerInUse() async throws {
        let fixture = try await StoreFixture()
        let (store, provider) = (fixture.store, fixture.provider)
        await #expect(throws: StoreError.inUse(what: "provider \(provider.id)")) { try await store.removeProvider(provider.id) }
        #expect(try await store.accounts(using: provider.id).map(\.address) == ["anna@example.com"])
        try await store.removeAccount(fixture.account)
        try await store.removeProvider(provider.id)
        #expect(try await store.providers().isEmpty)
        await #expect(throws: StoreError.notFound(what: "provider \(provider.id)")) { try await store.removeProvider(provider.id) }
    }

    @Test("a provider keeps all of its settings, and its secret unless a new one comes")
    func providerSettings() async throws {
        let fixture = try await StoreFixture()
        var settings = ProviderSettings.example
        settings.authentication = .oauth2
        settings.oauth = OAuthSettings(clientID: "id", authorizeURL: "https://a", tokenURL: "https://t", scopes: ["mail", "offline"])
        settings.pinnedCertificate = String(repeating: "ab", count: 32)
        let added = try await fixture.store.addProvider(settings, ownerID: fixture.user.id, sealedClientSecret: [9])
        settings.name = "Renamed"
        fixture.clock.advance(seconds: 5)
        try await fixture.store.updateProvider(added.id, settings: settings, sealedClientSecret: nil)
        let found = try #require(try await fixture.store.provider(added.id))
        #expect(found.settings == settings)
        #expect(found.ownerID == fixture.user.id)
        #expect(found.updatedAt == added.createdAt.adding(seconds: 5))
        #expect(try await fixture.store.sealedClientSecret(of: added.id) == [9])
        try await fixture.store.setProviderOwner(added.id, ownerID: nil)
        #expect(try await fixture.store.provider(added.id)?.ownerID == nil)
    }

    @Test("a domain belongs to a provider once, and goes with it")
    func domains() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let other = try await store.addProvider(.example, ownerID: nil, sealedClientSecret: nil)
        let domain = ProviderDomain(domain: "example.com", providerID: other.id)
        try await store.addDomain(domain)
        await #expect(throws: StoreError.duplicate(what: "domain example.com")) { try await store.addDomain(domain) }
        await #expect(throws: StoreError.notFound(what: "provider 99")) {
            try await store.addDomain(ProviderDomain(domain: "example.net", providerID: ProviderID(99)))
        }
        #expect(try await store.domains("example.com") == [domain])
        #expect(try await store.removeDomain(domain))
        #expect(try await !store.removeDomain(domain))
        try await store.addDomain(domain)
        try await store.removeProvider(other.id)
        #expect(try await store.domains().isEmpty)
    }

    @Test("an account is one a user, provider and address; one of a user's is the default")
    func accounts() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        func add(_ address: String, isDefault: Bool = false) async throws -> Account {
            try await store.addAccount(
                userID: fixture.user.id, providerID: fixture.provider.id, address: address, login: address,
                settings: AccountSettings(isDefault: isDefault), senderName: "A", sealedCredential: [1])
        }
        await #expect(throws: StoreError.duplicate(what: "account Anna@Example.com")) { _ = try await add("Anna@Example.com") }
        #expect(try await store.account(fixture.account)?.settings.isDefault == true)
        let second = try await add("second@example.com", isDefault: true)
        #expect(try await store.accounts(of: fixture.user.id).filter(\.settings.isDefault).map(\.id) == [second.id])
        try await store.removeAccount(second.id)
        #expect(try await store.account(fixture.account)?.settings.isDefault == true)
        #expect(try await store.identities(of: fixture.account).map(\.email) == ["anna@example.com"])
    }

    @Test("an account is shared, its right changed, the sharing ended; it goes with the user and with the account")
    func shares() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let eve = try await store.addUser(name: "eve", displayName: "Eve", isAdmin: false, passwordHash: nil)
        var changes = store.stateChanges().makeAsyncIterator()
        let share = try await store.setShare(of: fixture.account, with: eve.id, right: .read)
        #expect(await changes.next() == StateChange(accountID: fixture.account, states: [:], accountChanged: true, accessChanged: true))
        #expect(try await store.account(fixture.account)?.shares == [share])
        #expect(try await store.accounts(of: eve.id).isEmpty)
        #expect(try await store.accounts(reachableBy: eve.id).map(\.id) == [fixture.account])
        #expect(try await store.accounts(reachableBy: fixture.user.id).map(\.id) == [fixture.account])
        fixture.clock.advance(seconds: 60)
        let again = try await store.setShare(of: fixture.account, with: eve.id, right: .send)
        #expect(again.createdAt == share.createdAt)
        #expect(try await store.account(fixture.account)?.right(of: eve.id) == .send)
        #expect(try await store.removeShare(of: fixture.account, with: eve.id))
        #expect(try await !store.removeShare(of: fixture.account, with: eve.id))
        await #expect(throws: StoreError.self) { _ = try await store.setShare(of: fixture.account, with: UserID(999), right: .read) }
        await #expect(throws: StoreError.self) { _ = try await store.setShare(of: AccountID(999), with: eve.id, right: .read) }
        _ = try await store.setShare(of: fixture.account, with: eve.id, right: .write)
        try await store.removeUser(eve.id)
        #expect(try await store.account(fixture.account)?.shares.isEmpty == true)
        let paul = try await store.addUser(name: "paul", displayName: "Paul", isAdmin: false, passwordHash: nil)
        _ = try await store.setShare(of: fixture.account, with: paul.id, right: .write)
        try await store.removeAccount(fixture.account)
        #expect(try await store.accounts(reachableBy: paul.id).isEmpty)
    }

    @Test("settings and status come back as they went in; status is told to the feed")
    func status() async throws {
        let fixture = try await StoreFixture()
        var changes = fixture.store.stateChanges().makeAsyncIterator()
        var account = try #require(try await fixture.store.account(fixture.account))
        account.settings.historyDays = 90
        account.settings.excludedFolders = ["Спам"]
        account.login = "anna"
        try await fixture.store.updateAccount(account)
        let status = AccountStatus(
            phase: .waiting, done: 3, total: 9, retryAt: Timestamp(seconds: 5),
            diagnosis: Diagnosis(stage: .signIn, cause: .wrongCredentials, side: .imap, serverText: "NO", details: ["host": "h"]))
        try await fixture.store.setStatus(status, of: fixture.account)
        account.status = status
        #expect(try await fixture.store.account(fixture.account) == account)
        #expect(await changes.next() == StateChange(accountID: fixture.account, states: [:], accountChanged: true))
        try await fixture.store.setSealedCredential([7, 7], of: fixture.account)
        #expect(try await fixture.store.sealedCredential(of: fixture.account) == [7, 7])
    }

    @Test("sessions and tokens are found by their hashes and go with the user")
    func sessions() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        let now = fixture.clock.now()
        let session = Session(userID: fixture.user.id, tokenHash: [1], createdAt: now, expiresAt: now.adding(seconds: 60))
        try await store.addSession(session)
        try await store.addSession(Session(userID: fixture.user.id, tokenHash: [2], createdAt: now, expiresAt: now.adding(seconds: 10)))
        #expect(try await store.session(tokenHash: [1])?.0 == session)
        #expect(try await store.session(tokenHash: [1])?.1.id == fixture.user.id)
        try await store.removeExpiredSessions(before: now.adding(seconds: 30))
        #expect(try await store.session(tokenHash: [2]) == nil)
        try await store.extendSession(tokenHash: [1], expiresAt: now.adding(seconds: 90))
        #expect(try await store.session(tokenHash: [1])?.0.expiresAt == now.adding(seconds: 90))

        let token = try await store.addToken(userID: fixture.user.id, name: "script", tokenHash: [5], expiresAt: nil)
        try await store.noteTokenUse(token.id, at: now)
        #expect(try await store.token(tokenHash: [5])?.0.lastUsedAt == now)
        #expect(try await store.tokens(of: fixture.user.id).map(\.name) == ["script"])

        try await store.addSession(Session(userID: fixture.user.id, tokenHash: [3], createdAt: now, expiresAt: now.adding(seconds: 60)))
        try await store.setPasswordHash("new", of: fixture.user.id, keeping: [3])
        #expect(try await store.session(tokenHash: [1]) == nil)
        #expect(try await store.session(tokenHash: [3]) != nil)
        #expect(try await store.passwordHash(of: fixture.user.id) == "new")

        try await store.removeUser(fixture.user.id)
        #expect(try await store.session(tokenHash: [3]) == nil)
        #expect(try await store.token(tokenHash: [5]) == nil)
        #expect(try await store.accounts().isEmpty)
    }

    @Test("settings, requests and the audit trail")
    func smallThings() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        try await store.setSetting("a", to: "1")
        try await store.setSetting("a", to: "2")
        #expect(try await store.setting("a") == "2")
        try await store.setSetting("a", to: nil)
        #expect(try await store.setting("a") == nil)

        let request = try await store.addProviderRequest(userID: fixture.user.id, address: "a@b.c", note: "please")
        #expect(try await store.providerRequests(includingResolved: false) == [request])
        #expect(try await store.resolveProviderRequest(request.id))
        #expect(try await !store.resolveProviderRequest(request.id))
        #expect(try await store.providerRequests(includingResolved: false).isEmpty)
        #expect(try await store.providerRequests(includingResolved: true).count == 1)

        let entry = AuditEntry(at: fixture.clock.now(), userID: nil, action: "provider.add", subject: "Example")
        try await store.addAudit(entry)
        #expect(try await store.audit(limit: 10) == [entry])
    }

    @Test("a second store on the same data folder is refused with the first one's process id", .enabled(if: !PostgresServer.isWanted))
    func folderInUse() async throws {
        let fixture = try await StoreFixture()
        await #expect(throws: DataFolderError.inUse(path: fixture.folder, pid: ProcessFixture.id)) {
            _ = try await SQLStore.open(folder: fixture.folder)
        }
    }

    @Test("many change one setting at the same time, and none of the changes is lost")
    func changeSetting() async throws {
        let fixture = try await StoreFixture()
        let store = fixture.store
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    try await store.changeSetting("count") { $0 = String((Int($0 ?? "0") ?? 0) + 1) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.setting("count") == "20")
        await #expect(throws: StoreError.busy) {
            try await store.changeSetting("count") { value in
                value = nil
                throw StoreError.busy
            }
        }
        #expect(try await store.setting("count") == "20")
        try await store.changeSetting("count") { $0 = nil }
        #expect(try await store.setting("count") == nil)
    }
}
