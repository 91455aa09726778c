import MailProtocol
import Synchronization

/// A bounded queue of events for one reader. When nobody reads, old events go and the reader is told how many.
final class EventQueue: Sendable {
    /// As many as a reader can lag behind before looking again is cheaper than catching up.
    static let capacity = 4_096
    /// And as many bytes of responses: a server chooses how large its news are.
    static let room = 4 * 1_024 * 1_024

    private enum Ending { case quiet, failed(IMAPError) }
    private typealias Waiter = CheckedContinuation<Result<IMAPEvent?, IMAPError>, Never>

    private struct State {
        /// A wait that has not begun yet ends at once.
        var isInterrupted = false
        var events: [IMAPEvent] = []
        var head = 0
        /// Bytes of the responses that the events were made of.
        var cost = 0
        var missed = 0
        var ending: Ending?
        var waiter: Waiter?

        mutating func pop() -> IMAPEvent? {
            if missed > 0 {
                defer { missed = 0 }
                return .missed(missed)
            }
            guard head < events.count else { return nil }
            defer {
                head += 1
                if head == events.count { drop() }
            }
            return events[head]
        }

        mutating func drop() {
            events = []
            head = 0
            cost = 0
        }
    }

    private let state = Mutex(State())

    /// - Parameter cost: bytes of the response that told it.
    func push(_ event: IMAPEvent, cost: Int) {
        let waiter = state.withLock { state -> Waiter? in
            guard state.ending == nil else { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            if state.events.count - state.head >= Self.capacity || state.cost + cost > Self.room {
                state.missed += state.events.count - state.head
                state.drop()
            }
            guard cost <= Self.room else {
                state.missed += 1
                return nil
            }
            state.events.append(event)
            state.cost += cost
            return nil
        }
        waiter?.resume(returning: .success(event))
    }

    /// Forgets what was said so far.
    func clear() {
        state.withLock { state in
            state.drop()
            state.missed = 0
        }
    }

    func end(_ error: IMAPError?) {
        let waiter = state.withLock { state -> Waiter? in
            guard state.ending == nil else { return nil }
            state.ending = error.map { .failed($0) } ?? .quiet
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    /// Ends the present wait without an event, or the next one where nobody waits now.
    func interrupt() {
        let waiter = state.withLock { state -> Waiter? in
            state.isInterrupted = state.waiter == nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: .success(nil))
    }

    func next() async throws(IMAPError) -> IMAPEvent? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: Waiter) in
                let (ready, displaced) = state.withLock { state -> (Result<IMAPEvent?, IMAPError>?, Waiter?) in
                    if let event = state.pop() { return (.success(event), nil) }
                    switch state.ending {
                    case .quiet: return (.success(nil), nil)
                    case .failed(let error): return (.failure(error), nil)
                    case nil: break
                    }
                    if state.isInterrupted || Task.isCancelled {
                        state.isInterrupted = false
                        return (.success(nil), nil)
                    }
                    defer { state.waiter = continuation }
                    return (nil, state.waiter)
                }
                // Two readers at once is a mistake of the caller: the first one ends.
                displaced?.resume(returning: .success(nil))
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: .success(nil))
        }
        return try result.get()
    }
}
