import Synchronization

/// Wakes one waiting task; what happened while nobody waited is kept until somebody does.
public final class WakeSignal: Sendable {
    public struct Reason: OptionSet, Sendable, Hashable {
        public let rawValue: Int

        public init(rawValue: Int) { self.rawValue = rawValue }

        /// A write to the server may be queued.
        public static let operations = Reason(rawValue: 1)
        /// Somebody wants a look at the server now.
        public static let syncNow = Reason(rawValue: 2)
        /// A message may wait to be sent.
        public static let outbox = Reason(rawValue: 4)
        /// Emails may wait for the full text index.
        public static let index = Reason(rawValue: 8)
        /// A person waits for this connection.
        public static let yield = Reason(rawValue: 16)
        /// The account's work is to end.
        static let end = Reason(rawValue: 32)
    }

    private struct State {
        var reasons: Reason = []
        var waiter: CheckedContinuation<Void, Never>?
        var interrupt: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    public init() {}

    public func signal(_ reason: Reason) {
        let (waiter, interrupt) = state.withLock { state in
            state.reasons.formUnion(reason)
            defer {
                state.waiter = nil
                state.interrupt = nil
            }
            return (state.waiter, state.interrupt)
        }
        waiter?.resume()
        interrupt?()
    }

    /// What has come in; forgets it.
    public func take() -> Reason {
        state.withLock { state in
            defer { state.reasons = [] }
            return state.reasons
        }
    }

    /// What has come in; it stays.
    public var pending: Reason { state.withLock { $0.reasons } }

    public var isSignalled: Bool { !pending.isEmpty }

    /// Returns once something has come in, or the task is cancelled. One task at a time may wait.
    public func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    // A cancelled task's handler may have run before this.
                    if !state.reasons.isEmpty || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }

    /// Does something that `interrupt` ends: called once, by whoever signals, as soon as something has come in. No task waits beside `body`.
    func during<Value>(_ body: () async throws -> Value, interrupt: @escaping @Sendable () -> Void) async rethrows -> Value {
        let isDue = state.withLock { state in
            guard state.reasons.isEmpty else { return true }
            state.interrupt = interrupt
            return false
        }
        if isDue { interrupt() }
        defer { state.withLock { $0.interrupt = nil } }
        return try await body()
    }

    /// ``wait()``, but not longer than `limit`.
    public func wait(atMost limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
