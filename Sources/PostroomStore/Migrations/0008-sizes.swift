extension Migration {
    /// What makes an account's size, and bytes that nobody holds, quick to find.
    static let sizes = Migration(
        number: 8, name: "sizes",
        shared: """
            CREATE INDEX blobs_size ON blobs (account_id, size);
            CREATE INDEX blobs_unheld ON blobs (account_id) WHERE refs <= 0;

            """,
        sqlite: """
            INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
                ('blobs', 'blobs_size', '1000000 100000 20'),
                ('blobs', 'blobs_unheld', '10 1');
            ANALYZE sqlite_schema;
            """)
}
