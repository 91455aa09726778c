import PostroomCore

extension SQLStore {
    public func identities(of account: AccountID) async throws -> [Identity] {
        try await read { try Self.identities(of: account, $0) }
    }

    fileprivate static func identities(of account: AccountID, _ connection: any SQLConnection) throws -> [Identity] {
        try connection.rows(
            """
            SELECT id, name, email, reply_to, bcc, text_signature, html_signature, may_delete FROM identities
            WHERE account_id = $1 ORDER BY id
            """, [account.sql]
        ).map { row in
            Identity(
                id: row.id(0), name: row.text(1), email: row.text(2), replyTo: EnvelopeText.addresses(row.text(3)),
                bcc: EnvelopeText.addresses(row.text(4)), textSignature: row.text(5), htmlSignature: row.text(6),
                mayDelete: row.bool(7))
        }
    }
}

extension Identity {
    /// Its columns but for the keys.
    fileprivate var values: [SQLValue] {
        [
            name.sql, email.sql, EnvelopeText.encode(replyTo).sql, EnvelopeText.encode(bcc).sql, textSignature.sql, htmlSignature.sql,
            mayDelete.sql,
        ]
    }
}

extension AccountTransaction {
    func identities() throws -> [Identity] { try SQLStore.identities(of: account, connection) }

    func addIdentity(_ identity: Identity) throws -> Identity {
        let added = Identity(
            id: IdentityID(try takeIDs()), name: identity.name, email: identity.email, replyTo: identity.replyTo,
            bcc: identity.bcc, textSignature: identity.textSignature, htmlSignature: identity.htmlSignature,
            mayDelete: identity.mayDelete)
        try insert(added)
        return added
    }

    func insert(_ identity: Identity) throws {
        try connection.execute(
            """
            INSERT INTO identities (account_id, id, name, email, reply_to, bcc, text_signature, html_signature, may_delete)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, [account.sql, identity.id.sql] + identity.values)
        note(.created, .identity, identity.id.value)
    }

    func updateIdentity(_ identity: Identity) throws {
        let count = try connection.execute(
            """
            UPDATE identities SET name = $3, email = $4, reply_to = $5, bcc = $6, text_signature = $7, html_signature = $8,
                may_delete = $9
            WHERE account_id = $1 AND id = $2
            """, [account.sql, identity.id.sql] + identity.values)
        guard count == 1 else { throw StoreError.notFound(what: "identity \(identity.id)") }
        note(.updated, .identity, identity.id.value)
    }

    func removeIdentity(_ id: IdentityID) throws -> Bool {
        let count = try connection.execute("DELETE FROM identities WHERE account_id = $1 AND id = $2", [account.sql, id.sql])
        if count == 1 { note(.destroyed, .identity, id.value) }
        return count == 1
    }
}
