import NIOCore
import NIOPosix
import Synchronization

/// Threads for calls of libc that block: `getaddrinfo` and `res_nquery`.
///
/// A pool of our own, so that a dead name server stalls lookups and not the file work of others on the shared pool.
enum LookupThreads {
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()

    /// The result of `work`, nil when `timeout` passes or the task is cancelled first.
    static func run<Value: Sendable>(timeout: TimeAmount, _ work: @escaping @Sendable () -> Value) async -> Value? {
        let answer = OneAnswer<Value?>()
        pool.submit { state in answer.give(state == .active ? work() : nil) }
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: timeout) { answer.give(nil) }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await answer.value()
        } onCancel: {
            answer.give(nil)
        }
    }
}

/// A value that several may offer and one waits for; the first offer counts.
final class OneAnswer<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Value, Never>)
        case given(Value)
    }

    private let state = Mutex(State.open)

    func give(_ value: Value) {
        let waiter = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .open:
                state = .given(value)
                return nil
            case .waiting(let continuation):
                state = .given(value)
                return continuation
            case .given: return nil
            }
        }
        waiter?.resume(returning: value)
    }

    /// Waits for the first offer; called once.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Value? in
                if case .given(let value) = state { return value }
                state = .waiting(continuation)
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}
