import PostroomCore

/// Emails whose thread grew together with another: a client keeps `threadId` for good, so they are made anew under new ids (RFC 8621 §3).
/// Nothing else of them changes, and who kept an old id is led to the new one. Submissions keep it: their `emailId` and `threadId` are immutable too.
extension AccountTransaction {
    /// Gives emails new ids in another thread. Counts are the caller's.
    func reinsert(_ emails: [Int64], into thread: Int64) throws {
        guard !emails.isEmpty else { return }
        let emails = emails.sorted()
        let first = try takeIDs(emails.count)
        let ids = Dictionary(uniqueKeysWithValues: zip(emails, first...))
        let rows = emails.map { [account.sql, $0.sql, (ids[$0] ?? 0).sql, thread.sql] }
        // The index has their words under the old ids.
        try connection.executeEach(
            "UPDATE emails SET id = $3, thread_id = $4, indexed = 0 WHERE account_id = $1 AND id = $2", rows)
        try connection.executeEach(
            "UPDATE placements SET email_id = $3, thread_id = $4 WHERE account_id = $1 AND email_id = $2", rows)
        try follow(ids)
        reinserted.merge(ids) { $1 }
        note(.destroyed, .email, emails)
        note(.created, .email, ids.values)
    }

    /// Leads what names emails by their old ids to the new ones.
    func follow(_ ids: [Int64: Int64]) throws {
        guard !ids.isEmpty else { return }
        let emails = ids.keys.sorted()
        for table in ["departures", "hidden_copies", "pending_keywords", "operations", "former_ids"] {
            let there = try connection.rows(
                "SELECT DISTINCT email_id FROM \(table) WHERE account_id = $1 AND email_id {in $2}", [account.sql, .integers(emails)]
            ).map { $0.int64(0) }
            try connection.executeEach(
                "UPDATE \(table) SET email_id = $3 WHERE account_id = $1 AND email_id = $2",
                there.map { [account.sql, $0.sql, (ids[$0] ?? 0).sql] })
        }
        try connection.executeEach(
            "INSERT INTO former_ids (account_id, former_id, email_id) VALUES ($1, $2, $3)",
            emails.map { [account.sql, $0.sql, (ids[$0] ?? 0).sql] })
    }

    /// The id that an email goes by once what this transaction has done so far is done.
    func present(_ email: Int64) -> Int64 {
        var email = email
        while let next = reinserted[email] { email = next }
        return email
    }

    /// The ids of now by those of before; what never had another is left out.
    func presentIDs(of emails: [Int64]) throws -> [Int64: Int64] { try SQLStore.presentIDs(of: emails, account, connection) }

    func presentIDs(of emails: [EmailID]) throws -> [EmailID: EmailID] {
        let ids = try presentIDs(of: emails.map(\.value))
        return Dictionary(uniqueKeysWithValues: ids.map { (EmailID($0), EmailID($1)) })
    }

    func forgetFormerIDs(of emails: [Int64]) throws {
        guard !emails.isEmpty else { return }
        try connection.execute("DELETE FROM former_ids WHERE account_id = $1 AND email_id {in $2}", [account.sql, .integers(emails)])
    }
}

extension SQLStore {
    public func presentIDs(of emails: [EmailID], account: AccountID) async throws -> [EmailID: EmailID] {
        try await read { connection in
            let ids = try Self.presentIDs(of: emails.map(\.value), account, connection)
            return Dictionary(uniqueKeysWithValues: ids.map { (EmailID($0), EmailID($1)) })
        }
    }

    fileprivate static func presentIDs(
        of emails: [Int64], _ account: AccountID, _ connection: any SQLConnection
    ) throws -> [Int64: Int64] {
        guard !emails.isEmpty else { return [:] }
        let rows = try connection.rows(
            "SELECT former_id, email_id FROM former_ids WHERE account_id = $1 AND former_id {in $2}", [account.sql, .integers(emails)])
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.int64(0), $0.int64(1)) })
    }
}
