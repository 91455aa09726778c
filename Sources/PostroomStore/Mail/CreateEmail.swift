import PostroomCore

extension AccountTransaction {
    func create(
        _ row: EmailRow.Prepared, searchText: SearchText, mailboxIDs: Set<MailboxID>, replacing: EmailID?
    ) throws -> EmailRecord {
        guard !mailboxIDs.isEmpty else { throw StoreError.notFound(what: "a mailbox for the email") }
        for mailbox in mailboxIDs { _ = try self.mailbox(mailbox) }
        if let replacing { _ = try destroyHere([replacing.value]) }
        let threads = try assignThreads([row.content.threadReferences()])
        let thread = threads.ids[0]
        let id = try takeIDs()
        try counting(threads.ids) {
            if let blob = row.blob { try hold([blob]) }
            try connection.execute(
                EmailRow.insert.statement,
                row.arguments(account: account, id: EmailID(id), thread: ThreadID(thread), indexed: IndexLevel.all.rawValue))
            for mailbox in mailboxIDs.sorted() {
                let source = row.blob?.id ?? BlobID(sha256: [])
                let operation = try queue(
                    .append(blob: source, mailbox: mailbox, flags: row.keywords.keywords.sorted(), receivedAt: row.receivedAt),
                    email: EmailID(id))
                try place(
                    id, thread: thread, receivedAt: row.receivedAt, keywords: row.keywords, in: mailbox, uid: nil, arrival: operation)
            }
            try index([(EmailID(id), searchText)])
        }
        note(.created, .email, id)
        noteNewMail()
        return EmailRecord(
            id: EmailID(id), threadID: ThreadID(thread), mailboxIDs: mailboxIDs.sorted(), keywords: row.keywords.keywords,
            receivedAt: row.receivedAt, content: row.content, body: row.blob.map { .stored($0.id) } ?? .headers)
    }

    /// Removes emails from every mailbox and queues the same for the server. Returns those that were here.
    func destroyHere(_ ids: [Int64]) throws -> Set<Int64> {
        let emails = try edited(ids)
        try counting(emails.values.map(\.thread)) {
            for email in emails.values.sorted(by: { $0.id < $1.id }) {
                for copy in email.copies { try expunge(email, from: copy) }
            }
            try destroy(emails.keys.sorted(), remembers: false)
            try forgetPending(of: emails.keys)
        }
        return Set(emails.keys)
    }
}
