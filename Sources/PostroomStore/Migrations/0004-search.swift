extension Migration {
    /// The full text index over normalised words.
    ///
    /// SQLite: FTS5 without content, `rowid = account << 40 | email << 1 | (1 where the body is in it)`, so that an account is
    /// a range. Rows of emails that are gone stay (SQLite 3.40 can't delete from such a table) and match nothing.
    static let search = Migration(
        number: 4, name: "search",
        sqlite: """
            CREATE VIRTUAL TABLE search USING fts5 (
                subject, sender, recipient, cc, bcc, body, content = '', columnsize = 0, tokenize = "ascii"
            );
            INSERT INTO search (search, rank) VALUES ('hashsize', 8388608);
            """,
        postgres: """
            -- words is all fields together, which the index leads by; the fields decide where one was asked for.
            CREATE TABLE search (
                account_id bigint NOT NULL,
                email_id bigint NOT NULL,
                words tsvector NOT NULL,
                subject tsvector NOT NULL,
                sender tsvector NOT NULL,
                recipient tsvector NOT NULL,
                cc tsvector NOT NULL,
                bcc tsvector NOT NULL,
                body tsvector NOT NULL,
                PRIMARY KEY (account_id, email_id)
            );
            CREATE INDEX search_words ON search USING gin (words);
            """)
}
