import PostroomCore

extension SQLStore {
    public func completeOperation(_ id: OperationID, newUID: (uidValidity: UInt32, uid: UInt32)?, of account: AccountID) async throws {
        try await write(account) { transaction in
            let (kind, _) = try transaction.takeOperation(id)
            let connection = transaction.connection
            try connection.execute(
                "DELETE FROM pending_keywords WHERE account_id = $1 AND operation_id = $2", [account.sql, id.sql])
            try connection.execute("DELETE FROM departures WHERE account_id = $1 AND operation_id = $2", [account.sql, id.sql])
            guard let newUID else { return }
            let target: MailboxID
            switch kind {
            case .move(_, _, _, let to), .copy(_, _, _, let to): target = to
            case .append(_, let mailbox, _, _): target = mailbox
            case .storeFlags, .expunge, .createMailbox, .renameMailbox, .deleteMailbox, .subscribe: return
            }
            try transaction.settleArrival(of: id, in: target, uid: newUID.uid, uidValidity: newUID.uidValidity)
        }
    }

    public func refuseOperation(_ id: OperationID, of account: AccountID) async throws {
        try await write(account) { try $0.undo(id) }
    }
}

extension AccountTransaction {
    /// The copy that an operation brought has its UID now.
    func settleArrival(of operation: OperationID, in mailbox: MailboxID, uid: UInt32, uidValidity: UInt32) throws {
        // It may have been moved on or removed here meanwhile.
        let departed = try connection.row(
            "SELECT operation_id, email_id FROM departures WHERE account_id = $1 AND arrival_id = $2 AND uid IS NULL",
            [account.sql, operation.sql])
        if let departed {
            try removeRival(uid: uid, in: mailbox, of: departed.int64(1))
            try giveUID(
                uid, uidValidity: uidValidity, modSeq: 0, toEmail: departed.int64(1), in: mailbox, departure: departed.int64(0))
            return
        }
        let placed = try connection.row(
            "SELECT email_id FROM placements WHERE account_id = $1 AND mailbox_id = $2 AND arrival_id = $3 AND uid IS NULL",
            [account.sql, mailbox.sql, operation.sql])
        // None: a synchronisation saw the copy first.
        guard let email = placed?.int64(0) else { return }
        try removeRival(uid: uid, in: mailbox, of: email)
        try giveUID(uid, uidValidity: uidValidity, modSeq: 0, toEmail: email, in: mailbox, departure: nil)
    }

    /// A synchronisation took the copy in before its operation was done, and did not recognise it: that email gives way.
    private func removeRival(uid: UInt32, in mailbox: MailboxID, of email: Int64) throws {
        let rival = try connection.row(
            "SELECT email_id, thread_id FROM placements WHERE account_id = $1 AND mailbox_id = $2 AND uid = $3 AND email_id <> $4",
            [account.sql, mailbox.sql, uid.sql, email.sql])
        guard let rival else { return }
        try counting([rival.int64(1)]) {
            try connection.execute(
                "DELETE FROM placements WHERE account_id = $1 AND mailbox_id = $2 AND uid = $3", [account.sql, mailbox.sql, uid.sql])
            let gone = try destroyOrphans(among: [rival.int64(0)], remembers: false)
            if gone.isEmpty { note(.updated, .email, rival.int64(0)) }
        }
    }

    /// Takes back what an operation showed before the server refused it.
    func undo(_ id: OperationID) throws {
        let (kind, email) = try takeOperation(id)
        switch kind {
        case .storeFlags(let mailbox, _, _, _, _):
            try undoKeywords(id)
            try forgetModSeq(of: mailbox)
        case .move:
            try removeArrival(of: id)
            try returnDeparture(of: id)
        case .copy:
            try removeArrival(of: id)
        case .expunge:
            try returnDeparture(of: id)
        case .append:
            // The message is nowhere else: it stays here, without a UID, rather than be lost.
            try connection.execute(
                "UPDATE placements SET arrival_id = -1 WHERE account_id = $1 AND arrival_id = $2", [account.sql, id.sql])
            if let email { note(.updated, .email, email) }
        case .createMailbox(let mailbox, _):
            try remove([mailbox], remembers: false)
        case .renameMailbox(let mailbox, let from, _):
            if let current = try? self.mailbox(mailbox) { try rename(current, to: from) }
        case .deleteMailbox:
            // The next listing brings it back.
            break
        case .subscribe(let path, let isSubscribed):
            guard var current = try mailboxes().first(where: { $0.path == path }) else { break }
            current.isSubscribed = !isSubscribed
            try update(current)
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
            })
    }

    /// The next synchronisation compares all flags of the mailbox again.
    private func forgetModSeq(of mailbox: MailboxID) throws {
        try connection.execute(
            "UPDATE mailboxes SET highest_modseq = 0 WHERE account_id = $1 AND id = $2", [account.sql, mailbox.sql])
    }

    /// The copy that a refused operation was to bring.
    private func removeArrival(of id: OperationID) throws {
        let placed = try connection.row(
            "SELECT email_id, thread_id, mailbox_id FROM placements WHERE account_id = $1 AND arrival_id = $2 AND uid IS NULL",
            [account.sql, id.sql])
        if let placed {
            try counting([placed.int64(1)]) {
                try connection.execute(
                    "DELETE FROM placements WHERE account_id = $1 AND arrival_id = $2 AND uid IS NULL", [account.sql, id.sql])
            }
            note(.updated, .email, placed.int64(0))
            try dropOrphanedOperations(on: placed.id(2))
        }
        // It was moved on or removed here before it came: what waited for it is void.
        let departed = try connection.rows(
            "SELECT operation_id FROM departures WHERE account_id = $1 AND arrival_id = $2 AND uid IS NULL", [account.sql, id.sql])
        for row in departed {
            let next = OperationID(row.int64(0))
            try removeArrival(of: next)
            try dropOperations([next.value])
        }
    }

    /// The copy that a refused operation was to take away is back.
    private func returnDeparture(of id: OperationID) throws {
        let row = try connection.row(
            """
            DELETE FROM departures WHERE account_id = $1 AND operation_id = $2
            RETURNING mailbox_id, email_id, uid, uid_validity, modseq, arrival_id
            """, [account.sql, id.sql])
        guard let row else { return }
        let mailbox = MailboxID(row.int64(0))
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
        let isThere = try connection.exists(
            "SELECT 1 FROM placements WHERE account_id = $1 AND email_id = $2 AND mailbox_id = $3",
            [account.sql, email.values[0], mailbox.sql])
        guard !isThere,
            try connection.exists(
                "SELECT 1 FROM mailboxes WHERE account_id = $1 AND id = $2", [account.sql, mailbox.sql])
        else { return }
        try counting([email.int64(1)]) {
            try place(
                email.int64(0), thread: email.int64(1), receivedAt: email.time(2),
                keywords: KeywordBits(bits: email.int64(3), more: email.text(4)), in: mailbox, uid: row.optional(2, SQLRow.uint32),
                uidValidity: row.uint32(3), modSeq: row.uint64(4), arrival: row.optional(5, SQLRow.id))
        }
        note(.updated, .email, email.int64(0))
    }
}
