import MailProtocol
import Synchronization

/// What a FETCH delivers, in the order of the server.
public enum FetchEvent: Sendable, Hashable {
    case message(IMAP.FetchedMessage)
    /// UIDs that are gone since the mod-sequence asked about (QRESYNC).
    case vanished(UIDSet)
    /// A section too large for memory begins; its bytes follow, then its end, then the message without them.
    case literal(IMAP.StreamedLiteral)
    case literalBytes(IMAP.Bytes)
    case literalEnd

    var cost: Int {
        switch self {
        // Its response is charged for when it is known whose it is.
        case .message: 256
        case .literalBytes(let bytes): 64 + bytes.count
        default: 64
        }
    }
}

/// Between the connection's reader and the consumer of one FETCH: bounded, batched, and left by either side at any time.
final class FetchChannel: Sendable {
    /// Beyond so many bytes the reader waits for the consumer.
    static let highWatermark = 2 * 1_024 * 1_024

    private struct State {
        var events: [FetchEvent] = []
        var cost = 0
        var isFinished = false
        var failure: IMAPError?
        var isAbandoned = false
        var consumer: CheckedContinuation<Void, Never>?
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    /// Whether pieces of large literals are wanted; else they are dropped as they come.
    let wantsLiterals: Bool

    init(wantsLiterals: Bool) { self.wantsLiterals = wantsLiterals }

    // MARK: The reader's side

    /// Keeps an event without waking the consumer: that is done once for all events of a read.
    func push(_ event: FetchEvent) {
        state.withLock { state in
            guard !state.isAbandoned, !state.isFinished else { return }
            state.events.append(event)
            state.cost += event.cost
        }
    }

    /// Adds the bytes of the response that the last event was made of.
    func charge(_ bytes: Int) {
        state.withLock { if !$0.events.isEmpty { $0.cost += bytes } }
    }

    func wake() {
        let consumer = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.events.isEmpty || state.isFinished else { return nil }
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume()
    }

    func finish(_ error: IMAPError?) {
        let (consumer, reader) = state.withLock { state in
            if !state.isFinished {
                state.isFinished = true
                state.failure = error
            }
            defer {
                state.consumer = nil
                state.reader = nil
            }
            return (state.consumer, state.reader)
        }
        consumer?.resume()
        reader?.resume()
    }

    var isFull: Bool { state.withLock { $0.cost > Self.highWatermark && !$0.isAbandoned && !$0.isFinished } }

    /// Waits until the consumer has taken what there is, has gone, or the connection has ended.
    func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                guard state.cost > Self.highWatermark, !state.isAbandoned, !state.isFinished else { return true }
                state.reader = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
    }

    // MARK: The consumer's side

    /// Everything that has come, at least one event; empty at the end.
    func take() async throws(IMAPError) -> [FetchEvent] {
        while true {
            let (batch, end, reader) = state.withLock {
                state -> ([FetchEvent], Result<Void, IMAPError>?, CheckedContinuation<Void, Never>?) in
                let batch = state.events
                state.events = []
                state.cost = 0
                defer { state.reader = nil }
                if batch.isEmpty, state.isFinished { return (batch, state.failure.map { .failure($0) } ?? .success(()), state.reader) }
                return (batch, nil, state.reader)
            }
            reader?.resume()
            if !batch.isEmpty { return batch }
            if let end {
                try end.get()
                return []
            }
            if Task.isCancelled {
                abandon()
                throw IMAPError(.cancelled, command: "UID FETCH")
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let ready = state.withLock { state in
                        if !state.events.isEmpty || state.isFinished || state.isAbandoned { return true }
                        state.consumer = continuation
                        return false
                    }
                    if ready { continuation.resume() }
                }
            } onCancel: {
                abandon()
            }
        }
    }

    /// The consumer has gone: what still comes is dropped.
    func abandon() {
        let (consumer, reader) = state.withLock { state in
            state.isAbandoned = true
            state.events = []
            state.cost = 0
            defer {
                state.consumer = nil
                state.reader = nil
            }
            return (state.consumer, state.reader)
        }
        consumer?.resume()
        reader?.resume()
    }
}
