import PostroomCore

extension SQLStore {
    public func tidy(changeLogSteps: Int64) async throws {
        let now = clock.now()
        try await removeExpiredUploads(before: now)
        try await removeExpiredSessions(before: now)
        let accounts = try await read { try $0.rows("SELECT account_id FROM account_states").map { AccountID($0.int64(0)) } }
        for account in accounts {
            do {
                try await trimChanges(of: account, keeping: changeLogSteps)
                try await removeUnheldBlobs(of: account)
            } catch StoreError.notFound {
                // The account was removed meanwhile.
                continue
            }
        }
        try await database.write(isDurable: false) { connection in
            _ = try connection.execute(
                "DELETE FROM settings WHERE name LIKE $1 AND name NOT IN (SELECT $2 || CAST(id AS text) FROM accounts)",
                ["\(StorageQuota.setting):%".sql, "\(StorageQuota.setting):".sql])
        }
    }

    /// Bytes go with their last holder, in the transaction that removes it; this finds what a defect left behind.
    ///
    /// It runs in the account's own order of writers, so that nobody can begin to hold what is removed here.
    func removeUnheldBlobs(of account: AccountID) async throws {
        try await write(account) { transaction in
            _ = try transaction.connection.execute("DELETE FROM blobs WHERE account_id = $1 AND refs <= 0", [account.sql])
        }
    }
}
