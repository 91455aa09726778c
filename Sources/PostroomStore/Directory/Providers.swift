import PostroomCore

extension SQLStore {
    private static let providerColumns = "id, settings, owner_id, created_at, updated_at"

    private static func provider(_ row: SQLRow) throws -> Provider {
        Provider(
            id: row.id(0), settings: try JSON.value(row.text(1)), ownerID: row.optional(2, SQLRow.id), createdAt: row.time(3),
            updatedAt: row.time(4))
    }

    public func providers() async throws -> [Provider] {
        try await read { try $0.rows("SELECT \(Self.providerColumns) FROM providers ORDER BY name, id").map(Self.provider) }
    }

    public func provider(_ id: ProviderID) async throws -> Provider? {
        try await glance { try $0.row("SELECT \(Self.providerColumns) FROM providers WHERE id = $1", [id.sql]).map(Self.provider) }
    }

    public func addProvider(_ settings: ProviderSettings, ownerID: UserID?, sealedClientSecret: [UInt8]?) async throws -> Provider {
        let now = clock.now()
        return try await write { connection in
            let row = try connection.row(
                """
                INSERT INTO providers (name, settings, owner_id, client_secret, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
                """,
                [settings.name.sql, try JSON.text(settings).sql, ownerID.sql, sealedClientSecret.sql, now.sql, now.sql])
            guard let row else { throw StoreError.failed("a provider was not added") }
            return Provider(id: row.id(0), settings: settings, ownerID: ownerID, createdAt: now, updatedAt: now)
        }
    }

    public func updateProvider(_ id: ProviderID, settings: ProviderSettings, sealedClientSecret: [UInt8]?) async throws {
        let now = clock.now()
        try await write { connection in
            let count = try connection.execute(
                """
                UPDATE providers SET name = $2, settings = $3, client_secret = coalesce($4, client_secret), updated_at = $5 WHERE id = $1
                """, [id.sql, settings.name.sql, try JSON.text(settings).sql, sealedClientSecret.sql, now.sql])
            guard count == 1 else { throw StoreError.notFound(what: "provider \(id)") }
        }
    }

    public func setProviderOwner(_ id: ProviderID, ownerID: UserID?) async throws {
        let now = clock.now()
        try await write { connection in
            let count = try connection.execute(
                "UPDATE providers SET owner_id = $2, updated_at = $3 WHERE id = $1", [id.sql, ownerID.sql, now.sql])
            guard count == 1 else { throw StoreError.notFound(what: "provider \(id)") }
        }
    }

    public func sealedClientSecret(of id: ProviderID) async throws -> [UInt8]? {
        try await read {
            try $0.row("SELECT client_secret FROM providers WHERE id = $1", [id.sql]).flatMap { $0.optional(0, SQLRow.bytes) }
        }
    }

    public func removeProvider(_ id: ProviderID) async throws {
        try await write { connection in
            do {
                // accounts.provider_id is ON DELETE RESTRICT: the refusal is the database's own.
                let count = try connection.execute("DELETE FROM providers WHERE id = $1", [id.sql])
                guard count == 1 else { throw StoreError.notFound(what: "provider \(id)") }
            } catch StoreError.inUse {
                throw StoreError.inUse(what: "provider \(id)")
            }
        }
    }

    // Domains

    private static func domain(_ row: SQLRow) -> ProviderDomain { ProviderDomain(domain: row.text(0), providerID: row.id(1)) }

    public func domains() async throws -> [ProviderDomain] {
        try await read {
            try $0.rows("SELECT domain, provider_id FROM provider_domains ORDER BY domain, provider_id").map(Self.domain)
        }
    }

    public func domains(_ domain: String) async throws -> [ProviderDomain] {
        try await read {
            try $0.rows("SELECT domain, provider_id FROM provider_domains WHERE domain = $1 ORDER BY provider_id", [domain.sql])
                .map(Self.domain)
        }
    }

    public func addDomain(_ domain: ProviderDomain) async throws {
        try await write { connection in
            do {
                try connection.execute(
                    "INSERT INTO provider_domains (domain, provider_id) VALUES ($1, $2)", [domain.domain.sql, domain.providerID.sql])
            } catch StoreError.duplicate {
                throw StoreError.duplicate(what: "domain \(domain.domain)")
            } catch StoreError.inUse {
                // A foreign key without its parent looks the same to the database as a parent that is held.
                throw StoreError.notFound(what: "provider \(domain.providerID)")
            }
        }
    }

    public func removeDomain(_ domain: ProviderDomain) async throws -> Bool {
        try await write {
            try $0.execute(
                "DELETE FROM provider_domains WHERE domain = $1 AND provider_id = $2", [domain.domain.sql, domain.providerID.sql]) == 1
        }
    }

    // Requests

    public func addProviderRequest(userID: UserID, address: String, note: String) async throws -> ProviderRequest {
        let now = clock.now()
        return try await write { connection in
            let row = try connection.row(
                "INSERT INTO provider_requests (user_id, address, note, created_at) VALUES ($1, $2, $3, $4) RETURNING id",
                [userID.sql, address.sql, note.sql, now.sql])
            guard let row else { throw StoreError.failed("a request was not added") }
            return ProviderRequest(id: row.id(0), userID: userID, address: address, note: note, createdAt: now)
        }
    }

    public func providerRequests(includingResolved: Bool) async throws -> [ProviderRequest] {
        try await read {
            try $0.rows(
                """
                SELECT id, user_id, address, note, created_at, resolved_at FROM provider_requests
                WHERE resolved_at IS NULL OR $1 = 1 ORDER BY id
                """, [includingResolved.sql]
            ).map { row in
                ProviderRequest(
                    id: row.id(0), userID: row.id(1), address: row.text(2), note: row.text(3), createdAt: row.time(4),
                    resolvedAt: row.optional(5, SQLRow.time))
            }
        }
    }

    public func resolveProviderRequest(_ id: ID<ProviderRequest>) async throws -> Bool {
        let now = clock.now()
        return try await write {
            try $0.execute(
                "UPDATE provider_requests SET resolved_at = $2 WHERE id = $1 AND resolved_at IS NULL", [id.sql, now.sql]) == 1
        }
    }
}
