import PostroomCore

/// A source that came in after its header, ready to be written.
struct StoredSource: Sendable {
    var email: Int64
    var blob: PackedBlob
    var row: EmailRow.Prepared
    var searchText: SearchText?
    var report: IncomingReport?

    func of(_ email: Int64) -> StoredSource {
        var source = self
        source.email = email
        return source
    }
}

extension SQLStore {
    public func setSources(_ sources: [IncomingSource], of account: AccountID) async throws {
        let octets = sources.reduce(0) { $0 + $1.source.count }
        try await admit(emails: 0, bytes: octets, to: account)
        let prepared = await Arrival.prepare(sources, octets: { $0.source.count }) { source in
            StoredSource(
                email: source.emailID.value, blob: PackedBlob(source.source),
                row: EmailRow.Prepared(
                    content: source.content, keywords: [], receivedAt: Timestamp(milliseconds: 0), source: nil),
                searchText: source.searchText, report: source.report)
        }
        try await writeInTurn(account, isLarge: octets > BackgroundThreads.fewOctets) { try $0.storeSources(prepared) }
    }

    public func setSizes(_ sizes: [EmailID: Int], of account: AccountID) async throws {
        try await write(account) { transaction in
            let known = try transaction.presentIDs(of: sizes.keys.map(\.value))
            let sizes = Dictionary(
                sizes.map { (EmailID(known[$0.key.value] ?? $0.key.value), $0.value) }, uniquingKeysWith: { first, _ in first })
            let rows = try transaction.connection.rows(
                "SELECT id, size FROM emails WHERE account_id = $1 AND id {in $2}",
                [account.sql, .integers(sizes.keys.map(\.value).sorted())])
            let changed = rows.compactMap { row in
                sizes[row.id(0)].flatMap { $0 == row.int(1) ? nil : (email: row.int64(0), size: $0) }
            }
            try transaction.connection.executeEach(
                "UPDATE emails SET size = $3 WHERE account_id = $1 AND id = $2",
                changed.map { [account.sql, $0.email.sql, $0.size.sql] })
            transaction.note(.updated, .email, changed.map(\.email))
        }
    }

    public func quarantine(_ email: EmailID, reason: String, of account: AccountID) async throws {
        try await write(account) { transaction in
            let email = EmailID(try transaction.presentIDs(of: [email.value])[email.value] ?? email.value)
            let count = try transaction.connection.execute(
                "UPDATE emails SET body = 2, reason = $3, quarantined_at = $4 WHERE account_id = $1 AND id = $2 AND body <> 1",
                [account.sql, email.sql, EmailRow.Prepared.clean(reason).sql, transaction.now.sql])
            if count == 1 { transaction.note(.updated, .email, email.value) }
        }
    }

    public func withoutSource(_ emails: [EmailID], of account: AccountID) async throws -> Set<EmailID> {
        guard !emails.isEmpty else { return [] }
        return try await glance { connection in
            let rows = try connection.rows(
                "SELECT id FROM emails WHERE account_id = $1 AND id {in $2} AND body <> 1",
                [account.sql, .integers(emails.map(\.value))])
            return Set(rows.map { $0.id(0) })
        }
    }

    public func missingSources(in mailbox: MailboxID?, limit: Int, of account: AccountID) async throws -> [MissingSource] {
        // Mostly nothing is missing.
        let isMissing = try await glance {
            try $0.exists("SELECT 1 FROM emails WHERE account_id = $1 AND body = 0 LIMIT 1", [account.sql])
        }
        guard isMissing else { return [] }
        return try await read { connection in
            // One row an email: of several copies any serves.
            let condition = mailbox == nil ? "" : "AND p.mailbox_id = $3"
            return try connection.rows(
                """
                SELECT e.id, p.mailbox_id, p.uid, e.size
                FROM emails e JOIN placements p ON p.account_id = e.account_id AND p.email_id = e.id
                WHERE e.account_id = $1 AND e.body = 0 AND p.uid IS NOT NULL \(condition) AND p.mailbox_id = (
                    SELECT min(q.mailbox_id) FROM placements q WHERE q.account_id = e.account_id AND q.email_id = e.id
                    AND q.uid IS NOT NULL \(mailbox == nil ? "" : "AND q.mailbox_id = $3"))
                ORDER BY e.received_at DESC, e.id DESC LIMIT $2
                """, [account.sql, limit.sql] + (mailbox.map { [$0.sql] } ?? [])
            ).map { MissingSource(emailID: $0.id(0), mailboxID: $0.id(1), uid: $0.uint32(2), size: $0.int(3)) }
        }
    }
}

