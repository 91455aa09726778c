import MailProtocol
import Synchronization

/// How many connections one account may have at once, and who gets the next one.
///
/// Providers count connections an account: Gmail allows 15, Yahoo 5, Courier 4 an address. Whoever wants to connect takes a permit first
/// and connects while holding it. What a person waits for goes before what nobody waits for.
public final class ConnectionBudget: Sendable {
    private struct Waiter {
        let priority: IMAPPriority
        let promise: Promise<Bool>
    }

    private struct State {
        var limit: Int
        var inUse = 0
        var waiters: [Waiter] = []

        /// Takes as many waiters as there is room for.
        mutating func admitted() -> [Waiter] {
            let count = max(0, min(limit - inUse, waiters.count))
            defer { waiters.removeFirst(count) }
            inUse += count
            return Array(waiters.prefix(count))
        }
    }

    /// The right to one connection; given back by ``release()`` or when nobody holds it any more.
    public final class Permit: Sendable {
        private let budget: ConnectionBudget
        private let isReleased = Mutex(false)

        fileprivate init(_ budget: ConnectionBudget) { self.budget = budget }
        deinit { release() }

        public func release() {
            let isFirst = isReleased.withLock { released in
                defer { released = true }
                return !released
            }
            if isFirst { budget.giveBack() }
        }
    }

    private let wished: Int
    private let state: Mutex<State>

    /// - Parameter limit: at least 1. Four keeps below what the strictest services allow, with room for the person's own mail program.
    public init(limit: Int = 4) {
        wished = max(1, limit)
        state = Mutex(State(limit: max(1, limit)))
    }

    /// Connections that may be open at once, as far as is known now.
    public var limit: Int { state.withLock { $0.limit } }

    /// Connections that have a permit.
    public var inUse: Int { state.withLock { $0.inUse } }

    /// Who stands in line for one.
    public var waiting: Int { state.withLock { $0.waiters.count } }

    /// Waits for a permit; throws ``IMAPError/Cause/cancelled`` when the task is cancelled before there is one.
    public func acquire(_ priority: IMAPPriority = .normal) async throws(IMAPError) -> Permit {
        let promise = Promise<Bool>()
        let isNow = state.withLock { state in
            if state.inUse < state.limit {
                state.inUse += 1
                return true
            }
            let place = state.waiters.firstIndex { $0.priority < priority } ?? state.waiters.count
            state.waiters.insert(Waiter(priority: priority, promise: promise), at: place)
            return false
        }
        if isNow { return Permit(self) }
        guard await promise.value(ifCancelled: false) else {
            state.withLock { $0.waiters.removeAll { $0.promise === promise } }
            throw IMAPError(.cancelled)
        }
        return Permit(self)
    }

    /// The server refused a connection because there are too many: from now on one fewer than are in use, but never none.
    public func shrink() { state.withLock { $0.limit = max(1, min($0.limit, $0.inUse) - 1) } }

    /// A connection was taken without complaint: one more may be tried, up to what was wished at first.
    public func grow() {
        wake { state in state.limit = min(wished, state.limit + 1) }
    }

    private func giveBack() {
        wake { state in state.inUse -= 1 }
    }

    private func wake(_ change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            return state.admitted()
        }
        for waiter in admitted where !waiter.promise.fulfil(true) {
            // It was cancelled in the meantime; its place goes to the next one.
            giveBack()
        }
    }
}
