import PostroomCore

extension SQLStore {
    public func query(_ query: EmailQuery, window: QueryWindow, of account: AccountID) async throws -> QueryPage {
        try await read { [queries] connection in
            let states = try connection.row("SELECT email FROM account_states WHERE account_id = $1", [account.sql])
            guard let states else { throw StoreError.notFound(what: "account \(account)") }
            var lookup: SearchLookup?
            let selection = try EmailSelection(query, account: account, dialect: connection.dialect) { terms, field in
                let words = try lookup ?? SearchLookup(connection, account: account)
                lookup = words
                return try queries.emails(
                    with: QueryCache.Words(account: account, segments: words.live, terms: terms, field: field)
                ) { try words.emails(with: terms, in: field) }
            }
            var reader = QueryReader(
                connection, selection, account: account, collapses: query.collapseThreads, cache: queries, state: states.int64(0))
            return try reader.page(window)
        }
    }
}
