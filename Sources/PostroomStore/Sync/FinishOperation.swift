import PostroomCore

extension SQLStore {
    public func completeOperation(_ id: OperationID, newUID: (uidValidity: UInt32, uid: UInt32)?, of account: AccountID) async throws {
        try await write(account) { transaction in
            guard let (kind, _) = try transaction.takeOperation(id) else { return }
            let connection = transaction.connection
            try connection.execute(
                "DELETE FROM pending_keywords WHERE account_id = $1 AND operation_id = $2", [account.sql, id.sql])
            let left = try connection.row(
                "DELETE FROM departures WHERE account_id = $1 AND operation_id = $2 RETURNING mailbox_id, uid", [account.sql, id.sql])
            if let left, let uid = left.optional(1, SQLRow.uint32) { try transaction.forgetHidden([uid], in: left.id(0)) }
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
        guard try isHidden(uid, in: mailbox) else { return }
        // Another program has marked it since.
        try connection.execute(
            "UPDATE hidden_copies SET email_id = $4 WHERE account_id = $1 AND mailbox_id = $2 AND uid = $3",
            [account.sql, mailbox.sql, uid.sql, email.sql])
        try removeCopies(from: mailbox, where: "uid = $3", [uid.sql])
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
}
