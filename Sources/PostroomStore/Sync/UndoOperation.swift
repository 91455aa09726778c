import PostroomCore

extension AccountTransaction {
    /// Takes back what an operation showed before the server refused it, or that can't be carried out any more.
    func undo(_ id: OperationID) throws {
        guard let (kind, email) = try takeOperation(id) else { return }
        switch kind {
        case .storeFlags(let mailbox, _, _, _, _):
            try undoKeywords(id)
            try forgetModSeq(of: mailbox)
        case .move:
            try removeArrival(of: id)
            try returnDeparture(of: id)
            try rescue(email)
        case .copy:
            try removeArrival(of: id)
            try rescue(email)
        case .expunge:
            try returnDeparture(of: id)
        case .append:
            // The message is nowhere else: it stays here, without a UID, rather than be lost.
            try keepHere(arrivalOf: id)
            if let email { note(.updated, .email, email) }
        case .createMailbox(let mailbox, _):
            try remove([mailbox], remembers: false)
        case .renameMailbox(let mailbox, let from, _):
            if let current = try mailboxes().first(where: { $0.id == mailbox }) { try rename(current, to: from) }
        case .deleteMailbox:
            // The next listing brings it back.
            break
        case .subscribe(let path, let isSubscribed):
            guard var current = try mailboxes().first(where: { $0.path == path }) else { break }
            current.isSubscribed = !isSubscribed
            try update(current)
        }
        needsSettling = true
    }

    /// Gives waiting operations the UIDs that have become known, and undoes those whose copy will never come.
    func settleWaitingOperations() throws {
        let waiting = try connection.rows(
            "SELECT id, kind, mailbox_id, email_id FROM operations WHERE account_id = $1 AND is_waiting = 1 ORDER BY id", [account.sql])
        for row in waiting {
            // An earlier one's end may have been this one's too.
            guard
                try connection.exists("SELECT 1 FROM operations WHERE account_id = $1 AND id = $2", [account.sql, row.values[0]])
            else { continue }
            let id = OperationID(row.int64(0))
            let kind: ServerOperation.Kind = try JSON.value(row.text(1))
            guard let copy = try awaitedCopy(of: id, kind, mailbox: row.int64(2), email: row.int64(3)) else {
                try undo(id)
                continue
            }
            guard let uid = copy.uid else { continue }
            try connection.execute(
                "UPDATE operations SET kind = $3, is_waiting = 0 WHERE account_id = $1 AND id = $2",
                [account.sql, id.sql, try JSON.text(kind.with(uid: uid, uidValidity: copy.uidValidity)).sql])
        }
    }

    /// The copy that an operation is about, its UID nil while that is not known; nil: there is none.
    private func awaitedCopy(
        of id: OperationID, _ kind: ServerOperation.Kind, mailbox: Int64, email: Int64
    ) throws -> (uid: UInt32?, uidValidity: UInt32)? {
        func copy(_ row: SQLRow) -> (uid: UInt32?, uidValidity: UInt32) { (row.optional(0, SQLRow.uint32), row.uint32(1)) }
        switch kind {
        case .move, .expunge:
            return try connection.row(
                "SELECT uid, uid_validity FROM departures WHERE account_id = $1 AND operation_id = $2", [account.sql, id.sql]
            ).map(copy)
        case .storeFlags, .copy, .append, .createMailbox, .renameMailbox, .deleteMailbox, .subscribe:
            // The next departure took the copy that this is about; later ones took copies that came after it.
            let departed = try connection.row(
                """
                SELECT uid, uid_validity FROM departures
                WHERE account_id = $1 AND mailbox_id = $2 AND email_id = $3 AND operation_id > $4 ORDER BY operation_id LIMIT 1
                """, [account.sql, mailbox.sql, email.sql, id.sql])
            if let departed { return copy(departed) }
            // A copy that a later operation brings is another one: waiting for that could be waiting for oneself.
            return try connection.row(
                """
                SELECT uid, uid_validity FROM placements WHERE account_id = $1 AND email_id = $2 AND mailbox_id = $3
                    AND (uid IS NOT NULL OR arrival_id IS NULL OR arrival_id BETWEEN 0 AND $4)
                """, [account.sql, email.sql, mailbox.sql, id.sql]
            ).map(copy)
        }
    }

    /// A message that the server did not take stays where it is shown, be it moved on meanwhile. Keywords stay as they are here.
    private func keepHere(arrivalOf id: OperationID) throws {
        let kept = try connection.rows(
            "UPDATE placements SET arrival_id = -1 WHERE account_id = $1 AND arrival_id = $2 RETURNING mailbox_id, email_id",
            [account.sql, id.sql])
        for row in kept { try forgetWaitingFlags(mailbox: row.values[0], email: row.values[1]) }
        let departed = try connection.rows(
            """
            DELETE FROM departures WHERE account_id = $1 AND arrival_id = $2 AND uid IS NULL RETURNING operation_id, mailbox_id, email_id
            """, [account.sql, id.sql])
        for row in departed {
            let next = OperationID(row.int64(0))
            try takeOperation(next)
            try forgetWaitingFlags(mailbox: row.values[1], email: row.values[2])
            try keepHere(arrivalOf: next)
        }
    }

    /// Keywords that no copy will carry to the server: they stay as they are here.
    private func forgetWaitingFlags(mailbox: SQLValue, email: SQLValue) throws {
        let flags = try connection.rows(
            """
            SELECT id FROM operations
            WHERE account_id = $1 AND mailbox_id = $2 AND email_id = $3 AND is_waiting = 1 AND kind LIKE '{"storeFlags"%'
            """, [account.sql, mailbox, email])
        for flag in flags {
            try takeOperation(OperationID(flag.int64(0)))
            try connection.execute(
                "DELETE FROM pending_keywords WHERE account_id = $1 AND operation_id = $2", [account.sql, flag.values[0]])
        }
    }

