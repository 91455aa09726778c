/// What an administrator does for the database as a whole while Postroom works.
public protocol StoreMaintaining: Sendable {
    /// Octets that the database takes on its disk.
    func databaseSize() async throws -> Int64
    /// Gives space that removed mail left behind back to the system. Writes wait meanwhile.
    func vacuum() async throws
}