extension AccountTransaction {
    /// Stores sources of emails that have none yet, with what the whole message says of itself.
    func storeSources(_ sources: [StoredSource]) throws {
        guard !sources.isEmpty else { return }
        let known = try presentIDs(of: sources.map(\.email))
        let sources = known.isEmpty ? sources : sources.map { $0.of(known[$0.email] ?? $0.email) }
        var levels: [Int64: Int] = [:]
        var times: [Int64: Timestamp] = [:]
        try connection.forEach(
            "SELECT id, indexed, received_at FROM emails WHERE account_id = $1 AND id {in $2} AND body <> 1",
            [account.sql, .integers(sources.map(\.email))]
        ) { row in
            levels[row.int64(0)] = row.int(1)
            times[row.int64(0)] = row.time(2)
            return true
        }
        var seen: Set<Int64> = []
        var wanted = sources.filter { levels[$0.email] != nil && seen.insert($0.email).inserted }
        guard !wanted.isEmpty else { return }
        try joinThreads(of: wanted)
        for index in wanted.indices {
            let (before, id) = (wanted[index].email, present(wanted[index].email))
            guard id != before else { continue }
            wanted[index].email = id
            levels[id] = IndexLevel.nothing.rawValue
            times[id] = times[before]
        }
        for index in wanted.indices where wanted[index].searchText == nil && levels[wanted[index].email] == IndexLevel.all.rawValue {
            try wanted[index].row.addLatePreview(from: wanted[index].blob)
        }
        try hold(wanted.map(\.blob))
        try connection.executeEach(
            """
            UPDATE emails SET body = 1, blob = $3, size = $14, reason = '', quarantined_at = NULL, indexed = $13, has_attachment = $4, preview = $5, subject = $6,
                envelope = $7, from_key = $8, to_key = $9, subject_key = $10, sent_at = $11, sent_offset = $12
            WHERE account_id = $1 AND id = $2
            """,
            wanted.map { source in
                let content = source.row.content
                return [
                    account.sql, source.email.sql, source.blob.id.sql, content.hasAttachment.sql,
                    EmailRow.Prepared.clean(content.preview).sql, EmailRow.Prepared.clean(content.subject).sql, source.row.envelope.sql,
                    source.row.fromKey.sql, source.row.toKey.sql, source.row.subjectKey.sql, (content.sentAt?.secondsSince1970).sql,
                    (content.sentAt?.offsetMinutes ?? 0).sql,
                    (source.searchText == nil ? levels[source.email] ?? 0 : IndexLevel.all.rawValue).sql, content.size.sql,
                ]
            })
        try index(
            wanted.filter { (levels[$0.email] ?? 0) < IndexLevel.all.rawValue }
                .compactMap { source in source.searchText.map { (EmailID(source.email), $0) } })
        note(.updated, .email, wanted.map(\.email))
        try record(
            wanted.compactMap { source in
                source.report.map { ArrivedReport(report: $0, blob: source.blob, receivedAt: times[source.email] ?? now) }
            })
    }

    /// A source may name messages that what came before it did not (an ENVELOPE has no References): then their conversations are one.
    private func joinThreads(of sources: [StoredSource]) throws {
        let references = sources.filter { $0.row.content.messageID != nil }.map { $0.row.content.threadReferences() }.filter {
            $0.count > 1
        }
        guard !references.isEmpty else { return }
        var known: [MessageReference: Int64] = [:]
        try connection.forEach(
            "SELECT hash, thread_id FROM thread_refs WHERE account_id = $1 AND hash {in $2}",
            [account.sql, .integers(Array(Set(references.joined().map(\.hash))))]
        ) { row in
            known[MessageReference(hash: row.int64(0))] = row.int64(1)
            return true
        }
        // The first is the message's own: by it the email is found that has the source.
        let joining = references.filter { named in
            guard let own = known[named[0]] else { return false }
            return named.contains { known[$0] != own }
        }
        if !joining.isEmpty { _ = try assignThreads(joining) }
    }
}
