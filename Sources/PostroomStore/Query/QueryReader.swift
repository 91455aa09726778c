import PostroomCore

/// Reads one page of a selection.
struct QueryReader {
    let connection: any SQLConnection
    let selection: EmailSelection
    let account: AccountID
    let collapses: Bool
    private let cache: QueryCache
    private let key: QueryCache.Key
    private var known: QueryCache.Knowledge

    /// - Parameter state: that of the account's emails in the snapshot that is read.
    init(_ connection: any SQLConnection, _ selection: EmailSelection, account: AccountID, collapses: Bool, cache: QueryCache, state: Int64)
    {
        self.connection = connection
        self.selection = selection
        self.account = account
        self.collapses = collapses
        self.cache = cache
        key = QueryCache.Key(
            account: account, statement: "\(selection.source) \(selection.order)", arguments: selection.arguments, collapses: collapses)
        known = cache.knowledge(of: key, state: state)
    }

    mutating func page(_ window: QueryWindow) throws -> QueryPage {
        let limit = window.limit.map { max(0, $0) } ?? .max
        let total = window.calculateTotal ? try self.total() : nil
        let start: Int
        switch window.start {
        case .position(let position) where position < 0: start = max(0, try self.total() + position)
        case .position(let position): start = position
        case .anchor(let anchor, let offset): start = max(0, try place(of: anchor) + offset)
        }
        return QueryPage(
            ids: try ids(from: start, limit: limit).map { EmailID($0) }, position: start, total: total, queryState: known.state)
    }

    // MARK: Totals

    private mutating func total() throws -> Int {
        if let mailbox = selection.wholeMailbox {
            let column = collapses ? "total_threads" : "total_emails"
            let row = try connection.row(
                "SELECT \(column) FROM mailboxes WHERE account_id = $1 AND id = $2", [account.sql, mailbox.sql])
            return row?.int(0) ?? 0
        }
        if let total = known.total { return total }
        let total = known.isWhole ? known.beginning.count : try counted()
        learn { $0.total = total }
        return total
    }

    private func counted() throws -> Int {
        guard collapses else { return try count("count(*)") }
        // SQLite would make a tree of them on the way.
        guard connection.dialect == .sqlite else { return try count("count(DISTINCT \(selection.thread))") }
        var threads: Set<Int64> = []
        try connection.forEach("SELECT \(selection.thread) \(selection.source)", selection.arguments) { row in
            threads.insert(row.int64(0))
            return true
        }
        return threads.count
    }

    private func count(_ what: String, where condition: String = "", _ arguments: [SQLValue] = []) throws -> Int {
        try connection.row("SELECT \(what) \(selection.source)\(condition)", selection.arguments + arguments)?.int(0) ?? 0
    }

    // MARK: Rows

    /// A place from which pages are remembered: what comes before is counted off at once.
    private static let far = 1_000

    private mutating func ids(from start: Int, limit: Int) throws -> [Int64] {
        guard limit > 0 else { return [] }
        let (sum, overflows) = start.addingReportingOverflow(limit)
        let end = overflows ? .max : sum
        if let rows = known.rows(from: start, to: end) { return rows }
        if selection.isFew || collapses && start >= Self.far {
            // A little farther than the page, so that the next one is there too.
            let wanted = selection.isFew || overflows ? .max : end + end / 4
            let ids = try beginning { $0.count < wanted }
            learn {
                $0.beginning = ids
                $0.isWhole = ids.count < wanted
            }
            return Array(ids.prefix(end).dropFirst(start))
        }
        if collapses { return Array(try beginning { $0.count < end }.dropFirst(start)) }
        if start >= Self.far, let order = selection.arrivalOrder { return try distant(from: start, limit: limit, order) }
        return try rows(selection.source, selection.order, [], limit: limit, offset: start).map(\.email)
    }

    /// Rows far down: counted off from the nearest place that is known, or from either end.
    private mutating func distant(from start: Int, limit: Int, _ order: ArrivalOrder) throws -> [Int64] {
        let total = selection.wholeMailbox == nil ? nil : try self.total()
        var marks: [QueryCache.Mark]
        if let mark = known.mark(upTo: start), start - mark.position <= (total ?? .max) - start {
            let (condition, arguments) = order.condition(from: mark, after: selection.arguments.count)
            marks = try rows(selection.source + condition, selection.order, arguments, limit: limit, offset: start - mark.position)
        } else if let total, start > total / 2 {
            let count = min(limit, total - start)
            guard count > 0 else { return [] }
            marks = try rows(selection.source, order.reversed, [], limit: count, offset: total - start - count).reversed()
        } else {
            marks = try rows(selection.source, selection.order, [], limit: limit, offset: start)
        }
        for index in marks.indices { marks[index].position = start + index }
        if let first = marks.first, let last = marks.last { learn { $0.add([first, last]) } }
        return marks.map(\.email)
    }

    private mutating func learn(_ change: (inout QueryCache.Knowledge) -> Void) {
        change(&known)
        cache.keep(known, of: key)
    }

    /// Rows in order; where they stand is the caller's to say.
    private func rows(_ source: String, _ order: String, _ more: [SQLValue], limit: Int, offset: Int) throws -> [QueryCache.Mark] {
        let arguments = selection.arguments + more
        return try connection.rows(
            "SELECT \(selection.id), \(selection.receivedAt) \(source) \(order) LIMIT $\(arguments.count + 1) OFFSET $\(arguments.count + 2)",
            arguments + [limit.sql, offset.sql]
        ).map { QueryCache.Mark(position: 0, receivedAt: $0.int64(1), email: $0.int64(0)) }
    }

    /// Ids in order, of conversations the first one's, for as long as more are wanted.
    private func beginning(_ isWanting: ([Int64]) -> Bool) throws -> [Int64] {
        var ids: [Int64] = []
        var threads: Set<Int64> = []
        try connection.forEach(
            "SELECT \(selection.id), \(selection.thread) \(selection.source) \(selection.order)", selection.arguments
        ) { row in
            if collapses && !threads.insert(row.int64(1)).inserted { return true }
            ids.append(row.int64(0))
            return isWanting(ids)
        }
        return ids
    }

    // MARK: Anchors

    /// Where an email stands in the order.
    private func place(of anchor: Int64) throws -> Int {
        if let place = known.beginning.firstIndex(of: anchor) { return place }
        if known.isWhole { throw StoreError.anchorNotFound }
        if !collapses, let order = selection.arrivalOrder {
            if let mark = known.marks.first(where: { $0.email == anchor }) { return mark.position }
            let next = selection.arguments.count
            let row = try connection.row(
                "SELECT \(selection.receivedAt) \(selection.source) AND \(selection.id) = $\(next + 1)", selection.arguments + [anchor.sql])
            guard let row else { throw StoreError.anchorNotFound }
            let mark = QueryCache.Mark(position: 0, receivedAt: row.int64(0), email: anchor)
            let (condition, arguments) = order.condition(before: mark, after: next)
            return try count("count(*)", where: condition, arguments)
        }
        let ids = try beginning { $0.last != anchor }
        guard ids.last == anchor else { throw StoreError.anchorNotFound }
        return ids.count - 1
    }
}
