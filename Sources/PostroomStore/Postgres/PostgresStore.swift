import PostroomCore

extension SQLStore {
    /// Opens a PostgreSQL database by its URL (`postgres://user@host/name`) and brings the schema up to date.
    ///
    /// Throws `StoreError.failed` with the server's words where it can't be reached.
    public static func open(postgres url: String, clock: any Clock = SystemClock()) async throws -> SQLStore {
        try await SQLStore(database: PostgresDatabase(url: url), folder: nil, clock: clock, url: url)
    }
}
