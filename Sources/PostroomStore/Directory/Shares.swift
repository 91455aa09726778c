import PostroomCore

extension SQLStore {
    public func accounts(reachableBy userID: UserID) async throws -> [Account] {
        try await glance { connection in
            let selection = """
                \(Self.accountSelection) WHERE a.user_id = $1
                OR a.id IN (SELECT account_id FROM account_shares WHERE user_id = $1) ORDER BY a.id
                """
            return try Self.accounts(selection, [userID.sql], connection)
        }
    }

    public func setShare(of id: AccountID, with userID: UserID, right: ShareRight) async throws -> AccountShare {
        let now = clock.now()
        let share = try await write { connection in
            do {
                let row = try connection.row(
                    """
                    INSERT INTO account_shares (account_id, user_id, access, created_at) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (account_id, user_id) DO UPDATE SET access = excluded.access RETURNING created_at
                    """, [id.sql, userID.sql, right.rawValue.sql, now.sql])
                return AccountShare(userID: userID, right: right, createdAt: row?.time(0) ?? now)
            } catch StoreError.inUse {
                throw StoreError.notFound(what: "account \(id) or user \(userID)")
            }
        }
        try await announce(id, access: true)
        return share
    }

    public func removeShare(of id: AccountID, with userID: UserID) async throws -> Bool {
        let wasThere = try await write {
            try $0.execute("DELETE FROM account_shares WHERE account_id = $1 AND user_id = $2", [id.sql, userID.sql]) == 1
        }
        if wasThere { try await announce(id, access: true) }
        return wasThere
    }

    /// Accounts of a statement with those they are shared with.
    static func accounts(_ statement: String, _ arguments: [SQLValue], _ connection: any SQLConnection) throws -> [Account] {
        var accounts = try connection.rows(statement, arguments).map(account)
        guard !accounts.isEmpty else { return accounts }
        var shares: [AccountID: [AccountShare]] = [:]
        let rows = try connection.rows(
            "SELECT account_id, user_id, access, created_at FROM account_shares WHERE account_id {in $1} ORDER BY user_id",
            [.integers(accounts.map(\.id.value))])
        for row in rows {
            // A word of a later version gives nothing here.
            guard let right = ShareRight(rawValue: row.text(2)) else { continue }
            shares[row.id(0), default: []].append(AccountShare(userID: row.id(1), right: right, createdAt: row.time(3)))
        }
        for index in accounts.indices { accounts[index].shares = shares[accounts[index].id] ?? [] }
        return accounts
    }
}
