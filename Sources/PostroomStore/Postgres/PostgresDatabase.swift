import PostroomCore
import Synchronization

/// A PostgreSQL database behind a fixed number of connections.
///
/// Reads see one snapshot (REPEATABLE READ). Writers of one account follow each other by the lock that `AccountTransaction`
/// takes; those of different accounts go side by side. `isDurable` is `synchronous_commit`.
final class PostgresDatabase: SQLDatabase {
    let dialect = SQLDialect.postgres
    private let links: PostgresLinks

    init(url: String, connections: Int = 8) {
        let texts = SQLTextCache(dialect: .postgres)
        links = PostgresLinks((0..<connections).map { _ in PostgresLink(url: url, texts: texts) })
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await links.with { try await $0.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body) }
    }

    func glance<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await read(body)
    }

    func readInBackground<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await read(body)
    }

    func write<Value: Sendable>(
        isDurable: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let begin = isDurable ? "BEGIN" : "BEGIN; SET LOCAL synchronous_commit = off"
        return try await links.with { try await $0.transaction(begin, body) }
    }

    func vacuum() async throws {
        try await links.with { try await $0.alone { try $0.script("VACUUM (ANALYZE)") } }
    }

    func size() async throws -> Int64 {
        try await read { try $0.row("SELECT pg_database_size(current_database())")?.int64(0) ?? 0 }
    }

    /// A connection that ends without a word is an error in the server's log.
    func settle() throws { links.close() }

    func close() throws { links.close() }
}

/// Connections that are lent, first come first served.
private final class PostgresLinks: Sendable {
    private struct State {
        var free: [PostgresLink]
        var waiting: [CheckedContinuation<PostgresLink, Never>] = []
    }

    private let all: [PostgresLink]
    private let state: Mutex<State>

    init(_ links: [PostgresLink]) {
        all = links
        state = Mutex(State(free: links))
    }

    func with<Value: Sendable>(_ body: (PostgresLink) async throws -> Value) async throws -> Value {
        let link = await withCheckedContinuation { continuation in
            let free = state.withLock { state -> PostgresLink? in
                if let link = state.free.popLast() { return link }
                state.waiting.append(continuation)
                return nil
            }
            if let free { continuation.resume(returning: free) }
        }
        defer {
            let next = state.withLock { state -> CheckedContinuation<PostgresLink, Never>? in
                if state.waiting.isEmpty {
                    state.free.append(link)
                    return nil
                }
                return state.waiting.removeFirst()
            }
            next?.resume(returning: link)
        }
        return try await body(link)
    }

    func close() {
        for link in all { link.close() }
    }
}
