/// The order of arrival as conditions: a row's place in it is the row's own values, so that reading can begin at any row.
struct ArrivalOrder {
    /// `received_at` and `id` of what is selected.
    let columns: String
    let isAscending: Bool
    /// ORDER BY the other way round: both are a range of one index.
    let reversed: String

    /// Rows from one on. `count`: parameters there are already.
    func condition(from mark: QueryCache.Mark, after count: Int) -> (text: String, arguments: [SQLValue]) {
        condition(isAscending ? ">=" : "<=", mark, after: count)
    }

    /// Rows before one.
    func condition(before mark: QueryCache.Mark, after count: Int) -> (text: String, arguments: [SQLValue]) {
        condition(isAscending ? "<" : ">", mark, after: count)
    }

    private func condition(_ comparison: String, _ mark: QueryCache.Mark, after count: Int) -> (text: String, arguments: [SQLValue]) {
        (" AND (\(columns)) \(comparison) ($\(count + 1), $\(count + 2))", [mark.receivedAt.sql, mark.email.sql])
    }
}
