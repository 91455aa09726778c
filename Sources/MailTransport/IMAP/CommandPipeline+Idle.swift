import MailProtocol
import NIOCore

/// IDLE as a mode: wanted or not, interrupted by commands and taken up again.
struct IdleState {
    var isWanted = false
    /// Set while an IDLE command is in flight.
    var run: CommandRun?
    var dialogue: IMAP.IdleDialogue?
    /// The wish to end came before the server's `+`: DONE is due now.
    var owesDone = false
    /// When the present IDLE was asked for, or its end.
    var since = NIODeadline.now()
    var isEnding = false
    /// The server refused IDLE once: from then on it is asked by NOOP.
    var isRefused = false
    /// When it was last asked by NOOP.
    var polled = NIODeadline.now()
    var waiters: [Promise<Bool>] = []

    /// The tagged response came; returns who waited for that.
    mutating func ended(_ status: IMAP.Status) -> [Promise<Bool>] {
        if status.condition != .ok { isRefused = true }
        dialogue?.tagged()
        run = nil
        dialogue = nil
        owesDone = false
        isEnding = false
        defer { waiters = [] }
        return waiters
    }
}

extension CommandPipeline {
    /// Asks for news from now on, whenever no command runs.
    func setIdling(_ wanted: Bool) async throws(IMAPError) {
        let hasEnded = state.withLock { state in
            state.idle.isWanted = wanted
            state.idle.polled = .now()
            return state.hasEnded
        }
        guard !hasEnded else { throw endError(command: "IDLE") }
        if wanted { await startIdleIfWanted() } else { await stopIdle() }
        scheduleAlarm()
    }

    private func stopIdle() async {
        guard await acquireWriter(.interactive) else { return }
        _ = await interruptIdle()
        releaseWriter()
    }

    /// Sends IDLE if it is wanted and nothing else is going on; also the DONE that is due.
    func startIdleIfWanted() async {
        enum Action { case none, done, idle(CommandRun, [UInt8]) }
        let action = state.withLock { state -> Action in
            guard !state.hasEnded else { return .none }
            if state.idle.owesDone {
                state.idle.owesDone = false
                state.idle.isEnding = true
                state.idle.since = .now()
                return .done
            }
            guard state.idle.isWanted, !state.idle.isRefused, state.capabilities.hasIdle, state.idle.run == nil else { return .none }
            guard !state.writerIsHeld, state.inFlight.isEmpty, state.upgradeIsOver else { return .none }
            let tag = "P\(state.nextTag)"
            state.nextTag += 1
            let run = CommandRun(tag: tag, name: "IDLE", collector: NoCollector())
            state.inFlight.append(run)
            state.speaking = run
            state.began = .now()
            state.unsolicited = 0
            state.idle.run = run
            state.idle.dialogue = IMAP.IdleDialogue()
            state.idle.since = .now()
            return .idle(run, Array("\(tag) IDLE\r\n".utf8))
        }
        switch action {
        case .none: return
        case .done: try? await write(Array("DONE\r\n".utf8)[...], command: "IDLE")
        case .idle(_, let bytes):
            scheduleAlarm()
            try? await write(bytes[...], command: "IDLE")
        }
    }

    /// Ends IDLE if it is on and waits for that; the caller holds the writer. False: the connection or the task ended.
    func interruptIdle() async -> Bool {
        let promise = Promise<Bool>()
        enum Action { case goOn, wait, done, ended }
        let action = state.withLock { state -> Action in
            if state.hasEnded { return .ended }
            guard state.idle.run != nil else { return .goOn }
            state.idle.waiters.append(promise)
            return Self.endIdle(&state) ? .done : .wait
        }
        switch action {
        case .goOn: return true
        case .ended: return false
        case .wait: break
        case .done:
            scheduleAlarm()
            guard (try? await write(Array("DONE\r\n".utf8)[...], command: "IDLE")) != nil else { return false }
        }
        return await promise.value(ifCancelled: false)
    }

    /// True: DONE is to be sent now.
    static func endIdle(_ state: inout State) -> Bool {
        guard state.idle.dialogue?.end() == .sendDone else { return false }
        state.idle.isEnding = true
        state.idle.since = .now()
        return true
    }
}

extension CommandPipeline.State {
    /// No STARTTLS or COMPRESS between its OK and its effect.
    var upgradeIsOver: Bool { greeting == nil && !isLoggingOut }
}
