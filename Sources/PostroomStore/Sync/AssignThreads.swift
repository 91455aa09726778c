import PostroomCore

/// The thread of each new email, and which of the threads were there before.
struct ThreadAssignment {
    var ids: [Int64] = []
    var existing: Set<Int64> = []
}

extension AccountTransaction {
    /// Finds or makes the threads of new emails by their references, and joins threads that turn out to be one: the emails of
    /// the smaller move to the larger. Notes the changes of threads; counts of those that existed are brought up to date for
    /// the join itself, not for the new emails.
    func assignThreads(_ references: [[MessageReference]]) throws -> ThreadAssignment {
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
        var assignment = ThreadAssignment()
        for item in join.assignments {
            switch item {
            case .existing(let thread):
                let id = kept[thread.value] ?? thread.value
                assignment.ids.append(id)
                assignment.existing.insert(id)
            case .new(let number): assignment.ids.append(firstNew + Int64(number))
            }
        }
        try connection.executeEach(
            "INSERT INTO thread_refs (account_id, hash, thread_id) VALUES ($1, $2, $3) ON CONFLICT (account_id, hash) DO NOTHING",
            join.newReferences.map { [account.sql, $0.reference.hash.sql, assignment.ids[$0.message].sql] })
        note(.created, .thread, (0..<Int64(join.newCount)).map { firstNew + $0 })
        note(.updated, .thread, assignment.existing)
        return assignment
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
                "UPDATE emails SET thread_id = $2 WHERE account_id = $1 AND thread_id {in $3} RETURNING id",
                [account.sql, stays.sql, others]
            ).map { $0.int64(0) }
            try connection.execute(
                "UPDATE placements SET thread_id = $2 WHERE account_id = $1 AND email_id {in $3}",
                [account.sql, stays.sql, .integers(moved)])
            note(.updated, .email, moved)
        }
        try connection.execute(
            "UPDATE thread_refs SET thread_id = $2 WHERE account_id = $1 AND thread_id {in $3}", [account.sql, stays.sql, others])
        try connection.execute(
            "UPDATE submissions SET thread_id = $2 WHERE account_id = $1 AND thread_id {in $3}", [account.sql, stays.sql, others])
        note(.destroyed, .thread, threads.filter { $0 != stays })
        note(.updated, .thread, stays)
        return Dictionary(uniqueKeysWithValues: threads.map { ($0, stays) })
    }
}
