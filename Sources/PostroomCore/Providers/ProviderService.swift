import MailProtocol

/// The directory of providers and their domains: who may see and change what, and what a setting must look like.
public struct ProviderService: Sendable {
    let store: any DirectoryStore
    let vault: any Vault
    let clock: any Clock

    public init(store: any DirectoryStore, vault: any Vault, clock: any Clock = SystemClock()) {
        self.store = store
        self.vault = vault
        self.clock = clock
    }

    // MARK: Seeing

    /// Shared ones and the user's own, by name; an administrator sees all.
    public func providers(for user: User) async throws -> [Provider] {
        try await store.providers().filter { Self.maySee($0, user) }
            .sorted { ($0.settings.name.lowercased(), $0.id) < ($1.settings.name.lowercased(), $1.id) }
    }

    public func provider(_ id: ProviderID, for user: User) async throws -> Provider {
        guard let provider = try await store.provider(id), Self.maySee(provider, user) else {
            throw Problem(.notFound, details: ["what": "provider"])
        }
        return provider
    }

    public static func maySee(_ provider: Provider, _ user: User) -> Bool {
        user.isAdmin || provider.ownerID == nil || provider.ownerID == user.id
    }

    public static func mayEdit(_ provider: Provider, _ user: User) -> Bool {
        user.isAdmin || provider.ownerID == user.id
    }

    public func isLimitedToAdministrators() async throws -> Bool {
        try await store.setting("providers-by-administrators") == "true"
    }

    public func limitToAdministrators(_ limited: Bool, by user: User) async throws {
        guard user.isAdmin else { throw Problem(.forbidden) }
        try await store.setSetting("providers-by-administrators", to: limited ? "true" : nil)
        try await note("settings.providers-by-administrators", String(limited), by: user.id)
    }

    // MARK: Changing

    /// An administrator's provider serves everybody unless `isShared` is false; a member's serves him alone.
    public func add(
        _ settings: ProviderSettings, clientSecret: String?, domains: [String] = [], isShared: Bool = true, by user: User
    ) async throws -> Provider {
        if !user.isAdmin, try await isLimitedToAdministrators() { throw Problem(.providersByAdministrators) }
        let checked = try Self.check(settings, hasClientSecret: clientSecret?.isEmpty == false, domains: domains)
        let provider = try await store.addProvider(
            checked.settings, ownerID: user.isAdmin && isShared ? nil : user.id, sealedClientSecret: nil)
        if let clientSecret, !clientSecret.isEmpty {
            try await store.updateProvider(
                provider.id, settings: checked.settings, sealedClientSecret: try seal(clientSecret, of: provider.id))
        }
        for domain in checked.domains {
            try? await store.addDomain(ProviderDomain(domain: domain, providerID: provider.id))
        }
        try await note("provider.add", checked.settings.name, by: user.id)
        return provider
    }

    /// `domains` nil leaves the provider's domains as they are; else exactly these lead to it afterwards.
    public func update(
        _ id: ProviderID, settings: ProviderSettings, clientSecret: String?, domains: [String]? = nil, by user: User
    ) async throws -> Provider {
        let provider = try await provider(id, for: user)
        guard Self.mayEdit(provider, user) else { throw Problem(.forbidden) }
        let hasSecret: Bool
        if let clientSecret { hasSecret = !clientSecret.isEmpty } else { hasSecret = try await store.sealedClientSecret(of: id) != nil }
        let checked = try Self.check(settings, hasClientSecret: hasSecret, domains: domains ?? [])
        let sealed = try clientSecret.flatMap { $0.isEmpty ? nil : try seal($0, of: id) }
        try await store.updateProvider(id, settings: checked.settings, sealedClientSecret: sealed)
        if domains != nil { try await setDomains(checked.domains, of: provider, by: user) }
        try await note("provider.edit", checked.settings.name, by: user.id)
        return try await self.provider(id, for: user)
    }

    public func share(_ id: ProviderID, by user: User) async throws -> Provider {
        guard user.isAdmin else { throw Problem(.forbidden) }
        let provider = try await provider(id, for: user)
        try await store.setProviderOwner(id, ownerID: nil)
        try await note("provider.share", provider.settings.name, by: user.id)
        return try await self.provider(id, for: user)
    }

    /// Refused while accounts use it; the problem names them. Those of other people are named to administrators only.
    public func remove(_ id: ProviderID, by user: User) async throws {
        let provider = try await provider(id, for: user)
        guard Self.mayEdit(provider, user) else { throw Problem(.forbidden) }
        do {
            try await store.removeProvider(id)
        } catch StoreError.inUse {
            let accounts = try await store.accounts(using: id)
            throw ProviderInUse(provider: provider, accounts: accounts)
        }
        try await note("provider.remove", provider.settings.name, by: user.id)
    }

    public func clientSecret(of id: ProviderID) async throws -> String? {
        guard let sealed = try await store.sealedClientSecret(of: id) else { return nil }
        return String(decoding: try vault.open(sealed, context: "provider:\(id)"), as: UTF8.self)
    }

    private func seal(_ secret: String, of id: ProviderID) throws -> [UInt8] {
        try vault.seal(Array(secret.utf8), context: "provider:\(id)")
    }

    func note(_ action: String, _ subject: String, by actor: UserID?) async throws {
        try await store.addAudit(AuditEntry(at: clock.now(), userID: actor, action: action, subject: subject))
    }
}

/// A provider can't go while these accounts use it.
public struct ProviderInUse: Error, Sendable {
    public var provider: Provider
    public var accounts: [Account]

    public var problem: Problem {
        Problem(
            .providerInUse, details: ["name": provider.settings.name, "accounts": accounts.map(\.address).joined(separator: ", ")])
    }
}
