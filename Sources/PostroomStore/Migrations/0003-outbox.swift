extension Migration {
    /// What leaves: identities, submissions, queued writes to the server.
    static let outbox = Migration(
        number: 3, name: "outbox",
        shared: """
            CREATE TABLE identities (
                account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                id INTEGER NOT NULL,
                name TEXT NOT NULL DEFAULT '',
                email TEXT NOT NULL,
                reply_to TEXT NOT NULL DEFAULT '',
                bcc TEXT NOT NULL DEFAULT '',
                text_signature TEXT NOT NULL DEFAULT '',
                html_signature TEXT NOT NULL DEFAULT '',
                may_delete INTEGER NOT NULL DEFAULT 1,
                PRIMARY KEY (account_id, id)
            ) STRICT;

            CREATE TABLE submissions (
                account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                id INTEGER NOT NULL,
                identity_id INTEGER NOT NULL,
                email_id INTEGER,
                thread_id INTEGER,
                blob BLOB NOT NULL,
                message_id TEXT NOT NULL DEFAULT '',
                mail_from TEXT NOT NULL DEFAULT '',
                recipients TEXT NOT NULL DEFAULT '[]',
                state TEXT NOT NULL DEFAULT 'queued',
                send_at INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 0,
                next_attempt_at INTEGER,
                diagnosis TEXT,
                server_reply TEXT NOT NULL DEFAULT '',
                is_copied INTEGER NOT NULL DEFAULT 0,
                on_success TEXT NOT NULL DEFAULT '{}',
                PRIMARY KEY (account_id, id)
            ) STRICT;
            CREATE INDEX submissions_open ON submissions (account_id, send_at) WHERE state IN ('queued', 'sending', 'finalDot');

            -- is_waiting: the copy that it is about has no UID yet; set right when the UID is known.
            CREATE TABLE operations (
                account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                id INTEGER NOT NULL,
                kind TEXT NOT NULL,
                mailbox_id INTEGER,
                email_id INTEGER,
                blob BLOB,
                is_waiting INTEGER NOT NULL DEFAULT 0,
                attempts INTEGER NOT NULL DEFAULT 0,
                next_attempt_at INTEGER,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (account_id, id)
            ) STRICT;
            CREATE INDEX operations_copy ON operations (account_id, mailbox_id, email_id);
            CREATE INDEX operations_waiting ON operations (account_id, id) WHERE is_waiting = 1;

            -- Keywords that a queued operation carries to the server: what the server says of them does not count meanwhile.
            CREATE TABLE pending_keywords (
                account_id INTEGER NOT NULL,
                email_id INTEGER NOT NULL,
                operation_id INTEGER NOT NULL,
                added TEXT NOT NULL DEFAULT '',
                removed TEXT NOT NULL DEFAULT '',
                PRIMARY KEY (account_id, email_id, operation_id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX pending_keywords_operation ON pending_keywords (account_id, operation_id);

            """)
}
