import PostroomCore

extension AccountTransaction {
    /// A copy's UID became known. The operations that wait for it get it when the transaction ends.
    ///
    /// `row` is the copy's placement, else it is the departure of `operation`.
    func giveUID(
        _ uid: UInt32, uidValidity: UInt32, modSeq: UInt64, toEmail email: Int64, in mailbox: MailboxID, departure operation: Int64?
    ) throws {
        if let operation {
            try connection.execute(
                "UPDATE departures SET uid = $3, uid_validity = $4, modseq = $5 WHERE account_id = $1 AND operation_id = $2",
                [account.sql, operation.sql, uid.sql, uidValidity.sql, modSeq.sql])
        } else {
            try connection.execute(
                """
                UPDATE placements SET uid = $4, uid_validity = $5, modseq = $6, arrival_id = NULL
                WHERE account_id = $1 AND email_id = $2 AND mailbox_id = $3
                """, [account.sql, email.sql, mailbox.sql, uid.sql, uidValidity.sql, modSeq.sql])
        }
        needsSettling = true
    }

    /// A copy of `email` that the server has.
    func place(
        _ email: Int64, thread: Int64, receivedAt: Timestamp, keywords: KeywordBits, in mailbox: MailboxID, uid: UInt32?,
        uidValidity: UInt32 = 0, modSeq: UInt64 = 0, arrival: OperationID? = nil
    ) throws {
        try connection.execute(
            Self.insertPlacement.statement,
            [
                account.sql, mailbox.sql, receivedAt.sql, email.sql, thread.sql, keywords.bits.sql, uid.sql, uidValidity.sql, modSeq.sql,
                arrival.sql,
            ])
    }

    static let insertPlacement = SQLInsert(
        into: "placements",
        [
            "account_id", "mailbox_id", "received_at", "email_id", "thread_id", "keywords", "uid", "uid_validity", "modseq", "arrival_id",
        ])
}

extension ServerOperation.Kind {
    /// The same about the copy with this UID.
    func with(uid: UInt32, uidValidity: UInt32) -> Self {
        switch self {
        case .storeFlags(let mailbox, _, _, let add, let remove):
            .storeFlags(mailbox: mailbox, uidValidity: uidValidity, uids: [uid], add: add, remove: remove)
        case .move(let from, _, _, let to): .move(from: from, uidValidity: uidValidity, uid: uid, to: to)
        case .copy(let from, _, _, let to): .copy(from: from, uidValidity: uidValidity, uid: uid, to: to)
        case .expunge(let mailbox, _, _): .expunge(mailbox: mailbox, uidValidity: uidValidity, uid: uid)
        case .append, .createMailbox, .renameMailbox, .deleteMailbox, .subscribe: self
        }
    }

    /// The mailbox whose copy it is about; of an append the target; of a mailbox operation that mailbox.
    var mailbox: MailboxID? {
        switch self {
        case .storeFlags(let mailbox, _, _, _, _), .expunge(let mailbox, _, _), .append(_, let mailbox, _, _),
            .createMailbox(let mailbox, _), .renameMailbox(let mailbox, _, _):
            mailbox
        case .move(let from, _, _, _), .copy(let from, _, _, _): from
        case .deleteMailbox, .subscribe: nil
        }
    }
}
