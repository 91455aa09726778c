extension Migration {
    /// Emails that wait for the full text index, and those without a source: each search counts them.
    static let indexing = Migration(
        number: 10, name: "indexing",
        shared: """
            CREATE INDEX emails_unindexed ON emails (account_id, received_at, id) WHERE body = 1 AND indexed < 2;
            CREATE INDEX emails_without_source ON emails (account_id) WHERE body = 0;

            """,
        sqlite: """
            INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('emails', 'emails_unindexed', '10000 1000 2 1');
            INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('emails', 'emails_without_source', '10000 1000');
            ANALYZE sqlite_schema;
            """)
}
