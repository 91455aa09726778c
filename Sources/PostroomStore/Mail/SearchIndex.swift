import PostroomCore

/// How much of an email the full text index holds.
enum IndexLevel: Int, Sendable {
    case nothing = 0
    case header = 1
    case all = 2
}

extension AccountTransaction {
    struct IndexEntry {
        var email: Int64
        var level: IndexLevel
        var text: SearchText
    }

    /// Adds emails to the index. Each level of an email is added once; the row of a higher level holds the lower one's words too.
    func index(_ entries: [IndexEntry]) throws {
        switch connection.dialect {
        case .sqlite:
            try connection.executeEach(
                "INSERT INTO search (rowid, subject, sender, recipient, cc, bcc, body) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                entries.map { entry in
                    let text = entry.text
                    return [
                        SearchRow.id(account: account, email: entry.email, level: entry.level).sql, text.subject.sql, text.from.sql,
                        text.to.sql, text.cc.sql, text.bcc.sql, text.body.sql,
                    ]
                })
        case .postgres:
            try connection.executeEach(
                """
                INSERT INTO search (account_id, email_id, words, subject, sender, recipient, cc, bcc, body)
                VALUES ($1, $2, to_tsvector('simple', $9::text), to_tsvector('simple', $3::text), to_tsvector('simple', $4::text),
                    to_tsvector('simple', $5::text), to_tsvector('simple', $6::text), to_tsvector('simple', $7::text),
                    to_tsvector('simple', $8::text))
                ON CONFLICT (account_id, email_id) DO UPDATE SET words = excluded.words, subject = excluded.subject,
                    sender = excluded.sender, recipient = excluded.recipient, cc = excluded.cc, bcc = excluded.bcc, body = excluded.body
                """,
                entries.map { entry in
                    let text = entry.text
                    // A tsvector holds a mebibyte at most.
                    let body = String(decoding: text.body.utf8.prefix(400_000), as: UTF8.self)
                    let all = [text.subject, text.from, text.to, text.cc, text.bcc, body].joined(separator: " ")
                    return [
                        account.sql, entry.email.sql, text.subject.sql, text.from.sql, text.to.sql, text.cc.sql, text.bcc.sql, body.sql,
                        all.sql,
                    ]
                })
        }
    }
}

/// Row ids of the FTS5 table: 23 bits of account, 39 of email, 1 of level.
enum SearchRow {
    static func id(account: AccountID, email: Int64, level: IndexLevel) -> Int64 {
        account.value << 40 | email << 1 | (level == .all ? 1 : 0)
    }

    static func range(of account: AccountID) -> ClosedRange<Int64> {
        (account.value << 40)...(account.value << 40 | 0xFF_FFFF_FFFF)
    }
}
