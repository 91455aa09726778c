import PostroomCore
import Synchronization

/// What this node does when another tells it something; set once the parts that do it are there.
final class NodeCommands: Sendable {
    private let action = Mutex<(@Sendable (NodeCommand) async -> Void)?>(nil)

    func set(_ action: @escaping @Sendable (NodeCommand) async -> Void) { self.action.withLock { $0 = action } }

    func carryOut(_ command: NodeCommand) async { await action.withLock { $0 }?(command) }
}

/// Changes of the accounts that this node works for: what is told outside once (push) must not be told by every node.
struct OwnChanges: ChangeFeed {
    var changes: any ChangeFeed
    var sharing: (any AccountSharing)?

    func stateChanges() -> AsyncStream<StateChange> {
        guard let sharing else { return changes.stateChanges() }
        let all = changes.stateChanges()
        return AsyncStream { continuation in
            let task = Task {
                for await change in all where sharing.holds(change.accountID) { continuation.yield(change) }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
