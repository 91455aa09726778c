extension Migration {
    /// What came back about submissions: delivery reports and read receipts, a row each. `number`: those of one submission as they came, for
    /// INTERNALDATE has no fractions of a second.
    ///
    /// Reports name their message by its Message-ID, which may be of any length: only so much of it is in the index as both databases take.
    static let reports = Migration(
        number: 32, name: "reports",
        shared: """
            CREATE TABLE submission_reports (
                account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                submission_id INTEGER NOT NULL,
                blob BLOB NOT NULL,
                kind TEXT NOT NULL,
                message_id TEXT NOT NULL DEFAULT '',
                received_at INTEGER NOT NULL,
                number INTEGER NOT NULL,
                outcomes TEXT NOT NULL DEFAULT '[]',
                PRIMARY KEY (account_id, submission_id, blob)
            ) STRICT, WITHOUT ROWID;

            CREATE INDEX submissions_message ON submissions (account_id, substr(message_id, 1, 200));

            """,
        sqlite: """
            INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
                ('submissions', 'sqlite_autoindex_submissions_1', '10000 1000 1'),
                ('submissions', 'submissions_message', '10000 1000 1'),
                ('submission_reports', 'submission_reports', '1000 100 1 1');
            ANALYZE sqlite_schema;
            """)
}
