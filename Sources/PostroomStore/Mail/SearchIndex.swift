import PostroomCore

/// How much of an email the full text index holds.
enum IndexLevel: Int, Sendable {
    case nothing = 0
    case header = 1
    case all = 2
}

extension AccountTransaction {
    /// Adds emails to the index. One that is there with its header already comes again with its text.
    func index(_ entries: [(email: EmailID, text: SearchText)]) throws {
        try addSegment(SearchSegmentBuilder.blocks(of: IndexBatch(entries)))
    }

    /// A segment of its own for these blocks; with many small ones there already, they become one.
    func addSegment(_ blocks: [SearchBlock]) throws {
        guard !blocks.isEmpty else { return }
        let segments = SearchSegments(connection: connection, account: account)
        let id = try takeIDs()
        let bytes = blocks.reduce(0) { $0 + $1.size }
        try segments.add(id, bytes: bytes, isLive: true)
        try segments.write(blocks, to: id)
        guard bytes <= SearchMerge.smallest else { return }
        guard let small = SearchMerge.next(try segments.live(), upTo: SearchMerge.smallest) else { return }
        var merge = try SearchMerge(small, emails: nil) { try segments.page(of: $0, $1, limit: 100) }
        let merged = try merge.blocks(octets: .max)
        let into = try takeIDs()
        try segments.add(into, bytes: 0, isLive: false)
        try segments.write(merged, to: into)
        try segments.replace(small, by: into, bytes: merged.reduce(0) { $0 + $1.size })
        for segment in small { while try !segments.remove(segment) {} }
    }
}

extension SQLStore {
    /// Octets of index that one transaction of a merge writes: other writers wait no longer than that.
    private static let mergeStep = 4 << 20

    public func tidyIndex(of account: AccountID) async throws {
        while true {
            try await removeDeadSegments(of: account)
            let plan = try await read { connection in
                try SearchMerge.next(try SearchSegments(connection: connection, account: account).live()).map { segments in
                    // Emails that were removed a short time ago keep their words: they may come back.
                    let emails = try connection.rows(
                        "SELECT id FROM emails WHERE account_id = $1 UNION ALL SELECT email_id FROM removed_emails WHERE account_id = $1",
                        [account.sql])
                    return (segments: segments, emails: IDSet(emails.lazy.map { $0.int64(0) }))
                }
            }
            guard let plan else { return }
            try await merge(plan.segments, keeping: plan.emails, of: account)
        }
    }

    private func merge(_ segments: [Int64], keeping emails: IDSet, of account: AccountID) async throws {
        let into = try await write(account) { transaction in
            let id = try transaction.takeIDs()
            try SearchSegments(connection: transaction.connection, account: account).add(id, bytes: 0, isLive: false)
            return id
        }
        var bytes = 0
        var key: [UInt8] = []
        while true {
            try Task.checkCancellation()
            let start = key
            // A stretch of keys at a time: segments never change, so that each read finds what the one before left.
            let blocks = try await read { connection in
                let rows = SearchSegments(connection: connection, account: account)
                var merge = try SearchMerge(segments, emails: emails, after: start) { try rows.page(of: $0, $1, limit: 16) }
                return try merge.blocks(octets: Self.mergeStep)
            }
            guard let last = blocks.last else { break }
            bytes += blocks.reduce(0) { $0 + $1.size }
            try await write(account) { transaction in
                try SearchSegments(connection: transaction.connection, account: account).write(blocks, to: into)
            }
            key = last.lastKey
        }
        let size = bytes
        try await write(account) { transaction in
            try SearchSegments(connection: transaction.connection, account: account).replace(segments, by: into, bytes: size)
        }
        try await removeDeadSegments(of: account)
    }

    private func removeDeadSegments(of account: AccountID) async throws {
        for segment in try await read({ try SearchSegments(connection: $0, account: account).dead() }) {
            while try await write(account, { try SearchSegments(connection: $0.connection, account: account).remove(segment) }) == false {}
        }
    }
}
