import PostroomCore

extension SQLStore {
    private static let submissionColumns = """
        id, identity_id, email_id, thread_id, blob, message_id, mail_from, recipients, state, send_at, created_at, attempts, \
        next_attempt_at, diagnosis, server_reply, is_copied, on_success
        """

    private static func submission(_ row: SQLRow) throws -> Submission {
        guard let state = Submission.State(rawValue: row.text(8)) else {
            throw StoreError.failed("a submission's state is not known here: \(row.text(8))")
        }
        return Submission(
            id: row.id(0), identityID: row.id(1), emailID: row.optional(2, SQLRow.id), threadID: row.optional(3, SQLRow.id),
            blobID: BlobID(sha256: row.bytes(4)), messageID: row.text(5), mailFrom: row.text(6),
            recipients: try JSON.value(row.text(7)), state: state, sendAt: row.time(9), createdAt: row.time(10), attempts: row.int(11),
            nextAttemptAt: row.optional(12, SQLRow.time), diagnosis: try row.optional(13, SQLRow.text).map { try JSON.value($0) },
            serverReply: row.text(14), isCopied: row.bool(15), onSuccess: try JSON.value(row.text(16)))
    }

    public func submissions(_ ids: [SubmissionID]?, of account: AccountID) async throws -> [Submission] {
        try await read { try Self.submissions(ids, of: account, $0) }
    }

    fileprivate static func submissions(
        _ ids: [SubmissionID]?, of account: AccountID, _ connection: any SQLConnection
    ) throws -> [Submission] {
        guard let ids else {
            return try withReports(
                connection.rows("SELECT \(submissionColumns) FROM submissions WHERE account_id = $1 ORDER BY id", [account.sql])
                    .map(submission), of: account, connection)
        }
        let found = try withReports(
            connection.rows(
                "SELECT \(submissionColumns) FROM submissions WHERE account_id = $1 AND id {in $2}",
                [account.sql, .integers(ids.map(\.value))]
            ).map(submission), of: account, connection)
        let byID = Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
        return ids.compactMap { byID[$0] }
    }

    public func submissions(of messageIDs: [String], account: AccountID) async throws -> [Submission] {
        guard !messageIDs.isEmpty else { return [] }
        return try await read { connection in
            let found = try Self.candidates(of: messageIDs, account, connection)
            return try Self.submissions(found.map(\.id), of: account, connection)
        }
    }

    public func dueSubmissions(at: Timestamp, of account: AccountID) async throws -> [Submission] {
        try await read {
            try $0.rows(
                """
                SELECT \(Self.submissionColumns) FROM submissions
                WHERE account_id = $1 AND state IN ('queued', 'sending', 'finalDot') AND send_at <= $2
                    AND (next_attempt_at IS NULL OR next_attempt_at <= $2)
                ORDER BY send_at, id
                """, [account.sql, at.sql]
            ).map(Self.submission)
        }
    }

    public func unsettledSubmissions(of account: AccountID) async throws -> [Submission] {
        try await glance {
            try $0.rows(
                """
                SELECT \(Self.submissionColumns) FROM submissions
                WHERE account_id = $1 AND (state IN ('queued', 'sending', 'finalDot') OR state = 'sent' AND is_copied = 0) ORDER BY id
                """, [account.sql]
            ).map(Self.submission)
        }
    }

    public func nextSubmissionTime(of account: AccountID) async throws -> Timestamp? {
        try await glance {
            try $0.row(
                """
                SELECT min(CASE WHEN next_attempt_at > send_at THEN next_attempt_at ELSE send_at END) FROM submissions
                WHERE account_id = $1 AND state IN ('queued', 'sending', 'finalDot')
                """, [account.sql]
            ).flatMap { $0.optional(0, SQLRow.time) }
        }
    }

    public func wire(of submission: SubmissionID, account: AccountID) async throws -> [UInt8]? {
        let row = try await read {
            try $0.row(
                """
                SELECT b.data, b.size, b.is_compressed FROM submissions s
                JOIN blobs b ON b.account_id = s.account_id AND b.hash = s.blob WHERE s.account_id = $1 AND s.id = $2
                """, [account.sql, submission.sql])
        }
        return try row.map { try PackedBlob.unpack($0.bytes(0), size: $0.int(1), isCompressed: $0.bool(2)) }
    }

}

