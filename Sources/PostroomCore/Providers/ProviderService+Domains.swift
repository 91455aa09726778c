import Foundation

extension ProviderService {
    public func domains(for user: User) async throws -> [(domain: ProviderDomain, provider: Provider)] {
        let visible = Dictionary(uniqueKeysWithValues: try await providers(for: user).map { ($0.id, $0) })
        return try await store.domains().compactMap { domain in visible[domain.providerID].map { (domain, $0) } }
            .sorted { ($0.domain.domain, $0.provider.id) < ($1.domain.domain, $1.provider.id) }
    }

    public func addDomain(_ text: String, to id: ProviderID, by user: User) async throws -> ProviderDomain {
        let provider = try await provider(id, for: user)
        guard Self.mayEdit(provider, user) else { throw Problem(.forbidden) }
        let name = try HostName.checkDomain(text).get()
        let domain = ProviderDomain(domain: name, providerID: id)
        do {
            try await store.addDomain(domain)
        } catch StoreError.duplicate {
            throw Problem(.duplicate, field: "domain", details: ["value": name])
        }
        try await note("domain.add", "\(name) → \(provider.settings.name)", by: user.id)
        return domain
    }

    /// Checked domains in the place of those the provider has.
    func setDomains(_ domains: [String], of provider: Provider, by user: User) async throws {
        let current = Set(try await store.domains().filter { $0.providerID == provider.id }.map(\.domain))
        for name in current.subtracting(domains).sorted() {
            guard try await store.removeDomain(ProviderDomain(domain: name, providerID: provider.id)) else { continue }
            try await note("domain.remove", name, by: user.id)
        }
        for name in Set(domains).subtracting(current).sorted() {
            try await store.addDomain(ProviderDomain(domain: name, providerID: provider.id))
            try await note("domain.add", "\(name) → \(provider.settings.name)", by: user.id)
        }
    }

    /// `provider` nil removes the domain from every provider that the user may edit.
    public func removeDomain(_ text: String, from id: ProviderID?, by user: User) async throws {
        let name = try HostName.checkDomain(text).get()
        var removed = false
        for domain in try await store.domains(name) where id == nil || domain.providerID == id {
            guard let provider = try await store.provider(domain.providerID), Self.mayEdit(provider, user) else { continue }
            removed = try await store.removeDomain(domain) || removed
        }
        guard removed else { throw Problem(.notFound, details: ["what": name]) }
        try await note("domain.remove", name, by: user.id)
    }

    /// The provider that serves an address's domain for this user: the user's own before shared ones.
    public func provider(forDomain domain: String, user: User) async throws -> Provider? {
        var found: [Provider] = []
        for entry in try await store.domains(domain.lowercased()) {
            if let provider = try await store.provider(entry.providerID), Self.maySee(provider, user) { found.append(provider) }
        }
        func rank(_ provider: Provider) -> Int { provider.ownerID == user.id ? 0 : provider.ownerID == nil ? 1 : 2 }
        return found.min { (rank($0), $0.id) < (rank($1), $1.id) }
    }

    // MARK: Wishes

    public func request(address: String, note text: String, by user: User) async throws -> ProviderRequest {
        let request = try await store.addProviderRequest(userID: user.id, address: address, note: text)
        try await note("provider.request", address, by: user.id)
        return request
    }

    public func requests(for user: User) async throws -> [ProviderRequest] {
        try await store.providerRequests(includingResolved: false).filter { user.isAdmin || $0.userID == user.id }
    }

    public func resolveRequest(_ id: ID<ProviderRequest>, by user: User) async throws {
        guard user.isAdmin else { throw Problem(.forbidden) }
        guard try await store.resolveProviderRequest(id) else { throw Problem(.notFound, details: ["what": "request"]) }
    }
}
