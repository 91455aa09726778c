extension Migration {
    /// The full text index as segments of sorted blocks, alike in both databases (decision 0013). What was indexed before is
    /// indexed anew from the stored mail, in the background.
    static let segments = Migration(
        number: 11, name: "segments",
        shared: """
            DROP TABLE search;
            CREATE TABLE search_segments (
                account_id INTEGER NOT NULL,
                id INTEGER NOT NULL,
                -- 0 while it is written or after its words went into another one, 1 while searches read it
                is_live INTEGER NOT NULL,
                -- octets of its blocks
                bytes INTEGER NOT NULL,
                PRIMARY KEY (account_id, id)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE search_blocks (
                account_id INTEGER NOT NULL,
                segment_id INTEGER NOT NULL,
                first_key BLOB NOT NULL,
                words BLOB NOT NULL,
                positions BLOB NOT NULL,
                PRIMARY KEY (account_id, segment_id, first_key)
            ) STRICT;
            UPDATE emails SET indexed = 0 WHERE indexed <> 0;
            UPDATE removed_emails SET indexed = 0 WHERE indexed <> 0;
            CREATE INDEX emails_headers_unindexed ON emails (account_id) WHERE body <> 1 AND indexed = 0;
            -- How many emails there are: each search says how much it looks through.
            ALTER TABLE account_states ADD COLUMN email_count INTEGER NOT NULL DEFAULT 0;
            UPDATE account_states SET email_count = (
                SELECT count(*) FROM emails WHERE emails.account_id = account_states.account_id);

            """,
        sqlite: """
            INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
                ('search_segments', 'search_segments', '1000 20 1'),
                ('search_blocks', 'sqlite_autoindex_search_blocks_1', '1000000 100000 5000 1'),
                ('emails', 'emails_headers_unindexed', '1000 100');
            ANALYZE sqlite_schema;
            """,
        postgres: """
            -- The blocks are dense already.
            ALTER TABLE search_blocks ALTER COLUMN words SET STORAGE EXTERNAL;
            ALTER TABLE search_blocks ALTER COLUMN positions SET STORAGE EXTERNAL;
            """)
}
