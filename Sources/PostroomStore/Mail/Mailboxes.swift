import PostroomCore

extension Mailbox {
    static let columns = """
        id, parent_id, name, path, separator, role, sort_order, is_subscribed, is_selectable, is_synced, total_emails, unread_emails, \
        total_threads, unread_threads, uid_validity, uid_next, highest_modseq, oldest_uid, server_count, compared_at
        """

    init(_ row: SQLRow) {
        self.init(
            id: row.id(0), parentID: row.optional(1, SQLRow.id), name: row.text(2), path: row.text(3),
            separator: row.optional(4, SQLRow.text), role: row.optional(5, SQLRow.text).flatMap { MailboxRole(rawValue: $0) },
            sortOrder: row.int(6), isSubscribed: row.bool(7), isSelectable: row.bool(8), isSynced: row.bool(9),
            counts: MailboxCounts(
                totalEmails: row.int(10), unreadEmails: row.int(11), totalThreads: row.int(12), unreadThreads: row.int(13)),
            cursor: SyncCursor(
                uidValidity: row.uint32(14), uidNext: row.uint32(15), highestModSeq: row.uint64(16), oldestUID: row.uint32(17),
                serverCount: row.int(18), lastComparedAt: row.optional(19, SQLRow.time)))
    }
}

extension MailboxRole {
    /// Where a mailbox with this role stands among its siblings.
    var sortOrder: Int {
        switch self {
        case .inbox: 10
        case .drafts: 20
        case .sent: 30
        case .archive: 40
        case .all: 45
        case .flagged: 46
        case .important: 47
        case .junk: 50
        case .trash: 60
        }
    }

    static let lastSortOrder = 100
}

extension SQLStore {
    public func mailboxes(of account: AccountID) async throws -> [Mailbox] {
        try await glance { try Self.mailboxes(of: account, $0) }
    }

    static func mailboxes(of account: AccountID, _ connection: any SQLConnection) throws -> [Mailbox] {
        try connection.rows("SELECT \(Mailbox.columns) FROM mailboxes WHERE account_id = $1 ORDER BY sort_order, path", [account.sql])
            .map { Mailbox($0) }
    }
}

extension SQLStore {
    public func subscriptions(of account: AccountID, user: UserID) async throws -> [MailboxID: Bool] {
        try await glance { try Self.subscriptions(of: account, user: user, $0) }
    }

    static func subscriptions(
        of account: AccountID, user: UserID, _ connection: any SQLConnection
    ) throws -> [MailboxID: Bool] {
        let rows = try connection.rows(
            "SELECT mailbox_id, is_subscribed FROM subscriptions WHERE account_id = $1 AND user_id = $2", [account.sql, user.sql])
        return Dictionary(rows.map { ($0.id(0), $0.bool(1)) }) { $1 }
    }
}

extension AccountTransaction {
    func subscriptions(of user: UserID) throws -> [MailboxID: Bool] {
        try SQLStore.subscriptions(of: account, user: user, connection)
    }

    func setSubscription(_ isSubscribed: Bool, to mailbox: MailboxID, of user: UserID) throws {
        try connection.execute(
            """
            INSERT INTO subscriptions (account_id, user_id, mailbox_id, is_subscribed) VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, user_id, mailbox_id) DO UPDATE SET is_subscribed = excluded.is_subscribed
            """, [account.sql, user.sql, mailbox.sql, isSubscribed.sql])
        note(.updated, .mailbox, mailbox.value)
    }

    func mailboxes() throws -> [Mailbox] { try SQLStore.mailboxes(of: account, connection) }

    /// Throws `notFound`.
    func mailbox(_ id: MailboxID) throws -> Mailbox {
        let row = try connection.row(
            "SELECT \(Mailbox.columns) FROM mailboxes WHERE account_id = $1 AND id = $2", [account.sql, id.sql])
        guard let row else { throw StoreError.notFound(what: "mailbox \(id)") }
        return Mailbox(row)
    }

    func insert(_ mailbox: Mailbox) throws {
        do {
            try connection.execute(
                """
                INSERT INTO mailboxes (
                    account_id, id, parent_id, name, path, separator, role, sort_order, is_subscribed, is_selectable, is_synced
                ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                """,
                [
                    account.sql, mailbox.id.sql, mailbox.parentID.sql, mailbox.name.sql, mailbox.path.sql, mailbox.separator.sql,
                    (mailbox.role?.rawValue).sql, mailbox.sortOrder.sql, mailbox.isSubscribed.sql, mailbox.isSelectable.sql,
                    mailbox.isSynced.sql,
                ])
        } catch StoreError.duplicate {
            throw StoreError.duplicate(what: "mailbox \(mailbox.path)")
        }
        note(.created, .mailbox, mailbox.id.value)
    }

    /// Everything but counts and cursor.
    func update(_ mailbox: Mailbox) throws {
        do {
            try connection.execute(
                """
                UPDATE mailboxes SET parent_id = $3, name = $4, path = $5, separator = $6, role = $7, sort_order = $8,
                    is_subscribed = $9, is_selectable = $10, is_synced = $11
                WHERE account_id = $1 AND id = $2
                """,
                [
                    account.sql, mailbox.id.sql, mailbox.parentID.sql, mailbox.name.sql, mailbox.path.sql, mailbox.separator.sql,
                    (mailbox.role?.rawValue).sql, mailbox.sortOrder.sql, mailbox.isSubscribed.sql, mailbox.isSelectable.sql,
                    mailbox.isSynced.sql,
                ])
        } catch StoreError.duplicate {
            throw StoreError.duplicate(what: "mailbox \(mailbox.path)")
        }
        note(.updated, .mailbox, mailbox.id.value)
    }

    func setCursor(_ cursor: SyncCursor, of mailbox: MailboxID) throws {
        try connection.execute(
            """
            UPDATE mailboxes SET uid_validity = $3, uid_next = $4, highest_modseq = $5, oldest_uid = $6, server_count = $7,
                compared_at = $8
            WHERE account_id = $1 AND id = $2
            """,
            [
                account.sql, mailbox.sql, cursor.uidValidity.sql, cursor.uidNext.sql, cursor.highestModSeq.sql, cursor.oldestUID.sql,
                cursor.serverCount.sql, cursor.lastComparedAt.sql,
            ])
    }

    /// Removes mailboxes with their copies; emails that were nowhere else are destroyed.
    func remove(_ mailboxes: [MailboxID], remembers: Bool) throws {
        for mailbox in mailboxes {
            let rows = try connection.rows(
                "SELECT email_id, thread_id FROM placements WHERE account_id = $1 AND mailbox_id = $2", [account.sql, mailbox.sql])
            try counting(rows.map { $0.int64(1) }) {
                try connection.execute(
                    "DELETE FROM placements WHERE account_id = $1 AND mailbox_id = $2", [account.sql, mailbox.sql])
                let emails = rows.map { $0.int64(0) }
                let gone = try destroyOrphans(among: emails, remembers: remembers)
                note(.updated, .email, emails.filter { !gone.contains($0) })
            }
            for table in ["departures", "hidden_copies"] {
                try connection.execute("DELETE FROM \(table) WHERE account_id = $1 AND mailbox_id = $2", [account.sql, mailbox.sql])
            }
            try removeOperations(on: mailbox)
            try connection.execute("DELETE FROM mailboxes WHERE account_id = $1 AND id = $2", [account.sql, mailbox.sql])
            try connection.execute("DELETE FROM subscriptions WHERE account_id = $1 AND mailbox_id = $2", [account.sql, mailbox.sql])
            note(.destroyed, .mailbox, mailbox.value)
        }
    }
}
