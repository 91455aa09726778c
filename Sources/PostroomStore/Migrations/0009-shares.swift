extension Migration {
    /// Accounts that other users may use beside their owner.
    static let shares = Migration(
        number: 9, name: "shares",
        shared: """
            CREATE TABLE account_shares (
                account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                access TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (account_id, user_id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX account_shares_user ON account_shares (user_id, account_id);

            """)
}
