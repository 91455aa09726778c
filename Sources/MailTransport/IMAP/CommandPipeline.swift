import Logging
import MailProtocol
import NIOCore
import Synchronization

/// The engine of one connection: commands out in order, responses in, each to whom it belongs.
///
/// One task at a time reads, and none while nothing comes. Commands are written one after the other and may be in flight together; whoever waits for anything is always
/// resumed, by the answer or by the end of the connection.
final class CommandPipeline: Sendable {
    let connection: MailConnection
    let limits: IMAP.Limits
    let events = EventQueue()
    let state: Mutex<State>

    struct State {
        var framer: IMAP.Framer
        var ended: IMAPError?
        var hasEnded = false
        var isLoggingOut = false
        var greeting: Promise<Result<IMAP.Status, IMAPError>>?
        var nextTag = 1
        var encoding = IMAP.EncodingOptions()
        var capabilities = IMAP.Capabilities()
        var knowsCapabilities = false
        var inFlight: [CommandRun] = []
        /// Who gets a `+`: the command that is being written.
        var speaking: CommandRun?
        /// Where pieces of a streamed literal go; nil: dropped.
        var literalChannel: FetchChannel?

        var writerIsHeld = false
        var writerQueue: [WriterWaiter] = []
        var drained: [Promise<Bool>] = []

        var idle = IdleState()
        var progress = NIODeadline.now()
        var received = 0
        var alarm: NIODeadline?
        /// Greetings and commands have a start, before which silence is nobody's fault.
        var began = NIODeadline.now()
        var isHeldBack = false
        var unsolicited = 0
        var malformed = 0
        /// Bytes of responses that commands keep until they end, since the last tagged one.
        var collected = 0
        /// When something came that was asked for: who only keeps the line busy does not get on.
        var useful = NIODeadline.now()
    }

    struct WriterWaiter {
        let priority: IMAPPriority
        let promise: Promise<Bool>
    }

    init(connection: MailConnection, limits: IMAP.Limits) {
        self.connection = connection
        self.limits = limits
        state = Mutex(State(framer: IMAP.Framer(limits: limits)))
    }

    // MARK: Ending

    /// Ends the connection; every waiter is resumed. Nil: as wished.
    func end(_ error: IMAPError?) {
        struct Waiters {
            var runs: [CommandRun] = []
            var writers: [WriterWaiter] = []
            var drained: [Promise<Bool>] = []
            var idle: [Promise<Bool>] = []
            var greeting: Promise<Result<IMAP.Status, IMAPError>>?
        }
        let waiters = state.withLock { state -> Waiters? in
            guard !state.hasEnded else { return nil }
            state.hasEnded = true
            state.ended = error
            defer {
                state.inFlight = []
                state.writerQueue = []
                state.drained = []
                state.idle.waiters = []
                state.greeting = nil
                state.speaking = nil
                state.framer = IMAP.Framer(limits: limits)
            }
            return Waiters(
                runs: state.inFlight, writers: state.writerQueue, drained: state.drained, idle: state.idle.waiters,
                greeting: state.greeting)
        }
        guard let waiters else { return }
        connection.close()
        let reason = error ?? IMAPError(.closed)
        waiters.greeting?.fulfil(.failure(reason))
        for run in waiters.runs { run.complete(.failure(IMAPError(reason.cause, command: run.name))) }
        for writer in waiters.writers { writer.promise.fulfil(false) }
        for promise in waiters.drained + waiters.idle { promise.fulfil(false) }
        events.end(error)
    }

    /// Why nothing can be sent any more.
    func endError(command: String?) -> IMAPError {
        state.withLock { IMAPError($0.ended?.cause ?? .closed, command: command) }
    }

    // MARK: The writer's turn

    /// Waits for the right to write; false: the connection ended or the task was cancelled.
    func acquireWriter(_ priority: IMAPPriority) async -> Bool {
        let promise = Promise<Bool>()
        let now = state.withLock { state -> Bool? in
            if state.hasEnded { return false }
            if !state.writerIsHeld {
                state.writerIsHeld = true
                return true
            }
            // What a person waits for goes before what nobody waits for; among equals the first comes first.
            let place = state.writerQueue.firstIndex { $0.priority < priority } ?? state.writerQueue.count
            state.writerQueue.insert(WriterWaiter(priority: priority, promise: promise), at: place)
            return nil
        }
        if let now { return now }
        return await promise.value(ifCancelled: false)
    }

    func releaseWriter() {
        while true {
            let next = state.withLock { state -> WriterWaiter? in
                guard !state.writerQueue.isEmpty else {
                    state.writerIsHeld = false
                    return nil
                }
                return state.writerQueue.removeFirst()
            }
            guard let next else { return }
            // A waiter that was cancelled in the meantime does not take the turn.
            if next.promise.fulfil(true) { return }
        }
    }

    /// Waits until no command is in flight; the caller holds the writer.
    func drain() async -> Bool {
        let promise = Promise<Bool>()
        let now = state.withLock { state -> Bool? in
            if state.hasEnded { return false }
            if state.inFlight.isEmpty { return true }
            state.drained.append(promise)
            return nil
        }
        if let now { return now }
        return await promise.value(ifCancelled: false)
    }
}

/// Who goes first where several wait for one connection.
public enum IMAPPriority: Int, Sendable, Comparable, CaseIterable {
    case background, normal
    /// A person waits for it.
    case interactive

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
