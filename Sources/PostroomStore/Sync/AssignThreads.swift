import PostroomCore

/// The thread of each new email, and which of the threads were there before.
struct ThreadAssignment {
    var ids: [Int64] = []
    var existing: Set<Int64> = []
}

extension AccountTransaction {
    /// Finds or makes the threads of new emails by their references, and joins threads that turn out to be one: the emails of
    /// the smaller are made anew in the larger (RFC 8621 §3). Notes the changes of threads; counts of those that existed are brought up
    /// to date for the join itself, not for the new emails.
    ///
    /// - Parameter before: the thread that each email was in before it left, 0 where it is new; it comes back with the first of them.
    func assignThreads(_ references: [[MessageReference]], before: [Int64] = []) throws -> ThreadAssignment {
        let hashes = Set(references.joined().map(\.hash))
        var known: [MessageReference: ThreadID] = [:]
        try connection.forEach(
            "SELECT hash, thread_id FROM thread_refs WHERE account_id = $1 AND hash {in $2}",
            [account.sql, .integers(Array(hashes))]
        ) { row in
            known[MessageReference(hash: row.int64(0))] = row.id(1)
            return true
        }
        let join = ThreadJoin(messages: references, known: known)
        var kept: [Int64: Int64] = [:]
        for set in join.merges { kept.merge(try merge(threads: set.map(\.value))) { $1 } }

        let firstNew = try takeIDs(join.newCount)
        let newIDs = try revived(join, before: before).merging(
            (0..<join.newCount).map { ($0, firstNew + Int64($0)) }, uniquingKeysWith: { revived, _ in revived })
        var assignment = ThreadAssignment()
        for item in join.assignments {
            switch item {
            case .existing(let thread):
                let id = kept[thread.value] ?? thread.value
                assignment.ids.append(id)
                assignment.existing.insert(id)
            case .new(let number): assignment.ids.append(newIDs[number] ?? 0)
            }
        }
        try connection.executeEach(
            "INSERT INTO thread_refs (account_id, hash, thread_id) VALUES ($1, $2, $3) ON CONFLICT (account_id, hash) DO NOTHING",
            join.newReferences.map { [account.sql, $0.reference.hash.sql, assignment.ids[$0.message].sql] })
        note(.created, .thread, newIDs.values)
        note(.updated, .thread, assignment.existing)
        return assignment
    }

    /// The old ids of new threads that only bring back what was there.
    private func revived(_ join: ThreadJoin, before: [Int64]) throws -> [Int: Int64] {
        guard before.contains(where: { $0 != 0 }) else { return [:] }
        let inhabited = Set(
            try connection.rows(
                "SELECT DISTINCT thread_id FROM emails WHERE account_id = $1 AND thread_id {in $2}", [account.sql, .integers(before)]
            ).map { $0.int64(0) })
        var ids: [Int: Int64] = [:]
        var taken = inhabited.union([0])
        for case (.new(let number), let thread) in zip(join.assignments, before) where ids[number] == nil {
            if taken.insert(thread).inserted { ids[number] = thread }
        }
        return ids
    }

    /// Joins threads into the one with most emails; each id with that one's.
    private func merge(threads: [Int64]) throws -> [Int64: Int64] {
        let set = SQLValue.integers(threads.sorted())
        let largest = try connection.row(
            """
            SELECT thread_id FROM emails WHERE account_id = $1 AND thread_id {in $2}
            GROUP BY thread_id ORDER BY count(*) DESC, thread_id LIMIT 1
            """, [account.sql, set])
        guard let stays = largest?.int64(0) ?? threads.min() else { return [:] }
        let others = SQLValue.integers(threads.filter { $0 != stays }.sorted())
        try counting(threads) {
            let moved = try connection.rows(
                "SELECT id FROM emails WHERE account_id = $1 AND thread_id {in $2}", [account.sql, others]
            ).map { $0.int64(0) }
            try reinsert(moved, into: stays)
        }
        try connection.execute(
            "UPDATE thread_refs SET thread_id = $2 WHERE account_id = $1 AND thread_id {in $3}", [account.sql, stays.sql, others])
        note(.destroyed, .thread, threads.filter { $0 != stays })
        note(.updated, .thread, stays)
        return Dictionary(uniqueKeysWithValues: threads.map { ($0, stays) })
    }
}
