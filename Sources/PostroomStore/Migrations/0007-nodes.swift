extension Migration {
    /// Which node works for which account, where several serve one PostgreSQL database. Empty on SQLite.
    static let nodes = Migration(
        number: 7, name: "nodes",
        shared: """
            CREATE TABLE nodes (
                id TEXT NOT NULL PRIMARY KEY,
                seen_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;

            -- token grows whenever the lease changes hands: writes that carry an older one are refused.
            CREATE TABLE leases (
                account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
                node TEXT NOT NULL DEFAULT '',
                token INTEGER NOT NULL DEFAULT 0,
                expires_at INTEGER NOT NULL DEFAULT 0
            ) STRICT;

            """)
}
