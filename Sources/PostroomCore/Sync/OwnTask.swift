/// Runs `body` in a task of its own and waits for it.
///
/// A task keeps the stack that its deepest call needed until it ends. Tasks that live for as long as an account is watched stay small
/// when what goes deep (signing in, comparing folders) ends with a task of its own: some 50 KB an account.
func inOwnTask<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
