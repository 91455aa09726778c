import PostroomCore

/// A copy that is marked `\Deleted` on the server: it shows nowhere (RFC 8621 §4.1.1).
struct HiddenCopy {
    var uid: UInt32
    /// The email that it is a copy of, be that still here or not; 0 where it has never been shown.
    var email: Int64
    var isUnread: Bool
}

extension SQLStore {
    public func hiddenUnread(of account: AccountID) async throws -> [MailboxID: Int] {
        try await glance { connection in
            let rows = try connection.rows(
                "SELECT mailbox_id, count(*) FROM hidden_copies WHERE account_id = $1 AND is_unread = 1 GROUP BY mailbox_id",
                [account.sql])
            return Dictionary(rows.map { ($0.id(0), $0.int(1)) }) { $1 }
        }
    }
}

extension AccountTransaction {
    func hiddenCopies(_ uids: [UInt32], in mailbox: MailboxID) throws -> [UInt32: HiddenCopy] {
        var found: [UInt32: HiddenCopy] = [:]
        try connection.forEach(
            "SELECT uid, email_id, is_unread FROM hidden_copies WHERE account_id = $1 AND mailbox_id = $2 AND uid {in $3}",
            [account.sql, mailbox.sql, .integers(uids.map(Int64.init))]
        ) { row in
            found[row.uint32(0)] = HiddenCopy(uid: row.uint32(0), email: row.int64(1), isUnread: row.bool(2))
            return true
        }
        return found
    }

    func isHidden(_ uid: UInt32, in mailbox: MailboxID) throws -> Bool {
        try connection.exists(
            "SELECT 1 FROM hidden_copies WHERE account_id = $1 AND mailbox_id = $2 AND uid = $3", [account.sql, mailbox.sql, uid.sql])
    }

    func remember(_ hidden: [HiddenCopy], in mailbox: MailboxID, uidValidity: UInt32) throws {
        try connection.executeEach(
            """
            INSERT INTO hidden_copies (account_id, mailbox_id, uid, uid_validity, email_id, is_unread) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (account_id, mailbox_id, uid) DO UPDATE SET is_unread = excluded.is_unread
            """,
            hidden.map { [account.sql, mailbox.sql, $0.uid.sql, uidValidity.sql, $0.email.sql, $0.isUnread.sql] })
    }

    func forgetHidden(_ uids: some Collection<UInt32>, in mailbox: MailboxID) throws {
        guard !uids.isEmpty else { return }
        try connection.execute(
            "DELETE FROM hidden_copies WHERE account_id = $1 AND mailbox_id = $2 AND uid {in $3}",
            [account.sql, mailbox.sql, .integers(uids.map(Int64.init))])
    }

    /// Copies that the server says are marked now. One that an operation of ours is to take away is only noted: should that come to nothing,
    /// it must not come back.
    func hide(_ flags: [ServerFlags], known: [UInt32: HiddenCopy], in mailbox: MailboxID, uidValidity: UInt32) throws {
        guard !flags.isEmpty else { return }
        var emails = known.mapValues(\.email)
        var placed: [Int64] = []
        for table in ["placements", "departures"] {
            try connection.forEach(
                """
                SELECT uid, email_id FROM \(table) WHERE account_id = $1 AND mailbox_id = $2 AND uid {in $3} AND uid_validity = $4
                """, [account.sql, mailbox.sql, .integers(flags.map { Int64($0.uid) }), uidValidity.sql]
            ) { row in
                emails[row.uint32(0)] = row.int64(1)
                if table == "placements" { placed.append(row.int64(0)) }
                return true
            }
        }
        // What was never seen here is not known to be hidden either: it is met when it is taken in.
        try remember(
            flags.compactMap { flag in
                let isUnread = !flag.keywords.contains("$seen")
                guard let email = emails[flag.uid], known[flag.uid]?.isUnread != isUnread else { return nil }
                return HiddenCopy(uid: flag.uid, email: email, isUnread: isUnread)
            }, in: mailbox, uidValidity: uidValidity)
        if !placed.isEmpty { try removeCopies(from: mailbox, where: "uid {in $3}", [.integers(placed)]) }
    }

    /// Hidden copies that are not marked any more. Those whose email is still here, by another copy, are in their mailbox again; what the
    /// server says of their keywords is returned. Of the others the UIDs are: they stay hidden until they are taken in.
    func show(_ flags: [ServerFlags], in mailbox: MailboxID, uidValidity: UInt32) throws -> (keywords: [ServerKeywords], absent: [UInt32]) {
        guard !flags.isEmpty else { return ([], []) }
        let byUID = Dictionary(flags.map { ($0.uid, $0) }, uniquingKeysWith: { $1 })
        var over: [UInt32] = []
        var absent: [UInt32] = []
        var keywords: [ServerKeywords] = []
        var placements: [[SQLValue]] = []
        var shown: Set<Int64> = []
        try connection.forEach(
            """
            SELECT h.uid, e.id, e.thread_id, e.received_at, e.keywords, e.more_keywords,
                CASE WHEN EXISTS (
                    SELECT 1 FROM departures d WHERE d.account_id = $1 AND d.mailbox_id = $2 AND d.uid = h.uid) THEN 1 ELSE 0 END,
                CASE WHEN EXISTS (
                    SELECT 1 FROM placements p WHERE p.account_id = $1 AND p.email_id = h.email_id AND p.mailbox_id = $2) THEN 1 ELSE 0 END
            FROM hidden_copies h LEFT JOIN emails e ON e.account_id = h.account_id AND e.id = h.email_id
            WHERE h.account_id = $1 AND h.mailbox_id = $2 AND h.uid {in $3} AND h.uid_validity = $4
            """, [account.sql, mailbox.sql, .integers(byUID.keys.sorted().map(Int64.init)), uidValidity.sql]
        ) { row in
            guard let flag = byUID[row.uint32(0)] else { return true }
            let isLeaving = row.bool(6)
            // Another copy may have taken its place in the mailbox meanwhile: then it is an email of its own.
            guard !isLeaving, !row.isNull(1), !row.bool(7), shown.insert(row.int64(1)).inserted else {
                if isLeaving { over.append(flag.uid) } else { absent.append(flag.uid) }
                return true
            }
            over.append(flag.uid)
            let old = KeywordBits(bits: row.int64(4), more: row.text(5))
            keywords.append(ServerKeywords(email: row.int64(1), thread: row.int64(2), old: old, new: KeywordBits(flag.keywords)))
            placements.append([
                account.sql, mailbox.sql, row.time(3).sql, row.int64(1).sql, row.int64(2).sql, old.bits.sql, flag.uid.sql, uidValidity.sql,
                flag.modSeq.sql, .null,
            ])
            return true
        }
        try forgetHidden(over, in: mailbox)
        try counting(keywords.map(\.thread)) { try connection.insert(placements, Self.insertPlacement) }
        note(.updated, .email, shown)
        return (keywords, absent.sorted())
    }
}
