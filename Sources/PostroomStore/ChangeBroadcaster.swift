import PostroomCore
import Synchronization

/// Tells every reader of the feed about commits. A slow reader gets an account's states merged, never none of them.
final class ChangeBroadcaster: Sendable {
    private struct Weak {
        weak var subscriber: Subscriber?
    }

    private let subscribers = Mutex<[Weak]>([])

    /// The stream ends with the broadcaster or when its task is cancelled.
    func subscribe() -> AsyncStream<StateChange> {
        let subscriber = Subscriber()
        subscribers.withLock { subscribers in
            subscribers.removeAll { $0.subscriber == nil }
            subscribers.append(Weak(subscriber: subscriber))
        }
        return AsyncStream { await subscriber.next() }
    }

    func send(_ change: StateChange) {
        for weak in subscribers.withLock({ $0 }) { weak.subscriber?.offer(change) }
    }

    func finish() {
        for weak in subscribers.withLock({ $0 }) { weak.subscriber?.finish() }
    }
}

/// One reader: what it has not taken yet, an entry an account.
private final class Subscriber: Sendable {
    private struct State {
        var order: [AccountID] = []
        var pending: [AccountID: StateChange] = [:]
        var waiting: CheckedContinuation<StateChange?, Never>?
        var isFinished = false
    }

    private let state = Mutex(State())

    func offer(_ change: StateChange) {
        let waiting = state.withLock { state -> CheckedContinuation<StateChange?, Never>? in
            if let waiting = state.waiting {
                state.waiting = nil
                return waiting
            }
            if var merged = state.pending[change.accountID] {
                merged.states.merge(change.states) { max($0, $1) }
                merged.accountChanged = merged.accountChanged || change.accountChanged
                merged.accessChanged = merged.accessChanged || change.accessChanged
                state.pending[change.accountID] = merged
            } else {
                state.order.append(change.accountID)
                state.pending[change.accountID] = change
            }
            return nil
        }
        waiting?.resume(returning: change)
    }

    func next() async -> StateChange? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> StateChange?? in
                    if !state.order.isEmpty { return .some(state.pending.removeValue(forKey: state.order.removeFirst())) }
                    if state.isFinished || Task.isCancelled { return .some(nil) }
                    state.waiting = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            finish()
        }
    }

    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: nil)
    }
}
