import PostroomCore

extension SQLStore {
    private static let signInColumns = """
        id, flow, state_hash, user_id, session_hash, provider_id, account_id, request, phase, diagnosis, created_at, expires_at
        """

    private static func signIn(_ row: SQLRow) throws -> SignInAttempt {
        SignInAttempt(
            id: row.text(0), flow: SignInAttempt.Flow(rawValue: row.text(1)) ?? .code, stateHash: row.bytes(2), userID: row.id(3),
            sessionHash: row.optional(4, SQLRow.bytes), providerID: row.id(5), accountID: row.optional(6, SQLRow.id),
            request: try JSON.value(row.text(7)), phase: SignInAttempt.Phase(rawValue: row.text(8)) ?? .refused,
            diagnosis: row.isNull(9) ? nil : try JSON.value(row.text(9)), createdAt: row.time(10), expiresAt: row.time(11))
    }

    public func addSignIn(_ attempt: SignInAttempt, sealedSecret: [UInt8]) async throws {
        try await write { connection in
            try connection.execute(
                """
                INSERT INTO sign_ins (\(Self.signInColumns), secret) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                """,
                [
                    attempt.id.sql, attempt.flow.rawValue.sql, attempt.stateHash.sql, attempt.userID.sql, attempt.sessionHash.sql,
                    attempt.providerID.sql, attempt.accountID.sql, try JSON.text(attempt.request).sql, attempt.phase.rawValue.sql,
                    try attempt.diagnosis.map { try JSON.text($0) }.sql, attempt.createdAt.sql, attempt.expiresAt.sql, sealedSecret.sql,
                ])
        }
    }

    public func signIn(_ id: String) async throws -> SignInAttempt? {
        try await read { try $0.row("SELECT \(Self.signInColumns) FROM sign_ins WHERE id = $1", [id.sql]).map(Self.signIn) }
    }

    public func signIn(stateHash: [UInt8]) async throws -> SignInAttempt? {
        try await read {
            try $0.row("SELECT \(Self.signInColumns) FROM sign_ins WHERE state_hash = $1", [stateHash.sql]).map(Self.signIn)
        }
    }

    public func arriveSignIn(_ id: String, sealedCode: [UInt8]?, diagnosis: Diagnosis?) async throws -> Bool {
        try await write { connection in
            let phase: SignInAttempt.Phase = sealedCode == nil ? .refused : .arrived
            return try connection.execute(
                "UPDATE sign_ins SET phase = $2, code = $3, diagnosis = $4 WHERE id = $1 AND phase = 'waiting'",
                [id.sql, phase.rawValue.sql, sealedCode.sql, try diagnosis.map { try JSON.text($0) }.sql]) == 1
        }
    }

    public func takeSignIn(_ id: String) async throws -> (sealedSecret: [UInt8], sealedCode: [UInt8])? {
        try await write { connection in
            let row = try connection.row("SELECT secret, code FROM sign_ins WHERE id = $1 AND phase = 'arrived'", [id.sql])
            guard let row else { return nil }
            let count = try connection.execute(
                "UPDATE sign_ins SET phase = 'finished', code = NULL WHERE id = $1 AND phase = 'arrived'", [id.sql])
            return count == 1 ? (row.bytes(0), row.bytes(1)) : nil
        }
    }

    public func sealedSecret(ofSignIn id: String) async throws -> [UInt8]? {
        try await read { try $0.row("SELECT secret FROM sign_ins WHERE id = $1", [id.sql])?.bytes(0) }
    }

    public func updateSignIn(_ attempt: SignInAttempt) async throws {
        try await write { connection in
            try connection.execute(
                "UPDATE sign_ins SET phase = $2, diagnosis = $3, request = $4, account_id = $5 WHERE id = $1",
                [
                    attempt.id.sql, attempt.phase.rawValue.sql, try attempt.diagnosis.map { try JSON.text($0) }.sql,
                    try JSON.text(attempt.request).sql, attempt.accountID.sql,
                ])
        }
    }

    public func removeExpiredSignIns(before: Timestamp) async throws {
        try await write { try $0.execute("DELETE FROM sign_ins WHERE expires_at < $1", [before.sql]) }
    }
}
