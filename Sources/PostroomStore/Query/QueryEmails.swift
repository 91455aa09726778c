import PostroomCore

extension SQLStore {
    public func query(_ query: EmailQuery, window: QueryWindow, of account: AccountID) async throws -> QueryPage {
        try await read { connection in
            let states = try connection.row("SELECT email FROM account_states WHERE account_id = $1", [account.sql])
            guard let states else { throw StoreError.notFound(what: "account \(account)") }
            var lookup: SearchLookup?
            let selection = try EmailSelection(query, account: account, dialect: connection.dialect) { terms, field in
                let words = try lookup ?? SearchLookup(connection, account: account)
                lookup = words
                return try words.emails(with: terms, in: field)
            }
            let reader = QueryReader(connection: connection, selection: selection, account: account, collapses: query.collapseThreads)
            var page = try reader.page(window)
            page.queryState = states.int64(0)
            return page
        }
    }
}

/// Reads one page of a selection.
private struct QueryReader {
    let connection: any SQLConnection
    let selection: EmailSelection
    let account: AccountID
    let collapses: Bool

    func page(_ window: QueryWindow) throws -> QueryPage {
        let limit = window.limit.map { max(0, $0) } ?? .max
        var total = window.calculateTotal ? try self.total() : nil
        switch window.start {
        case .position(let position):
            var start = position
            if position < 0 {
                let count = try total ?? self.total()
                if window.calculateTotal { total = count }
                start = max(0, count + position)
            }
            let ids = collapses ? try collapsed(from: start, limit: limit) : try plain(from: start, limit: limit)
            return QueryPage(ids: ids, position: start, total: total, queryState: 0)
        case .anchor(let anchor, let offset):
            let all = try ids(until: anchor, andFurther: offset, limit: limit)
            guard let index = all.lastIndex(of: anchor) else { throw StoreError.anchorNotFound }
            let start = max(0, index + offset)
            let end = limit == .max ? all.count : min(all.count, start + limit)
            return QueryPage(
                ids: start < end ? all[start..<end].map { EmailID($0) } : [], position: start, total: total, queryState: 0)
        }
    }

    private func total() throws -> Int {
        if let mailbox = selection.wholeMailbox {
            let column = collapses ? "total_threads" : "total_emails"
            let row = try connection.row(
                "SELECT \(column) FROM mailboxes WHERE account_id = $1 AND id = $2", [account.sql, mailbox.sql])
            return row?.int(0) ?? 0
        }
        let counted = collapses ? "count(DISTINCT \(selection.thread))" : "count(*)"
        return try connection.row("SELECT \(counted) \(selection.source)", selection.arguments)?.int(0) ?? 0
    }

    private func plain(from start: Int, limit: Int) throws -> [EmailID] {
        // Rows are counted off from the nearer end.
        if start >= Self.far, selection.wholeMailbox != nil, let order = selection.reversedOrder {
            let total = try self.total()
            let count = min(limit, total - start)
            guard count > 0 else { return [] }
            if start > total / 2 { return try ids(order, limit: count, offset: total - start - count).reversed() }
        }
        return try ids(selection.order, limit: limit, offset: start)
    }

    private static let far = 1_000

    private func ids(_ order: String, limit: Int, offset: Int) throws -> [EmailID] {
        let count = selection.arguments.count
        return try connection.rows(
            "SELECT \(selection.id) \(selection.source) \(order) LIMIT $\(count + 1) OFFSET $\(count + 2)",
            selection.arguments + [limit.sql, offset.sql]
        ).map { $0.id(0) }
    }

    /// The first of each thread, in order. Rows are read only as far as the page reaches.
    private func collapsed(from start: Int, limit: Int) throws -> [EmailID] {
        var ids: [EmailID] = []
        guard limit > 0 else { return ids }
        var position = 0
        try walk { id, _ in
            defer { position += 1 }
            if position >= start { ids.append(EmailID(id)) }
            return ids.count < limit
        }
        return ids
    }

    /// Everything up to the anchor and as far beyond as the page reaches.
    private func ids(until anchor: Int64, andFurther offset: Int, limit: Int) throws -> [Int64] {
        var ids: [Int64] = []
        var end = Int.max
        try walk { id, _ in
            ids.append(id)
            if id == anchor {
                let start = max(0, ids.count - 1 + offset)
                end = limit == .max ? .max : start + limit
            }
            return ids.count < max(end, 1)
        }
        return ids
    }

    private func walk(_ body: (Int64, Int64) throws -> Bool) throws {
        var threads: Set<Int64> = []
        try connection.forEach(
            "SELECT \(selection.id), \(selection.thread) \(selection.source) \(selection.order)", selection.arguments
        ) { row in
            let thread = row.int64(1)
            if collapses && !threads.insert(thread).inserted { return true }
            return try body(row.int64(0), thread)
        }
    }
}
