import PostroomCore

extension SQLStore {
    /// What does not fit together in an account's rows, a line each; empty where all is well.
    ///
    /// Everything that the store keeps twice (counts, columns that copies repeat, numbers of holders) is worked out anew and
    /// compared.
    public func integrityProblems(of account: AccountID) async throws -> [String] {
        try await read { try IntegrityCheck.problems(of: account, $0) }
    }
}

extension SQLValue {
    fileprivate var plainText: String {
        switch self {
        case .null: "-"
        case .integer(let value): String(value)
        case .text(let value): value
        case .blob(let bytes): BlobID(sha256: bytes).hex
        case .integers, .texts, .ids: "?"
        }
    }
}

/// A question whose every row is a fault.
struct IntegrityCheck {
    let name: String
    let sql: String

    static func problems(of account: AccountID, _ connection: any SQLConnection) throws -> [String] {
        var problems: [String] = []
        for check in all {
            for row in try connection.rows(check.sql, [account.sql]) {
                problems.append("\(check.name): \(row.values.map(\.plainText).joined(separator: " "))")
            }
        }
        return problems
    }

    static let all: [IntegrityCheck] = [
        IntegrityCheck(
            name: "mailbox counts",
            sql: """
                SELECT m.id, m.total_emails, m.unread_emails, m.total_threads, m.unread_threads, c.emails, c.unread, c.threads,
                    c.unread_threads
                FROM mailboxes m LEFT JOIN (
                    SELECT mailbox_id, count(*) AS emails, sum(CASE WHEN (keywords & 9) = 0 THEN 1 ELSE 0 END) AS unread,
                        count(DISTINCT thread_id) AS threads,
                        count(DISTINCT CASE WHEN (keywords & 9) = 0 THEN thread_id END) AS unread_threads
                    FROM placements WHERE account_id = $1 GROUP BY mailbox_id
                ) c ON c.mailbox_id = m.id
                WHERE m.account_id = $1 AND (m.total_emails <> coalesce(c.emails, 0) OR m.unread_emails <> coalesce(c.unread, 0)
                    OR m.total_threads <> coalesce(c.threads, 0) OR m.unread_threads <> coalesce(c.unread_threads, 0))
                """),
        IntegrityCheck(
            name: "number of emails",
            sql: """
                SELECT s.email_count, c.emails FROM account_states s, (SELECT count(*) AS emails FROM emails WHERE account_id = $1) c
                WHERE s.account_id = $1 AND s.email_count <> c.emails
                """),
        IntegrityCheck(
            name: "copy that differs from its email",
            sql: """
                SELECT p.mailbox_id, p.email_id FROM placements p
                LEFT JOIN emails e ON e.account_id = p.account_id AND e.id = p.email_id
                LEFT JOIN mailboxes m ON m.account_id = p.account_id AND m.id = p.mailbox_id
                WHERE p.account_id = $1 AND (e.id IS NULL OR m.id IS NULL OR e.thread_id <> p.thread_id OR e.keywords <> p.keywords
                    OR e.received_at <> p.received_at)
                """),
        IntegrityCheck(
            name: "email without a copy",
            sql: """
                SELECT e.id FROM emails e WHERE e.account_id = $1 AND NOT EXISTS (
                    SELECT 1 FROM placements p WHERE p.account_id = $1 AND p.email_id = e.id)
                """),
        IntegrityCheck(
            name: "reference to a thread without emails",
            sql: """
                SELECT DISTINCT r.thread_id FROM thread_refs r WHERE r.account_id = $1 AND NOT EXISTS (
                    SELECT 1 FROM emails e WHERE e.account_id = $1 AND e.thread_id = r.thread_id)
                """),
        IntegrityCheck(
            name: "blob with a wrong number of holders",
            sql: """
                SELECT b.hash, b.refs, coalesce(h.holders, 0) FROM blobs b LEFT JOIN (
                    SELECT hash, count(*) AS holders FROM (
                        SELECT blob AS hash FROM emails WHERE account_id = $1 AND blob IS NOT NULL
                        UNION ALL SELECT hash FROM uploads WHERE account_id = $1
                        UNION ALL SELECT blob FROM submissions WHERE account_id = $1
                        UNION ALL SELECT blob FROM submission_reports WHERE account_id = $1
                        UNION ALL SELECT blob FROM operations WHERE account_id = $1 AND blob IS NOT NULL
                    ) held GROUP BY hash
                ) h ON h.hash = b.hash
                WHERE b.account_id = $1 AND b.refs <> coalesce(h.holders, 0)
                """),
        IntegrityCheck(
            name: "email whose source is missing",
            sql: """
                SELECT e.id FROM emails e WHERE e.account_id = $1 AND e.body = 1 AND NOT EXISTS (
                    SELECT 1 FROM blobs b WHERE b.account_id = $1 AND b.hash = e.blob)
                """),
        IntegrityCheck(
            name: "departure without its operation",
            sql: """
                SELECT d.operation_id FROM departures d WHERE d.account_id = $1 AND NOT EXISTS (
                    SELECT 1 FROM operations o WHERE o.account_id = $1 AND o.id = d.operation_id)
                """),
        IntegrityCheck(
            name: "hidden copy that shows",
            sql: """
                SELECT h.mailbox_id, h.uid FROM hidden_copies h WHERE h.account_id = $1 AND EXISTS (
                    SELECT 1 FROM placements p WHERE p.account_id = $1 AND p.mailbox_id = h.mailbox_id AND p.uid = h.uid)
                """),
        IntegrityCheck(
            name: "hidden copy in a mailbox that is not there",
            sql: """
                SELECT h.mailbox_id, h.uid FROM hidden_copies h WHERE h.account_id = $1 AND NOT EXISTS (
                    SELECT 1 FROM mailboxes m WHERE m.account_id = $1 AND m.id = h.mailbox_id)
                """),
        IntegrityCheck(
            name: "former id that leads to no email, or is one's own",
            sql: """
                SELECT f.former_id FROM former_ids f WHERE f.account_id = $1 AND (NOT EXISTS (
                    SELECT 1 FROM emails e WHERE e.account_id = $1 AND e.id = f.email_id) AND NOT EXISTS (
                    SELECT 1 FROM removed_emails r WHERE r.account_id = $1 AND r.email_id = f.email_id)
                    OR EXISTS (SELECT 1 FROM emails e WHERE e.account_id = $1 AND e.id = f.former_id))
                """),
        IntegrityCheck(
            name: "pending keywords without their operation",
            sql: """
                SELECT k.operation_id, k.email_id FROM pending_keywords k WHERE k.account_id = $1 AND NOT EXISTS (
                    SELECT 1 FROM operations o WHERE o.account_id = $1 AND o.id = k.operation_id)
                """),
        IntegrityCheck(
            name: "report without its submission",
            sql: """
                SELECT r.submission_id FROM submission_reports r WHERE r.account_id = $1 AND NOT EXISTS (
                    SELECT 1 FROM submissions s WHERE s.account_id = $1 AND s.id = r.submission_id)
                """),
        IntegrityCheck(
            name: "words of a segment that is not there",
            sql: """
                SELECT DISTINCT b.segment_id FROM search_blocks b WHERE b.account_id = $1 AND NOT EXISTS (
                    SELECT 1 FROM search_segments s WHERE s.account_id = $1 AND s.id = b.segment_id)
                """),
        IntegrityCheck(
            name: "log beyond the account's state",
            sql: """
                SELECT c.type, c.last_state FROM changes c JOIN account_states s ON s.account_id = c.account_id
                WHERE c.account_id = $1 AND c.last_state > s.state
                """),
    ]
}
