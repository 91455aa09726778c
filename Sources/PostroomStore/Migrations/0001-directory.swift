extension Migration {
    /// People, providers, accounts and settings.
    static let directory = Migration(
        number: 1, name: "directory",
        shared: """
            CREATE TABLE users (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                name TEXT NOT NULL,
                name_key TEXT NOT NULL UNIQUE,
                display_name TEXT NOT NULL DEFAULT '',
                is_admin INTEGER NOT NULL DEFAULT 0,
                is_disabled INTEGER NOT NULL DEFAULT 0,
                password_hash TEXT,
                profile TEXT NOT NULL DEFAULT '{}',
                created_at INTEGER NOT NULL
            ) STRICT;

            CREATE TABLE sessions (
                token_hash BLOB NOT NULL PRIMARY KEY,
                user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX sessions_user ON sessions (user_id);
            CREATE INDEX sessions_expiry ON sessions (expires_at);

            CREATE TABLE tokens (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                token_hash BLOB NOT NULL UNIQUE,
                user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                name TEXT NOT NULL DEFAULT '',
                created_at INTEGER NOT NULL,
                expires_at INTEGER,
                last_used_at INTEGER
            ) STRICT;
            CREATE INDEX tokens_user ON tokens (user_id);

            CREATE TABLE settings (
                name TEXT NOT NULL PRIMARY KEY,
                value TEXT NOT NULL DEFAULT ''
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE providers (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                name TEXT NOT NULL DEFAULT '',
                settings TEXT NOT NULL DEFAULT '{}',
                owner_id INTEGER REFERENCES users (id) ON DELETE RESTRICT,
                client_secret BLOB,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL
            ) STRICT;

            CREATE TABLE provider_domains (
                domain TEXT NOT NULL,
                provider_id INTEGER NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
                PRIMARY KEY (domain, provider_id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX provider_domains_provider ON provider_domains (provider_id);

            CREATE TABLE provider_requests (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                address TEXT NOT NULL DEFAULT '',
                note TEXT NOT NULL DEFAULT '',
                created_at INTEGER NOT NULL,
                resolved_at INTEGER
            ) STRICT;
            CREATE INDEX provider_requests_user ON provider_requests (user_id);

            -- The change log's counter is the account's own; the type's states are its values when the type last changed.
            CREATE TABLE accounts (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
                provider_id INTEGER NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
                address TEXT NOT NULL,
                address_key TEXT NOT NULL,
                login TEXT NOT NULL DEFAULT '',
                settings TEXT NOT NULL DEFAULT '{}',
                is_default INTEGER NOT NULL DEFAULT 0,
                credential BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                UNIQUE (user_id, provider_id, address_key)
            ) STRICT;
            CREATE INDEX accounts_provider ON accounts (provider_id);

            CREATE TABLE account_status (
                account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
                status TEXT NOT NULL DEFAULT '{}'
            ) STRICT;

            CREATE TABLE audit (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at INTEGER NOT NULL,
                user_id INTEGER,
                action TEXT NOT NULL DEFAULT '',
                subject TEXT NOT NULL DEFAULT ''
            ) STRICT;

            """)
}
