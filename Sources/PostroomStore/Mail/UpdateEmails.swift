import PostroomCore

/// An email with its copies, as an edit finds it.
struct EditedEmail {
    struct Copy {
        var mailbox: Int64
        var uid: UInt32?
        var uidValidity: UInt32
        var modSeq: UInt64
        var arrival: Int64?
    }

    var id: Int64
    var thread: Int64
    var receivedAt: Timestamp
    var hash: Int64
    var keywords: KeywordBits
    var copies: [Copy] = []
}

extension AccountTransaction {
    func update(_ updates: [EmailUpdate]) throws {
        let emails = try edited(updates.map(\.id.value))
        for update in updates where emails[update.id.value] == nil { throw StoreError.notFound(what: "email \(update.id)") }
        let wanted = updates.reduce(into: Set<MailboxID>()) { $0.formUnion($1.addMailboxes) }
        if !wanted.isEmpty {
            let missing = wanted.subtracting(try mailboxes().map(\.id))
            if let mailbox = missing.min() { throw StoreError.notFound(what: "mailbox \(mailbox)") }
        }
        try changeKeywords(updates, emails)
        try changeMailboxes(updates)
    }

    func edited(_ ids: [Int64]) throws -> [Int64: EditedEmail] {
        var emails: [Int64: EditedEmail] = [:]
        try connection.forEach(
            """
            SELECT id, thread_id, received_at, message_hash, keywords, more_keywords FROM emails WHERE account_id = $1 AND id {in $2}
            """, [account.sql, .integers(ids)]
        ) { row in
            emails[row.int64(0)] = EditedEmail(
                id: row.int64(0), thread: row.int64(1), receivedAt: row.time(2), hash: row.int64(3),
                keywords: KeywordBits(bits: row.int64(4), more: row.text(5)))
            return true
        }
        try connection.forEach(
            """
            SELECT email_id, mailbox_id, uid, uid_validity, modseq, arrival_id FROM placements
            WHERE account_id = $1 AND email_id {in $2} ORDER BY email_id, mailbox_id
            """, [account.sql, .integers(ids)]
        ) { row in
            emails[row.int64(0)]?.copies.append(
                EditedEmail.Copy(
                    mailbox: row.int64(1), uid: row.optional(2, SQLRow.uint32), uidValidity: row.uint32(3), modSeq: row.uint64(4),
                    arrival: row.optional(5, SQLRow.int64)))
            return true
        }
        return emails
    }

    /// Sets keywords here and queues STORE, one operation for all copies of a mailbox that change alike.
    func changeKeywords(_ updates: [EmailUpdate], _ emails: [Int64: EditedEmail]) throws {
        struct Step: Hashable {
            var mailbox: Int64
            var uidValidity: UInt32
            var add: Set<String>
            var remove: Set<String>
        }
        var changes: [ServerKeywords] = []
        var steps: [Step: [(uid: UInt32, email: Int64)]] = [:]
        var waiting: [(step: Step, email: Int64)] = []
        for update in updates {
            guard let email = emails[update.id.value] else { continue }
            let old = email.keywords.keywords
            let new = KeywordBits(old.subtracting(update.removeKeywords).union(update.addKeywords))
            let add = new.keywords.subtracting(old)
            let remove = old.subtracting(new.keywords)
            guard !add.isEmpty || !remove.isEmpty else { continue }
            changes.append(ServerKeywords(email: email.id, thread: email.thread, old: email.keywords, new: new))
            for copy in email.copies {
                let step = Step(mailbox: copy.mailbox, uidValidity: copy.uidValidity, add: add, remove: remove)
                if let uid = copy.uid {
                    steps[step, default: []].append((uid, email.id))
                } else if copy.arrival != -1 {
                    waiting.append((step, email.id))
                }
            }
        }
        try setKeywords(changes)
        let inOrder = steps.sorted { ($0.value.first?.email ?? 0, $0.key.mailbox) < ($1.value.first?.email ?? 0, $1.key.mailbox) }
        for (step, copies) in inOrder {
            let kind = ServerOperation.Kind.storeFlags(
                mailbox: MailboxID(step.mailbox), uidValidity: step.uidValidity, uids: copies.map(\.uid).sorted(),
                add: step.add.sorted(), remove: step.remove.sorted())
            let id = try queue(kind, email: copies.count == 1 ? EmailID(copies[0].email) : nil)
            try notePending(id, copies.map(\.email), add: step.add, remove: step.remove)
        }
        for (step, email) in waiting {
            let kind = ServerOperation.Kind.storeFlags(
                mailbox: MailboxID(step.mailbox), uidValidity: 0, uids: [], add: step.add.sorted(), remove: step.remove.sorted())
            let id = try queue(kind, email: EmailID(email), isWaiting: true)
            try notePending(id, [email], add: step.add, remove: step.remove)
        }
    }

    private func notePending(_ id: OperationID, _ emails: [Int64], add: Set<String>, remove: Set<String>) throws {
        try connection.executeEach(
            "INSERT INTO pending_keywords (account_id, email_id, operation_id, added, removed) VALUES ($1, $2, $3, $4, $5)",
            emails.map { [account.sql, $0.sql, id.sql, PendingKeywords.encode(add).sql, PendingKeywords.encode(remove).sql] })
    }

