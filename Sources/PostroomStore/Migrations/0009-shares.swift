extension Migration {
    /// Accounts that other users may use beside their owner; what the mail server says of their quotas.
    static let shares = Migration(
        number: 9, name: "shares-quotas",
        shared: """
            CREATE TABLE account_shares (
                account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                access TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (account_id, user_id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX account_shares_user ON account_shares (user_id, account_id);

            ALTER TABLE account_states ADD COLUMN quota INTEGER NOT NULL DEFAULT 0;
            CREATE TABLE quotas (
                account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                id INTEGER NOT NULL,
                name TEXT NOT NULL,
                resource TEXT NOT NULL,
                used INTEGER NOT NULL,
                hard_limit INTEGER NOT NULL,
                PRIMARY KEY (account_id, id)
            ) STRICT;

            """)
}
