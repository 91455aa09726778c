import PostroomCore

extension SQLStore {
    public func emails(_ ids: [EmailID], of account: AccountID) async throws -> [EmailRecord] {
        try await read { try Self.emails(ids, of: account, $0) }
    }

    public func emailsAndState(_ ids: [EmailID], of account: AccountID) async throws -> (emails: [EmailRecord], state: Int64) {
        try await read { connection in
            let row = try connection.row("SELECT email FROM account_states WHERE account_id = $1", [account.sql])
            guard let row else { throw StoreError.notFound(what: "account \(account)") }
            return (try Self.emails(ids, of: account, connection), row.int64(0))
        }
    }

    static func emails(_ ids: [EmailID], of account: AccountID, _ connection: any SQLConnection) throws -> [EmailRecord] {
        var found: [EmailID: EmailRecord] = [:]
        var withoutPreview: [EmailID] = []
        let set = SQLValue.integers(ids.map(\.value))
        try connection.forEach(
            "SELECT \(EmailRow.columns), e.indexed FROM emails e WHERE e.account_id = $1 AND e.id {in $2}", [account.sql, set]
        ) { row in
            let record = EmailRow.record(row)
            found[record.id] = record
            if LatePreview.isDue(row) { withoutPreview.append(record.id) }
            return true
        }
        try LatePreview.add(to: &found, of: withoutPreview, account: account, connection)
        try connection.forEach(
            "SELECT email_id, mailbox_id FROM placements WHERE account_id = $1 AND email_id {in $2} ORDER BY mailbox_id",
            [account.sql, set]
        ) { row in
            found[row.id(0)]?.mailboxIDs.append(row.id(1))
            return true
        }
        return ids.compactMap { found[$0] }
    }

    public func threads(_ ids: [ThreadID], of account: AccountID) async throws -> [ThreadID: [EmailID]] {
        try await read { connection in
            var found: [ThreadID: [EmailID]] = [:]
            try connection.forEach(
                """
                SELECT thread_id, id FROM emails WHERE account_id = $1 AND thread_id {in $2} ORDER BY thread_id, received_at, id
                """, [account.sql, .integers(ids.map(\.value))]
            ) { row in
                found[row.id(0), default: []].append(row.id(1))
                return true
            }
            return found
        }
    }

    public func emails(withMessageID messageID: String, of account: AccountID) async throws -> [EmailID] {
        try await read {
            try $0.rows(
                "SELECT id FROM emails WHERE account_id = $1 AND message_hash = $2 AND message_id = $3 ORDER BY id",
                [account.sql, MessageReference(messageID: messageID).hash.sql, messageID.sql]
            ).map { $0.id(0) }
        }
    }

    public func placements(of emails: [EmailID], account: AccountID) async throws -> [Placement] {
        try await read {
            try $0.rows(
                """
                SELECT email_id, mailbox_id, uid_validity, uid, modseq FROM placements
                WHERE account_id = $1 AND email_id {in $2} AND uid IS NOT NULL ORDER BY email_id, mailbox_id
                """, [account.sql, .integers(emails.map(\.value))]
            ).map { row in
                Placement(emailID: row.id(0), mailboxID: row.id(1), uidValidity: row.uint32(2), uid: row.uint32(3), modSeq: row.uint64(4))
            }
        }
    }
}
