extension Migration {
    /// What is each user's own in an account that several use: who uploaded which bytes (RFC 8620 §6.1), and which mailboxes somebody
    /// else than the owner wants to see (RFC 8621 §2). Neither is ever large.
    static let persons = Migration(
        number: 30, name: "persons",
        shared: """
            CREATE TABLE uploaders (
                account_id INTEGER NOT NULL,
                hash BLOB NOT NULL,
                user_id INTEGER NOT NULL,
                PRIMARY KEY (account_id, hash, user_id)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE subscriptions (
                account_id INTEGER NOT NULL,
                user_id INTEGER NOT NULL,
                mailbox_id INTEGER NOT NULL,
                is_subscribed INTEGER NOT NULL,
                PRIMARY KEY (account_id, user_id, mailbox_id)
            ) STRICT, WITHOUT ROWID;

            """)
}
