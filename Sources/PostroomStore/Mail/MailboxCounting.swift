import PostroomCore

/// Counts of mailboxes over some threads: what a write adds is the difference between after and before.
struct MailboxTally {
    private(set) var counts: [Int64: MailboxCounts] = [:]

    mutating func add(_ more: MailboxCounts, to mailbox: Int64, sign: Int = 1) {
        var sum = counts[mailbox] ?? MailboxCounts()
        sum.totalEmails += sign * more.totalEmails
        sum.unreadEmails += sign * more.unreadEmails
        sum.totalThreads += sign * more.totalThreads
        sum.unreadThreads += sign * more.unreadThreads
        counts[mailbox] = sum
    }

    mutating func subtract(_ other: MailboxTally) {
        for (mailbox, counts) in other.counts { add(counts, to: mailbox, sign: -1) }
    }
}

extension AccountTransaction {
    /// How the given threads count in each mailbox now.
    func tally(of threads: some Sequence<Int64>) throws -> MailboxTally {
        var tally = MailboxTally()
        let threads = Array(threads)
        guard !threads.isEmpty else { return tally }
        try connection.forEach(
            """
            SELECT p.mailbox_id, count(*), sum(CASE WHEN (p.keywords & 9) = 0 THEN 1 ELSE 0 END), count(DISTINCT p.thread_id),
                count(DISTINCT CASE WHEN (p.keywords & 9) = 0 THEN p.thread_id END)
            FROM emails e JOIN placements p ON p.account_id = e.account_id AND p.email_id = e.id
            WHERE e.account_id = $1 AND e.thread_id {in $2} GROUP BY p.mailbox_id
            """, [account.sql, .integers(threads)]
        ) { row in
            tally.add(
                MailboxCounts(totalEmails: row.int(1), unreadEmails: row.int(2), totalThreads: row.int(3), unreadThreads: row.int(4)),
                to: row.int64(0))
            return true
        }
        return tally
    }

    /// Runs `change` and brings the counts of every mailbox that the threads are in up to date.
    @discardableResult
    func counting<Value>(_ threads: some Sequence<Int64>, _ change: () throws -> Value) throws -> Value {
        let threads = Set(threads)
        let before = try tally(of: threads)
        let value = try change()
        var difference = try tally(of: threads)
        difference.subtract(before)
        try apply(difference)
        return value
    }

    func apply(_ difference: MailboxTally) throws {
        for (mailbox, counts) in difference.counts where counts != MailboxCounts() {
            let count = try connection.execute(
                """
                UPDATE mailboxes SET total_emails = total_emails + $3, unread_emails = unread_emails + $4,
                    total_threads = total_threads + $5, unread_threads = unread_threads + $6
                WHERE account_id = $1 AND id = $2
                """,
                [
                    account.sql, mailbox.sql, counts.totalEmails.sql, counts.unreadEmails.sql, counts.totalThreads.sql,
                    counts.unreadThreads.sql,
                ])
            if count == 1 { note(.counted, .mailbox, mailbox) }
        }
    }
}
