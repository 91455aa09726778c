extension Migration {
    /// The few unread or flagged among very many: without an index of their own a page of them walks the whole mailbox.
    ///
    /// Each holds all that such a page and its conversations need. SQLite's planner is told that they are small (`statistics`).
    static let unread = Migration(
        number: 20, name: "unread",
        sqlite: """
            CREATE INDEX placements_unread ON placements (account_id, mailbox_id, received_at, email_id, thread_id, keywords)
                WHERE (keywords & 1) = 0;
            CREATE INDEX placements_flagged ON placements (account_id, mailbox_id, received_at, email_id, thread_id, keywords)
                WHERE (keywords & 2) <> 0;
            INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
                ('placements', 'placements_unread', '50000 5000 250 2 1 1 1'),
                ('placements', 'placements_flagged', '10000 1000 50 2 1 1 1');
            ANALYZE sqlite_schema;
            """,
        postgres: """
            CREATE INDEX placements_unread ON placements (account_id, mailbox_id, received_at, email_id, thread_id, keywords)
                WHERE (keywords & 1) = 0;
            CREATE INDEX placements_flagged ON placements (account_id, mailbox_id, received_at, email_id, thread_id, keywords)
                WHERE (keywords & 2) <> 0;
            """)
}
