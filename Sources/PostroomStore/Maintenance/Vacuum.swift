import PostroomCore

extension SQLStore: StoreMaintaining {
    public func databaseSize() async throws -> Int64 { try await database.size() }

    public func vacuum() async throws { try await database.vacuum() }
}
