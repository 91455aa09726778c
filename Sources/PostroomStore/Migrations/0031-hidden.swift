extension Migration {
    /// Copies that are marked `\Deleted` on the server and not expunged yet. They show nowhere (RFC 8621 §4.1.1); the row keeps the email's id
    /// for as long as the mark may be taken off again. email_id 0: it was marked when it was first seen.
    static let hidden = Migration(
        number: 31, name: "hidden",
        shared: """
            CREATE TABLE hidden_copies (
                account_id INTEGER NOT NULL,
                mailbox_id INTEGER NOT NULL,
                uid INTEGER NOT NULL,
                uid_validity INTEGER NOT NULL,
                email_id INTEGER NOT NULL,
                is_unread INTEGER NOT NULL,
                PRIMARY KEY (account_id, mailbox_id, uid)
            ) STRICT, WITHOUT ROWID;

            -- Earlier versions showed what was marked, and no server tells of a mark twice: all flags are asked for once more.
            UPDATE mailboxes SET highest_modseq = 1 WHERE highest_modseq > 1;

            """)
}