extension Submission {
    /// What changes on its way: $3 to $10.
    fileprivate var progress: [SQLValue] {
        get throws {
            [
                try JSON.text(recipients).sql, state.rawValue.sql, attempts.sql, nextAttemptAt.sql,
                try diagnosis.map { try JSON.text($0) }.sql, serverReply.sql, isCopied.sql, try JSON.text(onSuccess).sql,
            ]
        }
    }
}

extension AccountTransaction {
    func submissions(_ ids: [SubmissionID]) throws -> [Submission] { try SQLStore.submissions(ids, of: account, connection) }

    func addSubmission(_ submission: Submission, wire: any PreparedObject) throws -> Submission {
        guard let blob = (wire as? PreparedWire)?.blob else { throw StoreError.failed("a message was prepared by another store") }
        try hold([blob])
        var (email, thread) = (submission.emailID, submission.threadID)
        if let old = email, let present = try presentIDs(of: [old])[old] {
            email = present
            thread = try emails([present]).first?.threadID
        }
        let added = Submission(
            id: SubmissionID(try takeIDs()), identityID: submission.identityID, emailID: email,
            threadID: thread, blobID: blob.id, messageID: submission.messageID, mailFrom: submission.mailFrom,
            recipients: submission.recipients, state: submission.state, sendAt: submission.sendAt, createdAt: submission.createdAt,
            attempts: submission.attempts, nextAttemptAt: submission.nextAttemptAt, diagnosis: submission.diagnosis,
            serverReply: submission.serverReply, isCopied: submission.isCopied, onSuccess: submission.onSuccess)
        try connection.execute(
            """
            INSERT INTO submissions (
                account_id, id, identity_id, email_id, thread_id, blob, message_id, mail_from, send_at, created_at,
                recipients, state, attempts, next_attempt_at, diagnosis, server_reply, is_copied, on_success
            ) VALUES ($1, $2, $11, $12, $13, $14, $15, $16, $17, $18, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [account.sql, added.id.sql] + (try added.progress) + [
                added.identityID.sql, added.emailID.sql, added.threadID.sql, added.blobID.sql, added.messageID.sql,
                added.mailFrom.sql, added.sendAt.sql, added.createdAt.sql,
            ])
        note(.created, .submission, added.id.value)
        return added
    }

    func updateSubmission(_ submission: Submission) throws {
        let count = try connection.execute(
            """
            UPDATE submissions SET recipients = $3, state = $4, attempts = $5, next_attempt_at = $6, diagnosis = $7,
                server_reply = $8, is_copied = $9, on_success = $10, send_at = $11
            WHERE account_id = $1 AND id = $2
            """,
            [account.sql, submission.id.sql] + (try submission.progress) + [submission.sendAt.sql])
        guard count == 1 else { throw StoreError.notFound(what: "submission \(submission.id)") }
        note(.updated, .submission, submission.id.value)
    }

    func claimSubmission(_ id: SubmissionID) throws -> Bool {
        let count = try connection.execute(
            "UPDATE submissions SET state = 'sending' WHERE account_id = $1 AND id = $2 AND state = 'queued'", [account.sql, id.sql])
        if count == 1 { note(.updated, .submission, id.value) }
        return count == 1
    }

    func removeSubmission(_ id: SubmissionID) throws -> Bool {
        let row = try connection.row(
            "DELETE FROM submissions WHERE account_id = $1 AND id = $2 RETURNING blob", [account.sql, id.sql])
        guard let row else { return false }
        let reports = try connection.rows(
            "DELETE FROM submission_reports WHERE account_id = $1 AND submission_id = $2 RETURNING blob", [account.sql, id.sql])
        try release([BlobID(sha256: row.bytes(0))] + reports.map { BlobID(sha256: $0.bytes(0)) })
        note(.destroyed, .submission, id.value)
        return true
    }
}
