import PostroomCore

extension SQLStore {
    public func rethreadingStart(of account: AccountID) async throws -> RethreadPosition {
        try await read { connection in
            let row = try connection.row(
                "SELECT coalesce(max(thread_id), 0), count(*) FROM emails WHERE account_id = $1", [account.sql])
            return RethreadPosition(thread: 0, lastThread: row?.int64(0) ?? 0, total: row?.int(1) ?? 0, done: 0)
        }
    }

    public func rethread(_ position: RethreadPosition, of account: AccountID) async throws -> RethreadStep {
        try await write(account) { try $0.rethread(position) }
    }
}

extension AccountTransaction {
    /// Emails of one step: the transaction of a first synchronisation takes as long.
    private static let rethreadedEmails = 1_000

    fileprivate func rethread(_ position: RethreadPosition) throws -> RethreadStep {
        let rows = try connection.rows(
            """
            SELECT thread_id, count(*) FROM emails WHERE account_id = $1 AND thread_id > $2 AND thread_id <= $3
            GROUP BY thread_id ORDER BY thread_id LIMIT \(Self.rethreadedEmails)
            """, [account.sql, position.thread.sql, position.lastThread.sql])
        var next = position
        var threads: Set<Int64> = []
        var emails = 0
        for row in rows {
            // One that is too large for this step begins the next.
            guard threads.isEmpty || emails + row.int(1) <= Self.rethreadedEmails else { break }
            threads.insert(row.int64(0))
            next.thread = row.int64(0)
            emails += row.int(1)
        }
        next.done += emails
        var step = RethreadStep(next: rows.isEmpty ? nil : next, total: max(next.total, next.done), done: next.done)
        if !threads.isEmpty { try partition(threads, &step) }
        return step
    }

    /// Works the threads out anew, with every other one that shares a name with them.
    private func partition(_ batch: Set<Int64>, _ step: inout RethreadStep) throws {
        var threads = batch
        var added = batch
        var members: [ThreadPartition.Member] = []
        var unknown: Set<EmailID> = []
        var known: [MessageReference: Int64] = [:]
        while !added.isEmpty {
            let more = try self.members(of: added, withoutServerThread: &unknown)
            members += more
            let names = Set(more.flatMap(\.references).map(\.hash)).subtracting(known.keys.map(\.hash))
            try connection.forEach(
                "SELECT hash, thread_id FROM thread_refs WHERE account_id = $1 AND hash {in $2}",
                [account.sql, .integers(names.sorted())]
            ) { row in
                known[MessageReference(hash: row.int64(0))] = row.int64(1)
                return true
            }
            added = Set(known.values).subtracting(threads)
            threads.formUnion(added)
        }
        try join(unknown, in: &members)
        try apply(ThreadPartition(members), to: threads, known: known, &step)
    }

    private func members(of threads: Set<Int64>, withoutServerThread unknown: inout Set<EmailID>) throws -> [ThreadPartition.Member] {
        var members: [ThreadPartition.Member] = []
        try connection.forEach(
            "SELECT id, thread_id, message_id, envelope, server_thread FROM emails WHERE account_id = $1 AND thread_id {in $2}",
            [account.sql, .integers(threads.sorted())]
        ) { row in
            var content = EmailContent(size: 0, messageID: row.optional(2, SQLRow.text))
            EnvelopeText.decode(row.text(3), into: &content)
            var references = content.threadReferences()
            switch row.optional(4, SQLRow.int64) {
            case nil: unknown.insert(row.id(0))
            case EmailRow.noServerThread: break
            case let hash?: references.append(MessageReference(hash: hash))
            }
            members.append(ThreadPartition.Member(email: row.id(0), thread: row.id(1), references: references))
            return true
        }
        return members
    }

    /// Emails from before the server's thread ids were kept: names of their thread that no email there explains may be such an id,
    /// so they stay together.
    private func join(_ unknown: Set<EmailID>, in members: inout [ThreadPartition.Member]) throws {
        let old = Set(members.filter { unknown.contains($0.email) }.map(\.thread.value))
        guard !old.isEmpty else { return }
        let explained = Set(members.flatMap(\.references))
        var unexplained: [Int64: [MessageReference]] = [:]
        try connection.forEach(
            "SELECT thread_id, hash FROM thread_refs WHERE account_id = $1 AND thread_id {in $2}", [account.sql, .integers(old.sorted())]
        ) { row in
            let reference = MessageReference(hash: row.int64(1))
            if !explained.contains(reference) { unexplained[row.int64(0), default: []].append(reference) }
            return true
        }
        for index in members.indices where unknown.contains(members[index].email) {
            members[index].references += unexplained[members[index].thread.value] ?? []
        }
    }

    /// Writes what differs from what is there.
    private func apply(
        _ partition: ThreadPartition, to threads: Set<Int64>, known: [MessageReference: Int64], _ step: inout RethreadStep
    ) throws {
        let firstNew = try partition.groups.contains { $0.thread == nil } ? takeIDs(partition.groups.count { $0.thread == nil }) : 0
        var taken: Int64 = 0
        let groups = partition.groups.map { group -> (thread: Int64, group: ThreadPartition.Group) in
            if let thread = group.thread { return (thread.value, group) }
            taken += 1
            return (firstNew + taken - 1, group)
        }
        let created = Set(firstNew..<firstNew + taken)
        let inhabited = Set(partition.groups.flatMap(\.members).map(\.thread.value))
        let gone = inhabited.subtracting(groups.map(\.thread))
        var changed: Set<Int64> = []
        try counting(threads.union(created)) {
            for (thread, group) in groups {
                let moved = group.members.filter { $0.thread.value != thread }
                guard !moved.isEmpty else { continue }
                try reinsert(moved.map(\.email.value), into: thread)
                changed.formUnion(moved.map(\.thread.value) + [thread])
                step.moved += moved.count
            }
        }
        try connection.executeEach(
            """
            INSERT INTO thread_refs (account_id, hash, thread_id) VALUES ($1, $2, $3)
            ON CONFLICT (account_id, hash) DO UPDATE SET thread_id = excluded.thread_id
            """,
            groups.flatMap { thread, group in
                group.references.filter { known[$0] != thread }.sorted { $0.hash < $1.hash }.map { [account.sql, $0.hash.sql, thread.sql] }
            })
        // Names that no email here has or names any more go with most of the emails they were with.
        for thread in gone.sorted() {
            let heir = groups.max { left, right in
                (left.group.members.count { $0.thread.value == thread }, right.thread)
                    < (right.group.members.count { $0.thread.value == thread }, left.thread)
            }
            guard let heir else { continue }
            try connection.execute(
                "UPDATE thread_refs SET thread_id = $2 WHERE account_id = $1 AND thread_id = $3",
                [account.sql, heir.thread.sql, thread.sql])
        }
        try connection.execute(
            "DELETE FROM thread_refs WHERE account_id = $1 AND thread_id {in $2}",
            [account.sql, .integers(threads.subtracting(inhabited).sorted())])
        note(.created, .thread, created)
        note(.updated, .thread, changed.subtracting(created).subtracting(gone))
        note(.destroyed, .thread, gone)
        step.createdThreads += created.count
        step.destroyedThreads += gone.count
    }
}
