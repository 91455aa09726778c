import PostroomCore

extension AccountTransaction {
    /// Stores bytes that are not here yet, and counts one more holder of each.
    func hold(_ blobs: [PackedBlob]) throws {
        try connection.executeEach(
            """
            INSERT INTO blobs (account_id, hash, size, is_compressed, data) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account_id, hash) DO UPDATE SET refs = blobs.refs + 1
            """, blobs.map { [account.sql, $0.id.sql, $0.size.sql, $0.isCompressed.sql, $0.data.sql] })
    }

    /// One more holder of bytes that are here. Throws `notFound` where they are not.
    func holdStored(_ blob: BlobID) throws {
        let count = try connection.execute(
            "UPDATE blobs SET refs = refs + 1 WHERE account_id = $1 AND hash = $2", [account.sql, blob.sql])
        guard count == 1 else { throw StoreError.notFound(what: "blob \(blob.hex)") }
    }

    /// One holder less of each; what nobody holds is gone.
    func release(_ blobs: [BlobID]) throws {
        let rows = blobs.map { [account.sql, $0.sql] }
        try connection.executeEach("UPDATE blobs SET refs = refs - 1 WHERE account_id = $1 AND hash = $2", rows)
        try connection.executeEach("DELETE FROM blobs WHERE account_id = $1 AND hash = $2 AND refs <= 0", rows)
    }

    /// Uploads that are held no longer; emails may hold the same bytes.
    func removeUploads(_ blobs: [BlobID]) throws {
        let rows = blobs.map { [account.sql, $0.sql] }
        try connection.executeEach("DELETE FROM uploads WHERE account_id = $1 AND hash = $2", rows)
        try connection.executeEach("DELETE FROM uploaders WHERE account_id = $1 AND hash = $2", rows)
        try release(blobs)
    }
}

extension SQLStore {
    public func addUpload(
        _ bytes: [UInt8], type: String, expiresAt: Timestamp, of account: AccountID, by user: UserID
    ) async throws -> BlobID {
        while true {
            do {
                try await admit(emails: 0, bytes: bytes.count, to: account)
                break
            } catch StoreError.overQuota {
                // RFC 8620 §6: uploads that nothing holds make room for new ones, oldest first.
                guard try await removeOldestUpload(of: account) else { throw StoreError.overQuota }
            }
        }
        let blob = PackedBlob(bytes)
        try await write(account) { transaction in
            let connection = transaction.connection
            let isKnown = try connection.exists(
                "SELECT 1 FROM uploads WHERE account_id = $1 AND hash = $2", [account.sql, blob.id.sql])
            if !isKnown { try transaction.hold([blob]) }
            try connection.execute(
                """
                INSERT INTO uploads (account_id, hash, type, expires_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (account_id, hash) DO UPDATE SET type = excluded.type, expires_at = excluded.expires_at
                """, [account.sql, blob.id.sql, type.sql, expiresAt.sql])
            try connection.execute(
                "INSERT INTO uploaders (account_id, hash, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                [account.sql, blob.id.sql, user.sql])
        }
        return blob.id
    }

    /// Makes room; false where there is no upload left.
    private func removeOldestUpload(of account: AccountID) async throws -> Bool {
        let isRemoved = try await write(account) { transaction in
            let row = try transaction.connection.row(
                "SELECT hash FROM uploads WHERE account_id = $1 ORDER BY expires_at LIMIT 1", [account.sql])
            guard let row else { return false }
            try transaction.removeUploads([BlobID(sha256: row.bytes(0))])
            return true
        }
        room.forget(account)
        return isRemoved
    }

    public func blob(_ id: BlobID, of account: AccountID, for user: UserID) async throws -> [UInt8]? {
        try await holdsBlob(id, account: account, for: user) ? try await blob(id, of: account) : nil
    }

    public func blob(_ id: BlobID, of account: AccountID) async throws -> [UInt8]? {
        let row = try await read {
            try $0.row("SELECT data, size, is_compressed FROM blobs WHERE account_id = $1 AND hash = $2", [account.sql, id.sql])
        }
        return try row.map { try PackedBlob.unpack($0.bytes(0), size: $0.int(1), isCompressed: $0.bool(2)) }
    }

    public func holdsBlob(_ blob: BlobID, account: AccountID, for user: UserID) async throws -> Bool {
        try await read { connection in
            let key = [account.sql, blob.sql]
            guard try connection.exists("SELECT 1 FROM blobs WHERE account_id = $1 AND hash = $2", key) else { return false }
            let uploaders = try connection.rows("SELECT user_id FROM uploaders WHERE account_id = $1 AND hash = $2", key)
            // What nobody has uploaded is a message's, or an upload of before this was noted.
            return uploaders.isEmpty || uploaders.contains { $0.id(0) == user }
        }
    }

    public func removeExpiredUploads(before: Timestamp) async throws {
        let expired = try await read {
            try $0.rows("SELECT DISTINCT account_id FROM uploads WHERE expires_at < $1", [before.sql]).map { AccountID($0.int64(0)) }
        }
        for account in expired {
            try await write(account) { transaction in
                let rows = try transaction.connection.rows(
                    "SELECT hash FROM uploads WHERE account_id = $1 AND expires_at < $2", [account.sql, before.sql])
                try transaction.removeUploads(rows.map { BlobID(sha256: $0.bytes(0)) })
            }
        }
    }

    public func source(of email: EmailID, account: AccountID) async throws -> [UInt8]? {
        let row = try await read {
            try $0.row(
                """
                SELECT b.data, b.size, b.is_compressed FROM emails e JOIN blobs b ON b.account_id = e.account_id AND b.hash = e.blob
                WHERE e.account_id = $1 AND e.id = $2
                """, [account.sql, email.sql])
        }
        return try row.map { try PackedBlob.unpack($0.bytes(0), size: $0.int(1), isCompressed: $0.bool(2)) }
    }
}
