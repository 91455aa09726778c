import PostroomCore

extension SQLStore {
    static let accountSelection = """
        SELECT a.id, a.user_id, a.provider_id, a.address, a.login, a.settings, a.is_default, s.status, a.created_at
        FROM accounts a JOIN account_status s ON s.account_id = a.id
        """

    private static let settings = JSONCache<AccountSettings>()
    private static let statuses = JSONCache<AccountStatus>()

    static func account(_ row: SQLRow) throws -> Account {
        var settings = try Self.settings.value(row.text(5))
        settings.isDefault = row.bool(6)
        return Account(
            id: row.id(0), userID: row.id(1), providerID: row.id(2), address: row.text(3), login: row.text(4), settings: settings,
            status: try statuses.value(row.text(7)), createdAt: row.time(8))
    }

    public func accounts() async throws -> [Account] {
        try await read { try Self.accounts("\(Self.accountSelection) ORDER BY a.id", [], $0) }
    }

    public func accounts(of userID: UserID) async throws -> [Account] {
        try await read { try Self.accounts("\(Self.accountSelection) WHERE a.user_id = $1 ORDER BY a.id", [userID.sql], $0) }
    }

    public func accounts(using providerID: ProviderID) async throws -> [Account] {
        try await read {
            try Self.accounts("\(Self.accountSelection) WHERE a.provider_id = $1 ORDER BY a.id", [providerID.sql], $0)
        }
    }

    public func accounts(addressed address: String) async throws -> [Account] {
        try await glance {
            try Self.accounts("\(Self.accountSelection) WHERE a.address_key = $1 ORDER BY a.id", [address.lowercased().sql], $0)
        }
    }

    public func account(_ id: AccountID) async throws -> Account? {
        try await glance { try Self.accounts("\(Self.accountSelection) WHERE a.id = $1", [id.sql], $0).first }
    }

    public func addAccount(
        userID: UserID, providerID: ProviderID, address: String, login: String, settings: AccountSettings, senderName: String,
        sealedCredential: [UInt8]
    ) async throws -> Account {
        let now = clock.now()
        let account = try await write { connection in
            let isFirst = try !connection.exists("SELECT 1 FROM accounts WHERE user_id = $1 LIMIT 1", [userID.sql])
            var settings = settings
            settings.isDefault = settings.isDefault || isFirst
            let id: AccountID
            do {
                let row = try connection.row(
                    """
                    INSERT INTO accounts (user_id, provider_id, address, address_key, login, settings, is_default, credential, created_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
                    """,
                    [
                        userID.sql, providerID.sql, address.sql, address.lowercased().sql, login.sql, try JSON.text(settings).sql,
                        settings.isDefault.sql, sealedCredential.sql, now.sql,
                    ])
                guard let row else { throw StoreError.failed("an account was not added") }
                id = row.id(0)
            } catch StoreError.duplicate {
                throw StoreError.duplicate(what: "account \(address)")
            } catch StoreError.inUse {
                throw StoreError.notFound(what: "user \(userID) or provider \(providerID)")
            }
            if settings.isDefault { try Self.makeDefault(id, of: userID, connection) }
            try connection.execute(
                "INSERT INTO account_status (account_id, status) VALUES ($1, $2)", [id.sql, try JSON.text(AccountStatus()).sql])
            try connection.execute("INSERT INTO account_states (account_id) VALUES ($1)", [id.sql])
            let transaction = try AccountTransaction(id, connection: connection, now: now)
            let identity = Identity(id: IdentityID(try transaction.takeIDs()), name: senderName, email: address, mayDelete: false)
            try transaction.insert(identity)
            _ = try transaction.finish()
            return Account(
                id: id, userID: userID, providerID: providerID, address: address, login: login, settings: settings, createdAt: now)
        }
        try await announce(account.id)
        return account
    }

    /// Among a user's accounts exactly one is the default.
    private static func makeDefault(_ id: AccountID, of userID: UserID, _ connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE accounts SET is_default = CASE WHEN id = $1 THEN 1 ELSE 0 END WHERE user_id = $2", [id.sql, userID.sql])
    }

    public func updateAccount(_ account: Account) async throws {
        try await write(account.id, isDurable: true) { transaction in
            let connection = transaction.connection
            let row = try connection.row("SELECT user_id, is_default FROM accounts WHERE id = $1", [account.id.sql])
            guard let row else { throw StoreError.notFound(what: "account \(account.id)") }
            do {
                try connection.execute(
                    "UPDATE accounts SET provider_id = $2, address = $3, address_key = $4, login = $5, settings = $6 WHERE id = $1",
                    [
                        account.id.sql, account.providerID.sql, account.address.sql, account.address.lowercased().sql,
                        account.login.sql, try JSON.text(account.settings).sql,
                    ])
            } catch StoreError.duplicate {
                throw StoreError.duplicate(what: "account \(account.address)")
            } catch StoreError.inUse {
                throw StoreError.notFound(what: "provider \(account.providerID)")
            }
            // The default moves to another account by choosing that one; giving it up alone would leave none.
            if account.settings.isDefault && !row.bool(1) { try Self.makeDefault(account.id, of: row.id(0), connection) }
            transaction.noteAccountChange()
        }
    }

    public func setStatus(_ status: AccountStatus, of id: AccountID) async throws {
        try await write(id) { transaction in
            try transaction.connection.execute(
                "UPDATE account_status SET status = $2 WHERE account_id = $1", [id.sql, try JSON.text(status).sql])
            transaction.noteAccountChange()
        }
    }

    public func sealedCredential(of id: AccountID) async throws -> [UInt8]? {
        try await glance { try $0.row("SELECT credential FROM accounts WHERE id = $1", [id.sql])?.bytes(0) }
    }

    public func setSealedCredential(_ credential: [UInt8], of id: AccountID) async throws {
        try await write(id, isDurable: true) { transaction in
            try transaction.connection.execute("UPDATE accounts SET credential = $2 WHERE id = $1", [id.sql, credential.sql])
            transaction.noteAccountChange()
        }
    }

    public func removeAccount(_ id: AccountID) async throws {
        try await write { connection in
            guard try connection.exists("SELECT 1 FROM accounts WHERE id = $1", [id.sql]) else {
                throw StoreError.notFound(what: "account \(id)")
            }
            try Self.removeAccount(id, connection)
        }
        try await announce(id)
    }

    /// The account's rows of every table; those with foreign keys go with the account.
    static func removeAccount(_ id: AccountID, _ connection: any SQLConnection) throws {
        let tables = [
            "changes", "emails", "placements", "departures", "removed_emails", "thread_refs", "blobs", "uploads", "pending_keywords",
            "search_segments", "search_blocks", "uploaders", "subscriptions", "hidden_copies", "former_ids",
        ]
        for table in tables { try connection.execute("DELETE FROM \(table) WHERE account_id = $1", [id.sql]) }
        let owner = try connection.row("DELETE FROM accounts WHERE id = $1 RETURNING user_id, is_default", [id.sql])
        guard let owner, owner.bool(1) else { return }
        let next = try connection.row("SELECT min(id) FROM accounts WHERE user_id = $1", [owner.values[0]])
        if let next, !next.isNull(0) { try makeDefault(next.id(0), of: owner.id(0), connection) }
    }
}
