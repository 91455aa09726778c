import PostroomCore

/// The segments of an account's index as rows.
struct SearchSegments {
    let connection: any SQLConnection
    let account: AccountID

    struct Segment {
        var id: Int64
        var bytes: Int
    }

    /// What searches read.
    func live() throws -> [Segment] {
        try connection.rows("SELECT id, bytes FROM search_segments WHERE account_id = $1 AND is_live = 1 ORDER BY id", [account.sql])
            .map { Segment(id: $0.int64(0), bytes: $0.int(1)) }
    }

    func add(_ id: Int64, bytes: Int, isLive: Bool) throws {
        try connection.execute(
            "INSERT INTO search_segments (account_id, id, is_live, bytes) VALUES ($1, $2, $3, $4)",
            [account.sql, id.sql, isLive.sql, bytes.sql])
    }

    func write(_ blocks: [SearchBlock], to segment: Int64) throws {
        try connection.insert(
            blocks.map { [account.sql, segment.sql, $0.firstKey.sql, $0.words.sql, $0.positions.sql] }, Self.insertBlock)
    }

    private static let insertBlock = SQLInsert(into: "search_blocks", ["account_id", "segment_id", "first_key", "words", "positions"])

    /// `into` takes the place of `segments`.
    func replace(_ segments: [Int64], by into: Int64, bytes: Int) throws {
        try connection.execute(
            "UPDATE search_segments SET is_live = 0 WHERE account_id = $1 AND id {in $2}", [account.sql, .integers(segments)])
        try connection.execute(
            "UPDATE search_segments SET is_live = 1, bytes = $3 WHERE account_id = $1 AND id = $2", [account.sql, into.sql, bytes.sql])
    }

    /// Segments that nothing reads: replaced ones, and what a merge that was broken off had written.
    func dead() throws -> [Int64] {
        try connection.rows("SELECT id FROM search_segments WHERE account_id = $1 AND is_live = 0", [account.sql]).map { $0.int64(0) }
    }

    /// Removes up to `limit` blocks of a segment, and the segment with its last ones. Returns whether it is gone.
    func remove(_ segment: Int64, limit: Int = 500) throws -> Bool {
        let count = try connection.execute(
            """
            DELETE FROM search_blocks WHERE account_id = $1 AND segment_id = $2 AND first_key IN (
                SELECT first_key FROM search_blocks WHERE account_id = $1 AND segment_id = $2 ORDER BY first_key LIMIT $3)
            """, [account.sql, segment.sql, limit.sql])
        guard count < limit else { return false }
        try connection.execute("DELETE FROM search_segments WHERE account_id = $1 AND id = $2", [account.sql, segment.sql])
        return true
    }

    /// The blocks that may hold keys from `lower` up to before `upper`, until `body` returns false.
    func forEachBlock(
        of segment: Int64, from lower: [UInt8], before upper: [UInt8], withPositions: Bool,
        _ body: (SearchBlockReader, [UInt8]) throws -> Bool
    ) throws {
        let arguments: [SQLValue] = [account.sql, segment.sql, lower.sql, upper.sql, [UInt8]().sql]
        try connection.forEach(withPositions ? Self.blocksWithPositions : Self.blocks, arguments) { row in
            try body(SearchBlockReader(row.bytes(0)), withPositions ? row.bytes(1) : [])
        }
    }

    /// One page of a segment's blocks in order: from the one that may hold `key`, or behind the one that begins with it.
    func page(of segment: Int64, _ start: SearchMerge.Start, limit: Int) throws -> [SearchBlock] {
        let rows =
            switch start {
            case .holding(let key):
                try connection.rows(Self.pageHolding, [account.sql, segment.sql, key.sql, limit.sql, [UInt8]().sql])
            case .behind(let key): try connection.rows(Self.pageBehind, [account.sql, segment.sql, key.sql, limit.sql])
            }
        return rows.map { SearchBlock(firstKey: $0.bytes(0), words: $0.bytes(1), positions: $0.bytes(2)) }
    }

    private static func select(_ columns: String, _ condition: String) -> String {
        "SELECT \(columns) FROM search_blocks WHERE account_id = $1 AND segment_id = $2 AND \(condition)"
    }

    /// The last block that begins at or before the key $3 may hold it.
    private static let holding = """
        first_key >= coalesce((SELECT first_key FROM search_blocks WHERE account_id = $1 AND segment_id = $2 AND first_key <= $3
            ORDER BY first_key DESC LIMIT 1), $5)
        """
    private static let blocks = select("words", "\(holding) AND first_key < $4 ORDER BY first_key")
    private static let blocksWithPositions = select("words, positions", "\(holding) AND first_key < $4 ORDER BY first_key")
    private static let pageHolding = select("first_key, words, positions", "\(holding) ORDER BY first_key LIMIT $4")
    private static let pageBehind = select("first_key, words, positions", "first_key > $3 ORDER BY first_key LIMIT $4")
}