    private func undoKeywords(_ id: OperationID) throws {
        let rows = try connection.rows(
            """
            SELECT k.email_id, k.added, k.removed, e.thread_id, e.keywords, e.more_keywords
            FROM pending_keywords k JOIN emails e ON e.account_id = k.account_id AND e.id = k.email_id
            WHERE k.account_id = $1 AND k.operation_id = $2
            """, [account.sql, id.sql])
        try connection.execute(
            "DELETE FROM pending_keywords WHERE account_id = $1 AND operation_id = $2", [account.sql, id.sql])
        try setKeywords(
            rows.map { row in
                let old = KeywordBits(bits: row.int64(4), more: row.text(5))
                let keywords = old.keywords.subtracting(PendingKeywords.decode(row.text(1))).union(PendingKeywords.decode(row.text(2)))
                return ServerKeywords(email: row.int64(0), thread: row.int64(3), old: old, new: KeywordBits(keywords))
            }.filter { $0.old != $0.new })
    }

    /// The next synchronisation compares all flags of the mailbox again.
    private func forgetModSeq(of mailbox: MailboxID) throws {
        try connection.execute(
            "UPDATE mailboxes SET highest_modseq = 0 WHERE account_id = $1 AND id = $2", [account.sql, mailbox.sql])
    }

    /// The copy that a refused operation was to bring. Where it was moved on before it came, so does that end.
    private func removeArrival(of id: OperationID) throws {
        let placed = try connection.row(
            "SELECT email_id, thread_id FROM placements WHERE account_id = $1 AND arrival_id = $2 AND uid IS NULL",
            [account.sql, id.sql])
        if let placed {
            try counting([placed.int64(1)]) {
                try connection.execute(
                    "DELETE FROM placements WHERE account_id = $1 AND arrival_id = $2 AND uid IS NULL", [account.sql, id.sql])
            }
            note(.updated, .email, placed.int64(0))
        }
        let departed = try connection.rows(
            "SELECT operation_id FROM departures WHERE account_id = $1 AND arrival_id = $2 AND uid IS NULL", [account.sql, id.sql])
        for row in departed {
            let next = OperationID(row.int64(0))
            try takeOperation(next)
            try connection.execute("DELETE FROM departures WHERE account_id = $1 AND operation_id = $2", [account.sql, next.sql])
            try removeArrival(of: next)
        }
    }

    /// An email whose last copy was one that did not come about: a removal of another copy that is still queued is taken back,
    /// since it was meant only together with the new copy.
    private func rescue(_ email: Int64?) throws {
        guard let email, try isWithoutCopy(email) else { return }
        let departures = try connection.rows(
            "SELECT operation_id FROM departures WHERE account_id = $1 AND email_id = $2 ORDER BY uid IS NULL, operation_id",
            [account.sql, email.sql])
        for row in departures where try isWithoutCopy(email) {
            let id = OperationID(row.int64(0))
            try takeOperation(id)
            try returnDeparture(of: id)
        }
        guard try isWithoutCopy(email) else { return }
        let thread = try connection.row("SELECT thread_id FROM emails WHERE account_id = $1 AND id = $2", [account.sql, email.sql])
        guard let thread else { return }
        try counting([thread.int64(0)]) { try destroy([email], remembers: true) }
        try forgetPending(of: [email])
    }

    private func isWithoutCopy(_ email: Int64) throws -> Bool {
        try !connection.exists("SELECT 1 FROM placements WHERE account_id = $1 AND email_id = $2 LIMIT 1", [account.sql, email.sql])
    }

    /// The copy that an operation was to take away is back.
    private func returnDeparture(of id: OperationID) throws {
        let row = try connection.row(
            """
            DELETE FROM departures WHERE account_id = $1 AND operation_id = $2
            RETURNING mailbox_id, email_id, uid, uid_validity, modseq, arrival_id
            """, [account.sql, id.sql])
        guard let row else { return }
        let mailbox = MailboxID(row.int64(0))
        // Another program has marked it \Deleted meanwhile.
        if let uid = row.optional(2, SQLRow.uint32), try isHidden(uid, in: mailbox) { return }
        let email = try connection.row(
            "SELECT id, thread_id, received_at, keywords, more_keywords FROM emails WHERE account_id = $1 AND id = $2",
            [account.sql, row.values[1]])
        guard let email else {
            // The email is gone here: the history of the mailbox is walked again, which takes it in anew.
            guard let uid = row.optional(2, SQLRow.int64) else { return }
            try connection.execute(
                "UPDATE mailboxes SET oldest_uid = $3 WHERE account_id = $1 AND id = $2 AND oldest_uid <= $3",
                [account.sql, mailbox.sql, (uid + 1).sql])
            return
        }
        guard try connection.exists("SELECT 1 FROM mailboxes WHERE account_id = $1 AND id = $2", [account.sql, mailbox.sql]),
            try !connection.exists(
                "SELECT 1 FROM placements WHERE account_id = $1 AND email_id = $2 AND mailbox_id = $3",
                [account.sql, email.values[0], mailbox.sql])
        else { return }
        try counting([email.int64(1)]) {
            try place(
                email.int64(0), thread: email.int64(1), receivedAt: email.time(2),
                keywords: KeywordBits(bits: email.int64(3), more: email.text(4)), in: mailbox, uid: row.optional(2, SQLRow.uint32),
                uidValidity: row.uint32(3), modSeq: row.uint64(4), arrival: row.optional(5, SQLRow.id))
        }
        note(.updated, .email, email.int64(0))
        needsSettling = true
    }
}
