extension Migration {
    /// Ids that emails went by before their conversation grew together with another (RFC 8621 §3 wants new ones then): who kept an old
    /// one finds the email by it. And the thread of an email that left, without which it may not come back under its id.
    static let former = Migration(
        number: 33, name: "former",
        shared: """
            CREATE TABLE former_ids (
                account_id INTEGER NOT NULL,
                former_id INTEGER NOT NULL,
                email_id INTEGER NOT NULL,
                PRIMARY KEY (account_id, former_id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX former_ids_email ON former_ids (account_id, email_id);
            ALTER TABLE removed_emails ADD COLUMN thread_id INTEGER NOT NULL DEFAULT 0;
            CREATE INDEX hidden_copies_email ON hidden_copies (account_id, email_id);

            """,
        sqlite: """
            INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
                ('former_ids', 'former_ids', '10000 1000 1'),
                ('former_ids', 'former_ids_email', '10000 1000 1'),
                ('hidden_copies', 'hidden_copies', '10000 1000 100 1'),
                ('hidden_copies', 'hidden_copies_email', '10000 1000 1');
            ANALYZE sqlite_schema;
            """)
}
