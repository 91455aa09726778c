import PostroomCore

/// What a server says of an email's keywords, beside what is here.
struct ServerKeywords {
    var email: Int64
    var thread: Int64
    var old: KeywordBits
    var new: KeywordBits
}

extension SQLStore {
    @discardableResult
    public func setFlags(
        _ flags: [ServerFlags], in mailbox: MailboxID, uidValidity: UInt32, cursor: SyncCursor?, of account: AccountID
    ) async throws -> [UInt32] {
        try await writeInTurn(account, isLarge: flags.count > 200) { transaction in
            let connection = transaction.connection
            _ = try transaction.mailbox(mailbox)
            var byUID: [UInt32: ServerFlags] = [:]
            for flag in flags { byUID[flag.uid] = flag }
            var changes: [ServerKeywords] = []
            var modSeqs: [[SQLValue]] = []
            try connection.forEach(
                """
                SELECT p.uid, p.modseq, e.id, e.thread_id, e.keywords, e.more_keywords
                FROM placements p JOIN emails e ON e.account_id = p.account_id AND e.id = p.email_id
                WHERE p.account_id = $1 AND p.mailbox_id = $2 AND p.uid {in $3} AND p.uid_validity = $4
                """, [account.sql, mailbox.sql, .integers(byUID.keys.sorted().map(Int64.init)), uidValidity.sql]
            ) { row in
                guard let flag = byUID[row.uint32(0)], !flag.isDeleted else { return true }
                if flag.modSeq != row.uint64(1) { modSeqs.append([account.sql, mailbox.sql, flag.uid.sql, flag.modSeq.sql]) }
                changes.append(
                    ServerKeywords(
                        email: row.int64(2), thread: row.int64(3), old: KeywordBits(bits: row.int64(4), more: row.text(5)),
                        new: KeywordBits(flag.keywords)))
                return true
            }
            try connection.executeEach(
                "UPDATE placements SET modseq = $4 WHERE account_id = $1 AND mailbox_id = $2 AND uid = $3", modSeqs)
            let hidden = try transaction.hiddenCopies(Array(byUID.keys), in: mailbox)
            let (shown, absent) = try transaction.show(
                hidden.keys.compactMap { byUID[$0] }.filter { !$0.isDeleted }, in: mailbox, uidValidity: uidValidity)
            try transaction.hide(byUID.values.filter(\.isDeleted), known: hidden, in: mailbox, uidValidity: uidValidity)
            try transaction.applyServerKeywords(changes + shown)
            if let cursor { try transaction.setCursor(cursor, of: mailbox) }
            return absent
        }
    }
}

extension AccountTransaction {
    /// Takes the server's keywords over, but for those that a queued operation still carries there.
    func applyServerKeywords(_ changes: [ServerKeywords]) throws {
        var changes = changes.filter { $0.old != $0.new }
        guard !changes.isEmpty else { return }
        var pending: [Int64: [(added: Set<String>, removed: Set<String>)]] = [:]
        try connection.forEach(
            """
            SELECT email_id, added, removed FROM pending_keywords WHERE account_id = $1 AND email_id {in $2} ORDER BY operation_id
            """, [account.sql, .integers(changes.map(\.email))]
        ) { row in
            pending[row.int64(0), default: []].append((PendingKeywords.decode(row.text(1)), PendingKeywords.decode(row.text(2))))
            return true
        }
        if !pending.isEmpty {
            for (index, change) in changes.enumerated() {
                guard let local = pending[change.email] else { continue }
                var keywords = change.new.keywords
                for step in local { keywords = keywords.union(step.added).subtracting(step.removed) }
                changes[index].new = KeywordBits(keywords)
            }
            changes = changes.filter { $0.old != $0.new }
        }
        try setKeywords(changes)
    }

    /// Writes keywords of emails and their copies.
    func setKeywords(_ changes: [ServerKeywords]) throws {
        guard !changes.isEmpty else { return }
        // Counts depend on what is unread alone.
        let turned = changes.filter { $0.old.isUnread != $0.new.isUnread }
        try counting(turned.map(\.thread)) {
            try connection.executeEach(
                "UPDATE emails SET keywords = $3, more_keywords = $4 WHERE account_id = $1 AND id = $2",
                changes.map { [account.sql, $0.email.sql, $0.new.bits.sql, $0.new.more.sql] })
            try connection.executeEach(
                "UPDATE placements SET keywords = $3 WHERE account_id = $1 AND email_id = $2",
                changes.filter { $0.old.bits != $0.new.bits }.map { [account.sql, $0.email.sql, $0.new.bits.sql] })
        }
        note(.updated, .email, changes.map(\.email))
    }
}

/// Sets of keywords in the columns of `pending_keywords`.
enum PendingKeywords {
    static func encode(_ keywords: Set<String>) -> String { keywords.sorted().joined(separator: " ") }
    static func decode(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
}
