extension Migration {
    /// The server's own thread of each email (by hash; 0: it has none, NULL: not known), and since when an email is quarantined.
    static let quarantine = Migration(
        number: 14, name: "quarantine",
        shared: """
            ALTER TABLE emails ADD COLUMN server_thread INTEGER;
            ALTER TABLE emails ADD COLUMN quarantined_at INTEGER;
            CREATE INDEX emails_quarantined ON emails (account_id, id) WHERE body = 2;

            """,
        sqlite: """
            INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('emails', 'emails_quarantined', '100 10 1');
            ANALYZE sqlite_schema;
            """)
}
