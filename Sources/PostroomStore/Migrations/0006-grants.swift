extension Migration {
    /// OAuth grants with their sealed tokens, and sign-ins under way.
    static let grants = Migration(
        number: 6, name: "grants",
        shared: """
            -- claimed_by, claimed_until: the journal of a renewal: who asks for new tokens now. Set before the question leaves,
            -- cleared in the transaction that keeps its answer.
            CREATE TABLE grants (
                account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
                state TEXT NOT NULL DEFAULT 'active',
                tokens BLOB NOT NULL,
                identity TEXT,
                scopes TEXT NOT NULL DEFAULT '[]',
                granted_at INTEGER NOT NULL,
                issued_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                refreshed_at INTEGER,
                refresh_at INTEGER,
                failures INTEGER NOT NULL DEFAULT 0,
                diagnosis TEXT,
                claimed_by TEXT,
                claimed_until INTEGER
            ) STRICT;
            CREATE INDEX grants_due ON grants (refresh_at) WHERE refresh_at IS NOT NULL;

            CREATE TABLE sign_ins (
                id TEXT NOT NULL PRIMARY KEY,
                flow TEXT NOT NULL,
                state_hash BLOB NOT NULL,
                user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                session_hash BLOB,
                provider_id INTEGER NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
                account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
                request TEXT NOT NULL DEFAULT '{}',
                secret BLOB NOT NULL,
                code BLOB,
                phase TEXT NOT NULL DEFAULT 'waiting',
                diagnosis TEXT,
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX sign_ins_state ON sign_ins (state_hash);
            CREATE INDEX sign_ins_user ON sign_ins (user_id);
            CREATE INDEX sign_ins_provider ON sign_ins (provider_id);
            CREATE INDEX sign_ins_account ON sign_ins (account_id);
            CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);

            """)
}
