import NIOCore
import Synchronization

/// What has come from the network and who waits for it: shared by the event loop, which fills it, and one reader.
///
/// A lock instead of a hop to the event loop: a reader that keeps up takes buffers at the price of an uncontended lock.
final class Inbox: Sendable {
    typealias Delivery = Result<ByteBuffer?, TransportError>

    /// Reading from the socket stops above this many bytes, so that a server cannot fill our memory.
    static let highWatermark = 256 * 1024
    /// And goes on below this many.
    static let lowWatermark = 64 * 1024

    private struct State {
        var buffers: [ByteBuffer] = []
        var head = 0
        var size = 0
        var ending: Ending?
        var waiter: (continuation: CheckedContinuation<Delivery, Never>, deadline: NIODeadline)?
        /// Called once, when there is something to take: the reader that does not wait.
        var listener: (@Sendable () -> Void)?
        /// When the event loop will look for a waiter whose time is over; nil where nobody will.
        var alarm: NIODeadline?
        var isPaused = false
    }

    private enum Ending { case closed, failed(TransportError) }

    private let state = Mutex(State())

    /// Takes what is there without waiting; nil where a wait is needed. `resume` tells that the socket may be read again.
    ///
    /// - Parameter listener: where nothing is there, called once as soon as something is, or the end.
    func take(orTell listener: (@Sendable () -> Void)? = nil) -> (delivery: Delivery, resume: Bool)? {
        state.withLock { state in
            guard state.head < state.buffers.count else {
                switch state.ending {
                case .closed: return (.success(nil), false)
                case .failed(let error): return (.failure(error), false)
                case nil:
                    state.listener = listener
                    return nil
                }
            }
            let buffer = state.buffers[state.head]
            state.head += 1
            state.size -= buffer.readableBytes
            if state.head == state.buffers.count {
                // An idle connection keeps no storage.
                state.buffers = []
                state.head = 0
            }
            let resume = state.isPaused && state.size < Self.lowWatermark
            if resume { state.isPaused = false }
            return (.success(buffer), resume)
        }
    }

    /// Registers the one waiting reader; true where the event loop must set an alarm for `deadline`.
    func wait(_ continuation: CheckedContinuation<Delivery, Never>, until deadline: NIODeadline) -> Bool {
        let (ready, needsAlarm) = state.withLock { state -> (Delivery?, Bool) in
            if state.head < state.buffers.count {
                let buffer = state.buffers[state.head]
                state.head += 1
                state.size -= buffer.readableBytes
                return (.success(buffer), false)
            }
            switch state.ending {
            case .closed: return (.success(nil), false)
            case .failed(let error): return (.failure(error), false)
            case nil: break
            }
            // Two readers at once is a mistake of the caller: the second one fails, the first keeps its place.
            guard state.waiter == nil else { return (.failure(TransportError(.transfer, .protocolViolation("two readers"))), false) }
            state.waiter = (continuation, deadline)
            if let alarm = state.alarm, alarm <= deadline { return (nil, false) }
            state.alarm = deadline
            return (nil, true)
        }
        if let ready { continuation.resume(returning: ready) }
        return needsAlarm
    }

    /// Hands bytes to the reader or keeps them; true where reading from the socket must pause.
    func deliver(_ buffer: ByteBuffer) -> Bool {
        let (waiter, listener, pause) = state.withLock { state -> (CheckedContinuation<Delivery, Never>?, (@Sendable () -> Void)?, Bool) in
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter.continuation, nil, false)
            }
            guard state.ending == nil else { return (nil, nil, false) }
            state.buffers.append(buffer)
            state.size += buffer.readableBytes
            defer { state.listener = nil }
            guard state.size > Self.highWatermark, !state.isPaused else { return (nil, state.listener, false) }
            state.isPaused = true
            return (nil, state.listener, true)
        }
        waiter?.resume(returning: .success(buffer))
        listener?()
        return pause
    }

    /// Ends the stream: nil for an orderly close, else the reason. The first ending counts; bytes that came before stay readable.
    func end(_ error: TransportError?) {
        let (waiter, listener, delivery) = state.withLock {
            state -> (CheckedContinuation<Delivery, Never>?, (@Sendable () -> Void)?, Delivery) in
            if state.ending == nil { state.ending = error.map { .failed($0) } ?? .closed }
            let delivery: Delivery =
                if case .failed(let first) = state.ending { .failure(first) } else { .success(nil) }
            defer {
                state.waiter = nil
                state.listener = nil
            }
            return (state.waiter?.continuation, state.listener, delivery)
        }
        waiter?.resume(returning: delivery)
        listener?()
    }

    /// What the alarm finds: the waiter's time is over, or when to look again, or nobody waits.
    enum Alarm { case expired, later(NIODeadline), idle }

    func alarm(at now: NIODeadline) -> Alarm {
        state.withLock { state in
            guard let waiter = state.waiter else {
                state.alarm = nil
                return .idle
            }
            guard waiter.deadline > now else {
                state.alarm = nil
                return .expired
            }
            state.alarm = waiter.deadline
            return .later(waiter.deadline)
        }
    }

    /// Whether reading from the socket waits for the reader.
    var isPaused: Bool { state.withLock { $0.isPaused } }

    /// Bytes nobody has taken.
    var bufferedBytes: Int { state.withLock { $0.size } }

    /// The error the stream ended with, nil while it is open or after an orderly close.
    var failure: TransportError? {
        state.withLock { if case .failed(let error) = $0.ending { error } else { nil } }
    }

    var hasEnded: Bool { state.withLock { $0.ending != nil } }
}
