extension Migration {
    /// What SQLite's planner should know: an account's rows are many, those of an email, thread or Message-ID few.
    ///
    /// Without statistics it takes any column for equally telling and may walk a whole account where an index leads to one row.
    /// Fixed figures, rather than ANALYZE from time to time, give every installation the plans that the tests have seen.
    /// PostgreSQL keeps its own.
    static let statistics = Migration(
        number: 5, name: "statistics",
        sqlite: """
            CREATE INDEX placements_arrival ON placements (account_id, arrival_id) WHERE arrival_id IS NOT NULL;
            ANALYZE;
            DELETE FROM sqlite_stat1;
            INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
                ('accounts', 'sqlite_autoindex_accounts_1', '100 3 2 1'),
                ('mailboxes', 'sqlite_autoindex_mailboxes_1', '1000 50 1'),
                ('mailboxes', 'sqlite_autoindex_mailboxes_2', '1000 50 1'),
                ('emails', 'sqlite_autoindex_emails_1', '1000000 100000 1'),
                ('emails', 'emails_thread', '1000000 100000 3 2 1'),
                ('emails', 'emails_received', '1000000 100000 2 1'),
                ('emails', 'emails_message', '1000000 100000 1'),
                ('emails', 'emails_server_id', '100000 100000 1'),
                ('emails', 'emails_missing', '10000 1000 2 1'),
                ('placements', 'placements', '1000000 100000 5000 2 1'),
                ('placements', 'placements_email', '1000000 100000 1 1'),
                ('placements', 'placements_uid', '1000000 100000 5000 1'),
                ('placements', 'placements_arrival', '1000 100 1'),
                ('departures', 'departures', '1000 100 1'),
                ('departures', 'departures_mailbox', '1000 100 20 1'),
                ('removed_emails', 'removed_emails', '10000 1000 1'),
                ('removed_emails', 'removed_emails_message', '10000 1000 1'),
                ('removed_emails', 'removed_emails_age', '10000 1000 10'),
                ('thread_refs', 'thread_refs', '2000000 200000 1'),
                ('thread_refs', 'thread_refs_thread', '2000000 200000 5'),
                ('blobs', 'sqlite_autoindex_blobs_1', '1000000 100000 1'),
                ('changes', 'changes', '1000000 100000 20000 1'),
                ('operations', 'sqlite_autoindex_operations_1', '1000 100 1'),
                ('operations', 'operations_copy', '1000 100 20 1'),
                ('operations', 'operations_waiting', '100 10 1'),
                ('pending_keywords', 'pending_keywords', '1000 100 1 1'),
                ('pending_keywords', 'pending_keywords_operation', '1000 100 10');
            ANALYZE sqlite_schema;
            """,
        postgres: """
            CREATE INDEX placements_arrival ON placements (account_id, arrival_id) WHERE arrival_id IS NOT NULL;
            """)
}
