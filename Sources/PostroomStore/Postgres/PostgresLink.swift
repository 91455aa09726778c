import Dispatch
import PostroomCore

/// A connection and the queue that it lives on, so that its blocking calls hold no thread of the concurrency pool.
///
/// `@unchecked` because libpq blocks: an actor would hold a thread of the pool while the server thinks, so a serial queue keeps the
/// connection instead. It is the only mutable state, it is touched on that queue alone, and the compiler can't see queues.
final class PostgresLink: @unchecked Sendable {
    private let queue = DispatchQueue(label: "postroom.postgres")
    private let url: String
    private let texts: SQLTextCache
    private var connection: PostgresConnection?

    init(url: String, texts: SQLTextCache) {
        self.url = url
        self.texts = texts
    }

    /// One transaction. A connection that was lost is made anew at the next one.
    func transaction<Value: Sendable>(
        _ begin: String, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try self.run(begin, body) })
            }
        }
    }

    /// A connection in a transaction. One that died since its last use (the server was restarted) is made anew at once: nothing
    /// has been asked of it yet.
    private func begun(_ begin: String) throws -> PostgresConnection {
        let connection = try usable()
        do {
            try connection.script(begin)
            return connection
        } catch {
            guard !connection.isUsable else { throw error }
            let fresh = try usable()
            try fresh.script(begin)
            return fresh
        }
    }

    /// Outside any transaction.
    func alone<Value: Sendable>(_ body: @escaping @Sendable (PostgresConnection) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body(try self.usable()) }) }
        }
    }

    private func usable() throws -> PostgresConnection {
        if connection?.isUsable != true { connection = try PostgresConnection(url: url, texts: texts) }
        guard let connection else { throw StoreError.failed("PostgreSQL: no connection") }
        return connection
    }

    private func run<Value>(_ begin: String, _ body: (any SQLConnection) throws -> Value) throws -> Value {
        let connection = try begun(begin)
        do {
            let value = try body(connection)
            try connection.script("COMMIT")
            return value
        } catch {
            // Should this fail too, the connection is of no more use and the server has rolled back.
            try? connection.script("ROLLBACK")
            if !connection.isIdle { self.connection = nil }
            throw error
        }
    }

    func close() {
        queue.sync { connection = nil }
    }
}