    /// Moves, copies and removes: one removed and one added is a move, only added a copy, only removed the end of that copy.
    /// Of an email in no mailbox nothing is left.
    func changeMailboxes(_ updates: [EmailUpdate]) throws {
        let updates = updates.filter { !$0.addMailboxes.isEmpty || !$0.removeMailboxes.isEmpty }
        guard !updates.isEmpty else { return }
        let emails = try edited(updates.map(\.id.value))
        try counting(emails.values.map(\.thread)) {
            for update in updates {
                guard let email = emails[update.id.value] else { continue }
                let removed = email.copies.filter { copy in
                    update.removeMailboxes.contains(MailboxID(copy.mailbox)) && !update.addMailboxes.contains(MailboxID(copy.mailbox))
                }
                let added = update.addMailboxes.sorted().filter { mailbox in !email.copies.contains { $0.mailbox == mailbox.value } }
                guard !removed.isEmpty || !added.isEmpty else { continue }
                // Copies first, while their source is still where it was.
                let moves = min(removed.count, added.count)
                for mailbox in added.dropFirst(moves) { try copy(email, to: mailbox) }
                for (source, mailbox) in zip(removed, added) { try move(email, from: source, to: mailbox) }
                for source in removed.dropFirst(moves) { try expunge(email, from: source) }
                note(.updated, .email, email.id)
            }
            let gone = try destroyOrphans(among: updates.map(\.id.value), remembers: false)
            try forgetPending(of: gone)
        }
    }

    private func copy(_ email: EditedEmail, to mailbox: MailboxID) throws {
        // A copy with a UID serves at once; of others any will do in the end.
        let source = email.copies.first { $0.uid != nil } ?? email.copies.first { $0.arrival != -1 }
        guard let source else {
            try appendAgain(email, to: mailbox)
            return
        }
        let kind = ServerOperation.Kind.copy(
            from: MailboxID(source.mailbox), uidValidity: source.uidValidity, uid: source.uid ?? 0, to: mailbox)
        let id = try queue(kind, email: EmailID(email.id), isWaiting: source.uid == nil)
        try place(
            email.id, thread: email.thread, receivedAt: email.receivedAt, keywords: email.keywords, in: mailbox, uid: nil, arrival: id)
    }

    private func move(_ email: EditedEmail, from source: EditedEmail.Copy, to mailbox: MailboxID) throws {
        if source.arrival == -1 {
            // The server never had it there.
            try removeCopy(of: email, source)
            try appendAgain(email, to: mailbox)
            return
        }
        let kind = ServerOperation.Kind.move(
            from: MailboxID(source.mailbox), uidValidity: source.uidValidity, uid: source.uid ?? 0, to: mailbox)
        let id = try queue(kind, email: EmailID(email.id), isWaiting: source.uid == nil)
        try depart(email, source, by: id)
        try place(
            email.id, thread: email.thread, receivedAt: email.receivedAt, keywords: email.keywords, in: mailbox, uid: nil, arrival: id)
    }

    func expunge(_ email: EditedEmail, from source: EditedEmail.Copy) throws {
        if source.arrival == -1 { return try removeCopy(of: email, source) }
        let kind = ServerOperation.Kind.expunge(
            mailbox: MailboxID(source.mailbox), uidValidity: source.uidValidity, uid: source.uid ?? 0)
        let id = try queue(kind, email: EmailID(email.id), isWaiting: source.uid == nil)
        try depart(email, source, by: id)
    }

    /// The copy is gone here, and remembered until the server knows.
    private func depart(_ email: EditedEmail, _ source: EditedEmail.Copy, by operation: OperationID) throws {
        try removeCopy(of: email, source)
        try connection.execute(
            """
            INSERT INTO departures (
                account_id, operation_id, mailbox_id, email_id, uid, uid_validity, modseq, arrival_id, message_hash
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                account.sql, operation.sql, source.mailbox.sql, email.id.sql, source.uid.sql, source.uidValidity.sql, source.modSeq.sql,
                source.arrival.sql, email.hash.sql,
            ])
    }

    private func removeCopy(of email: EditedEmail, _ source: EditedEmail.Copy) throws {
        try connection.execute(
            "DELETE FROM placements WHERE account_id = $1 AND email_id = $2 AND mailbox_id = $3",
            [account.sql, email.id.sql, source.mailbox.sql])
    }

    /// A message that the server refused elsewhere goes to it anew.
    private func appendAgain(_ email: EditedEmail, to mailbox: MailboxID) throws {
        let row = try connection.row(
            "SELECT blob FROM emails WHERE account_id = $1 AND id = $2", [account.sql, email.id.sql])
        guard let blob = row?.optional(0, SQLRow.bytes) else { throw StoreError.notFound(what: "source of email \(email.id)") }
        let id = try queue(
            .append(
                blob: BlobID(sha256: blob), mailbox: mailbox, flags: email.keywords.keywords.sorted(), receivedAt: email.receivedAt),
            email: EmailID(email.id))
        try place(
            email.id, thread: email.thread, receivedAt: email.receivedAt, keywords: email.keywords, in: mailbox, uid: nil, arrival: id)
    }

    /// Keywords on their way for emails that are gone here.
    func forgetPending(of emails: some Collection<Int64>) throws {
        guard !emails.isEmpty else { return }
        try connection.execute(
            "DELETE FROM pending_keywords WHERE account_id = $1 AND email_id {in $2}", [account.sql, .integers(Array(emails))])
    }
}
