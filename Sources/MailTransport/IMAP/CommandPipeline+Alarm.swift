import MailProtocol
import NIOCore

/// One timer for a connection: greeting, silent commands, IDLE that must be renewed or proven alive.
extension CommandPipeline {
    private enum Due { case never, at(NIODeadline), silence(String), renewIdle, poll }

    func scheduleAlarm() {
        let deadline = state.withLock { state -> NIODeadline? in
            guard case .at(let deadline) = due(state, now: .now()) else { return nil }
            // An alarm that is set already looks again on its own.
            if let alarm = state.alarm, alarm <= deadline { return nil }
            state.alarm = deadline
            return deadline
        }
        guard let deadline else { return }
        // Weak: a connection that nobody holds is not kept by its timer.
        connection.channel.eventLoop.scheduleTask(deadline: deadline) { [weak self] in self?.alarm() }
    }

    private func alarm() {
        let now = NIODeadline.now()
        let due = state.withLock { state -> Due in
            if let alarm = state.alarm, alarm > now { return .never }
            state.alarm = nil
            let due = self.due(state, now: now)
            switch due {
            case .renewIdle: if !Self.endIdle(&state) { return .never }
            case .poll: state.idle.polled = now
            default: break
            }
            return due
        }
        switch due {
        case .never: break
        case .at: scheduleAlarm()
        case .silence(let command):
            let stage: TransportError.Stage = command == "greeting" ? .greeting : .transfer
            end(IMAPError(.transport(TransportError(stage, .timedOut)), command: command == "greeting" ? nil : command))
        case .renewIdle:
            // The loop's thread can't wait for a write; this task lives for one.
            Task { try? await write(Array("DONE\r\n".utf8)[...], command: "IDLE") }
            scheduleAlarm()
        case .poll:
            // The answer comes to the reader; what it tells becomes events.
            Task { _ = try? await run(.noop, collecting: NoCollector(), options: .init(priority: .background)) }
            scheduleAlarm()
        }
    }

    /// When something must have happened, or what must be done now.
    private func due(_ state: State, now: NIODeadline) -> Due {
        guard !state.hasEnded else { return .never }
        func check(_ deadline: NIODeadline, _ late: Due) -> Due { deadline <= now ? late : .at(deadline) }
        if state.greeting != nil { return check(state.began + TimeAmount(limits.greeting), .silence("greeting")) }
        if let run = state.inFlight.first {
            if run === state.idle.run {
                if state.idle.isEnding || state.speaking === run {
                    return check(state.idle.since + TimeAmount(limits.proofOfLife), .silence("IDLE"))
                }
                return check(state.idle.since + TimeAmount(limits.idleRenewal), .renewIdle)
            }
            // While the consumer of a FETCH holds the reader back, silence is not the server's.
            if state.isHeldBack { return .at(now + TimeAmount(limits.silence)) }
            let silent = max(state.progress, state.began) + TimeAmount(limits.silence)
            let useless = max(state.useful, state.began) + TimeAmount(limits.uselessness)
            return check(min(silent, useless), .silence(run.name))
        }
        guard state.idle.isWanted, state.idle.isRefused || !state.capabilities.hasIdle else { return .never }
        return check(state.idle.polled + TimeAmount(limits.pollInterval), .poll)
    }
}
