extension Migration {
    /// Mailboxes, emails, their copies, threads, blobs and the change log: everything keyed by account first.
    ///
    /// The large tables have no foreign keys: each write would look its parent up again, and an account is removed table by
    /// table in one transaction.
    static let mail = Migration(
        number: 2, name: "mail",
        shared: """
            -- One counter of changes and one of ids an account; the type's states are the counter's values when it last changed.
            CREATE TABLE account_states (
                account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
                next_id INTEGER NOT NULL DEFAULT 1,
                state INTEGER NOT NULL DEFAULT 0,
                floor INTEGER NOT NULL DEFAULT 0,
                mailbox INTEGER NOT NULL DEFAULT 0,
                thread INTEGER NOT NULL DEFAULT 0,
                email INTEGER NOT NULL DEFAULT 0,
                identity INTEGER NOT NULL DEFAULT 0,
                submission INTEGER NOT NULL DEFAULT 0,
                delivery INTEGER NOT NULL DEFAULT 0
            ) STRICT;

            -- A row is a run of objects: first_id...last_id changed at first_state...last_state, one each.
            CREATE TABLE changes (
                account_id INTEGER NOT NULL,
                type INTEGER NOT NULL,
                last_state INTEGER NOT NULL,
                kind INTEGER NOT NULL,
                first_id INTEGER NOT NULL,
                last_id INTEGER NOT NULL,
                PRIMARY KEY (account_id, type, last_state)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE mailboxes (
                account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                id INTEGER NOT NULL,
                parent_id INTEGER,
                name TEXT NOT NULL,
                path TEXT NOT NULL,
                separator TEXT,
                role TEXT,
                sort_order INTEGER NOT NULL DEFAULT 0,
                is_subscribed INTEGER NOT NULL DEFAULT 1,
                is_selectable INTEGER NOT NULL DEFAULT 1,
                is_synced INTEGER NOT NULL DEFAULT 1,
                total_emails INTEGER NOT NULL DEFAULT 0,
                unread_emails INTEGER NOT NULL DEFAULT 0,
                total_threads INTEGER NOT NULL DEFAULT 0,
                unread_threads INTEGER NOT NULL DEFAULT 0,
                uid_validity INTEGER NOT NULL DEFAULT 0,
                uid_next INTEGER NOT NULL DEFAULT 0,
                highest_modseq INTEGER NOT NULL DEFAULT 0,
                oldest_uid INTEGER NOT NULL DEFAULT 0,
                server_count INTEGER NOT NULL DEFAULT 0,
                compared_at INTEGER,
                PRIMARY KEY (account_id, id),
                UNIQUE (account_id, path)
            ) STRICT;

            -- body: 0 the source is on the server, 1 stored, 2 quarantined. indexed: 0 nothing, 1 the header, 2 all of it.
            -- message_hash is of the Message-ID, or of size and date where there is none.
            CREATE TABLE emails (
                account_id INTEGER NOT NULL,
                id INTEGER NOT NULL,
                thread_id INTEGER NOT NULL,
                received_at INTEGER NOT NULL,
                keywords INTEGER NOT NULL DEFAULT 0,
                more_keywords TEXT NOT NULL DEFAULT '',
                size INTEGER NOT NULL,
                has_attachment INTEGER NOT NULL DEFAULT 0,
                sent_at INTEGER,
                sent_offset INTEGER NOT NULL DEFAULT 0,
                message_id TEXT,
                message_hash INTEGER NOT NULL,
                subject TEXT NOT NULL DEFAULT '',
                preview TEXT NOT NULL DEFAULT '',
                envelope TEXT NOT NULL DEFAULT '',
                from_key TEXT NOT NULL DEFAULT '',
                to_key TEXT NOT NULL DEFAULT '',
                subject_key TEXT NOT NULL DEFAULT '',
                body INTEGER NOT NULL DEFAULT 0,
                blob BLOB,
                reason TEXT NOT NULL DEFAULT '',
                indexed INTEGER NOT NULL DEFAULT 0,
                server_id TEXT,
                PRIMARY KEY (account_id, id)
            ) STRICT;
            CREATE INDEX emails_thread ON emails (account_id, thread_id, received_at, id);
            CREATE INDEX emails_received ON emails (account_id, received_at, id);
            CREATE INDEX emails_message ON emails (account_id, message_hash);
            CREATE INDEX emails_server_id ON emails (account_id, server_id) WHERE server_id IS NOT NULL;
            CREATE INDEX emails_missing ON emails (account_id, received_at, id) WHERE body = 0;

            -- A copy of an email in a mailbox. uid NULL: it waits for its UID, from operation arrival_id where that is set
            -- (-1: it is here alone, the server refused it). received_at, thread_id and keywords repeat the email's, so that
            -- a mailbox's page and counts are one range of this table.
            CREATE TABLE placements (
                account_id INTEGER NOT NULL,
                mailbox_id INTEGER NOT NULL,
                received_at INTEGER NOT NULL,
                email_id INTEGER NOT NULL,
                thread_id INTEGER NOT NULL,
                keywords INTEGER NOT NULL DEFAULT 0,
                uid INTEGER,
                uid_validity INTEGER NOT NULL DEFAULT 0,
                modseq INTEGER NOT NULL DEFAULT 0,
                arrival_id INTEGER,
                PRIMARY KEY (account_id, mailbox_id, received_at, email_id)
            ) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX placements_email ON placements (account_id, email_id, mailbox_id);
            CREATE UNIQUE INDEX placements_uid ON placements (account_id, mailbox_id, uid) WHERE uid IS NOT NULL;

            -- A copy that was moved or removed here while the server still has it, until the operation is done.
            CREATE TABLE departures (
                account_id INTEGER NOT NULL,
                operation_id INTEGER NOT NULL,
                mailbox_id INTEGER NOT NULL,
                email_id INTEGER NOT NULL,
                uid INTEGER,
                uid_validity INTEGER NOT NULL DEFAULT 0,
                modseq INTEGER NOT NULL DEFAULT 0,
                arrival_id INTEGER,
                message_hash INTEGER NOT NULL,
                PRIMARY KEY (account_id, operation_id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX departures_mailbox ON departures (account_id, mailbox_id, uid);

            -- An email that left the server lately: when it comes back (moved by another program) it is the same one.
            CREATE TABLE removed_emails (
                account_id INTEGER NOT NULL,
                email_id INTEGER NOT NULL,
                message_hash INTEGER NOT NULL,
                message_id TEXT,
                size INTEGER NOT NULL,
                received_at INTEGER NOT NULL,
                server_id TEXT,
                indexed INTEGER NOT NULL DEFAULT 0,
                removed_at INTEGER NOT NULL,
                PRIMARY KEY (account_id, email_id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX removed_emails_message ON removed_emails (account_id, message_hash);
            CREATE INDEX removed_emails_age ON removed_emails (account_id, removed_at);

            -- Every Message-ID that the emails of a thread have or name, by hash.
            CREATE TABLE thread_refs (
                account_id INTEGER NOT NULL,
                hash INTEGER NOT NULL,
                thread_id INTEGER NOT NULL,
                PRIMARY KEY (account_id, hash)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX thread_refs_thread ON thread_refs (account_id, thread_id);

            -- refs: emails, uploads, submissions and queued operations that hold the bytes.
            CREATE TABLE blobs (
                account_id INTEGER NOT NULL,
                hash BLOB NOT NULL,
                size INTEGER NOT NULL,
                is_compressed INTEGER NOT NULL DEFAULT 0,
                refs INTEGER NOT NULL DEFAULT 1,
                data BLOB NOT NULL,
                PRIMARY KEY (account_id, hash)
            ) STRICT;

            CREATE TABLE uploads (
                account_id INTEGER NOT NULL,
                hash BLOB NOT NULL,
                type TEXT NOT NULL DEFAULT '',
                expires_at INTEGER NOT NULL,
                PRIMARY KEY (account_id, hash)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX uploads_expiry ON uploads (expires_at);

            """)
}
