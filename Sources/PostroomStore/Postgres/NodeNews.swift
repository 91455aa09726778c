import PostroomCore
import Synchronization

/// Brings what other nodes commit into this node's feed (LISTEN/NOTIFY).
///
/// A notice is part of the transaction that it tells of. After an outage of the connection every account's states are told,
/// since any of them may have moved meanwhile.
final class NodeNews: Sendable {
    static let channel = "postroom_changes"

    private let listener: PostgresListener
    private let isStarted = Atomic(false)

    init(url: String, database: any SQLDatabase, origin: String, feed: ChangeBroadcaster) {
        listener = PostgresListener(url: url, channels: [Self.channel]) { event in
            switch event {
            case .notified(_, let payload):
                guard let (node, change) = Self.read(payload), node != origin else { return }
                feed.send(change)
            case .connected(isAgain: false): break
            case .connected(isAgain: true):
                Task {
                    for change in (try? await Self.everything(database)) ?? [] { feed.send(change) }
                }
            }
        }
    }

    func start() {
        if !isStarted.exchange(true, ordering: .relaxed) { listener.start() }
    }

    func close() { listener.close() }

    static func tell(_ change: StateChange, from origin: String, _ connection: any SQLConnection) throws {
        guard connection.dialect == .postgres else { return }
        _ = try connection.row(
            "SELECT CASE WHEN pg_notify($1, $2) IS NULL THEN 0 ELSE 1 END", [channel.sql, text(change, from: origin).sql])
    }

    /// `NODE ACCOUNT BITS column=state,...`; bits: 1 the account changed, 2 who may use it did.
    static func text(_ change: StateChange, from origin: String) -> String {
        let states = change.states.sorted { $0.key.number < $1.key.number }.map { "\($0.key.column)=\($0.value)" }
        let bits = (change.accountChanged ? 1 : 0) + (change.accessChanged ? 2 : 0)
        return "\(origin) \(change.accountID) \(bits) \(states.joined(separator: ","))"
    }

    static func read(_ text: String) -> (node: String, change: StateChange)? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 4, let account = Int64(words[1]), let bits = Int(words[2]) else { return nil }
        var states: [DataType: Int64] = [:]
        for pair in words[3].split(separator: ",") {
            let parts = pair.split(separator: "=")
            guard parts.count == 2, let state = Int64(parts[1]), let type = DataType.allCases.first(where: { $0.column == parts[0] })
            else { return nil }
            states[type] = state
        }
        let change = StateChange(
            accountID: AccountID(account), states: states, accountChanged: bits & 1 != 0, accessChanged: bits & 2 != 0)
        return (String(words[0]), change)
    }

    private static func everything(_ database: any SQLDatabase) async throws -> [StateChange] {
        try await database.read { connection in
            let columns = DataType.allCases.map(\.column).joined(separator: ", ")
            return try connection.rows("SELECT account_id, \(columns) FROM account_states").map { row in
                let states = DataType.allCases.enumerated().map { ($1, row.int64($0 + 1)) }
                return StateChange(
                    accountID: row.id(0), states: Dictionary(uniqueKeysWithValues: states), accountChanged: true, accessChanged: true)
            }
        }
    }
}
