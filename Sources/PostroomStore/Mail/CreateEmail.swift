import PostroomCore

extension SQLStore {
    public func edit(_ edits: EmailEdits, ifInState: Int64?, of account: AccountID) async throws -> EditedEmails {
        let new = edits.creates
        if !new.isEmpty {
            try await admit(emails: new.count { $0.replacing == nil }, bytes: new.reduce(0) { $0 + $1.source.count }, to: account)
        }
        let rows = new.map { email in
            // INTERNALDATE has no fractions: what the server tells back must be equal.
            EmailRow.Prepared(
                content: email.content, keywords: email.keywords, receivedAt: Timestamp(seconds: email.receivedAt.seconds),
                source: email.source)
        }
        // What is only here until the server has it must outlive a failure of power.
        return try await write(account, isDurable: !new.isEmpty) { transaction in
            let oldState = try transaction.state(of: .email)
            guard ifInState == nil || ifInState == oldState else { throw StoreError.stateMismatch }
            let created = try zip(rows, new).map { row, email in
                guard !email.mailboxIDs.isEmpty else { throw StoreError.notFound(what: "a mailbox for the email") }
                for mailbox in email.mailboxIDs { _ = try transaction.mailbox(mailbox) }
                if let replaced = email.replacing { _ = try transaction.destroyHere([replaced.value]) }
                return try transaction.create(row, email)
            }
            if !edits.updates.isEmpty { try transaction.update(edits.updates) }
            let known = edits.destroys.isEmpty ? [] : try transaction.destroyHere(edits.destroys.map(\.value))
            return EditedEmails(
                created: created, missing: edits.destroys.filter { !known.contains($0.value) }, oldState: oldState,
                newState: try transaction.emailStateAfter())
        }
    }
}

extension AccountTransaction {
    fileprivate func create(_ row: EmailRow.Prepared, _ email: NewEmail) throws -> EmailRecord {
        let threads = try assignThreads([row.content.threadReferences()])
        let thread = threads.ids[0]
        let id = try takeIDs()
        try counting(threads.ids) {
            if let blob = row.blob { try hold([blob]) }
            try connection.execute(
                EmailRow.insert,
                row.arguments(account: account, id: EmailID(id), thread: ThreadID(thread), indexed: IndexLevel.all.rawValue))
            for mailbox in email.mailboxIDs.sorted() {
                let source = row.blob?.id ?? BlobID(sha256: [])
                let operation = try queue(
                    .append(blob: source, mailbox: mailbox, flags: row.keywords.keywords.sorted(), receivedAt: row.receivedAt),
                    email: EmailID(id))
                try place(
                    id, thread: thread, receivedAt: row.receivedAt, keywords: row.keywords, in: mailbox, uid: nil, arrival: operation)
            }
            try index([(EmailID(id), email.searchText)])
        }
        note(.created, .email, id)
        return EmailRecord(
            id: EmailID(id), threadID: ThreadID(thread), mailboxIDs: email.mailboxIDs.sorted(), keywords: row.keywords.keywords,
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
