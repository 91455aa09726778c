import Synchronization

/// One value for one waiter: the first to fulfil it wins, and a waiter whose task is cancelled gets the value given for that.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Value, Never>)
        case fulfilled(Value)
    }

    private let state = Mutex(State.open)

    /// Whether this call was the first.
    @discardableResult
    func fulfil(_ value: Value) -> Bool {
        let (first, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Value, Never>?) in
            switch state {
            case .open:
                state = .fulfilled(value)
                return (true, nil)
            case .waiting(let continuation):
                state = .fulfilled(value)
                return (true, continuation)
            case .fulfilled: return (false, nil)
            }
        }
        waiter?.resume(returning: value)
        return first
    }

    /// Waits; called once.
    func value(ifCancelled cancelled: Value) async -> Value {
        await withTaskCancellationHandler {
            await value()
        } onCancel: {
            fulfil(cancelled)
        }
    }

    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Value? in
                if case .fulfilled(let value) = state { return value }
                state = .waiting(continuation)
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}
