import PostroomCore

extension SQLStore {
    public func quotas(of account: AccountID) async throws -> [Quota] {
        try await glance { try Self.quotas(of: account, $0) }
    }

    private static func quotas(of account: AccountID, _ connection: any SQLConnection) throws -> [Quota] {
        try connection.rows(
            "SELECT id, name, resource, used, hard_limit FROM quotas WHERE account_id = $1 ORDER BY id", [account.sql]
        ).map { row in
            Quota(
                id: row.id(0),
                limit: ServerQuota(
                    name: row.text(1), resource: Quota.Resource(rawValue: row.text(2)) ?? .count, used: row.int64(3),
                    hardLimit: row.int64(4)))
        }
    }

    public func replaceQuotas(with told: [ServerQuota], of account: AccountID) async throws {
        let found = told + (try await ownLimits(of: account))
        // Asked at every look: a write, and a lock with it, only where something is new.
        guard try await quotas(of: account).map(\.limit) != found else { return }
        try await write(account) { transaction in
            let connection = transaction.connection
            var known = Dictionary(try Self.quotas(of: account, connection).map { ($0.limit.name, $0) }) { first, _ in first }
            for quota in found {
                guard let old = known.removeValue(forKey: quota.name) else {
                    let id = try transaction.takeIDs()
                    try connection.execute(
                        "INSERT INTO quotas (account_id, id, name, resource, used, hard_limit) VALUES ($1, $2, $3, $4, $5, $6)",
                        [account.sql, id.sql, quota.name.sql, quota.resource.rawValue.sql, quota.used.sql, quota.hardLimit.sql])
                    transaction.note(.created, .quota, id)
                    continue
                }
                guard old.limit != quota else { continue }
                try connection.execute(
                    "UPDATE quotas SET resource = $3, used = $4, hard_limit = $5 WHERE account_id = $1 AND id = $2",
                    [account.sql, old.id.sql, quota.resource.rawValue.sql, quota.used.sql, quota.hardLimit.sql])
                let onlyUse = old.limit.resource == quota.resource && old.limit.hardLimit == quota.hardLimit
                transaction.note(onlyUse ? .counted : .updated, .quota, old.id.value)
            }
            for (_, gone) in known {
                try connection.execute("DELETE FROM quotas WHERE account_id = $1 AND id = $2", [account.sql, gone.id.sql])
                transaction.note(.destroyed, .quota, gone.id.value)
            }
        }
    }

    /// What an administrator lets the account take of this store.
    private func ownLimits(of account: AccountID) async throws -> [ServerQuota] {
        // Asked at every look, so what is used is counted only where there is a limit.
        guard try await glance({ try Self.quota(of: account, $0).0 }) != StorageQuota() else { return [] }
        let usage = try await usage(of: account)
        var limits: [ServerQuota] = []
        if let most = usage.quota.maxBytes {
            limits.append(ServerQuota(name: "Postroom", resource: .octets, used: usage.bytes, hardLimit: most))
        }
        if let most = usage.quota.maxEmails {
            limits.append(ServerQuota(name: "Postroom (message)", resource: .count, used: usage.emails, hardLimit: most))
        }
        return limits
    }
}
