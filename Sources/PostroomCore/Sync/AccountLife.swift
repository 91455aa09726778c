import Logging

/// One account's life: receiving and sending, each in its own task, with errors and back-off of its own.
///
/// No error leaves it: whatever happens ends in the account's status, and is tried again when that makes sense.
final class AccountLife: Sendable {
    let id: AccountID
    let syncWake = WakeSignal()
    private let outboxWake = WakeSignal()
    private let errands: Errands
    let suspects = FetchSuspects()
    let finished = Latch()
    private let parts: AccountParts
    private let connections: ServerConnections
    private let lanes: SessionLanes
    private let indexing: Turns
    private let memory: MemoryReturn

    init(_ id: AccountID, parts: AccountParts, connections: ServerConnections, lanes: SessionLanes, indexing: Turns, memory: MemoryReturn) {
        self.id = id
        self.parts = parts
        self.connections = connections
        self.lanes = lanes
        self.indexing = indexing
        self.memory = memory
        // What an earlier run left.
        errands = Errands([.index, .outbox])
    }

    /// Until cancelled or stopped.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.receive() }
            while let due = await errands.next() {
                if due.contains(.outbox) { group.addTask { await self.send() } }
                if due.contains(.index) { group.addTask { await self.index() } }
            }
            group.cancelAll()
        }
    }

    func stop() { errands.end() }

    var isStopped: Bool { errands.isEnded }

    /// A message may wait to be sent.
    func wakeOutbox() {
        outboxWake.signal(.outbox)
        errands.want(.outbox)
    }

    private func send() async {
        await OutboxRunner(account: id, parts: parts, lanes: lanes, wake: outboxWake).run()
        errands.done(.outbox)
    }

    /// The words of what came in without them, once everything is listed.
    private func index() async {
        do {
            let added = try await SearchIndexing(account: id, store: parts.mail, turns: indexing).run()
            if added > 0 { memory.finished.signal(.index) }
        } catch is CancellationError {
        } catch {
            parts.logger.warning("indexing interrupted", metadata: ["account": "\(id)", "error": "\(error)"])
            // Full disks and lost databases are told by whoever writes mail; the next look wakes this again.
        }
        errands.done(.index)
    }

    // MARK: Receiving

    private func receive() async {
        var backOff = BackOff()
        var attentions = 0
        while !Task.isCancelled {
            let account: Account
            do {
                // An account that is not there any more has nothing to receive.
                guard let found = try await inOwnTask({ try await self.parts.directory.account(self.id) }) else { return }
                account = found
            } catch {
                await syncWake.wait(atMost: .seconds(30))
                continue
            }
            guard account.settings.receiveEnabled, !account.settings.isPaused else {
                await syncWake.wait()
                _ = syncWake.take()
                continue
            }
            let status = StatusKeeper(account: id, status: account.status, store: parts.directory, clock: parts.clock)
            do {
                try await connectAndFollow(account, status: status) {
                    backOff.reset()
                    attentions = 0
                }
            } catch is CancellationError {
                return
            } catch is ConnectionYielded {
                // The next permit comes once the person has had the connection.
                continue
            } catch {
                if Task.isCancelled { return }
                await recover(from: error, status: status, backOff: &backOff, attentions: &attentions)
            }
        }
    }

    private func recover(from error: any Error, status: StatusKeeper, backOff: inout BackOff, attentions: inout Int) async {
        let failure =
            error as? MailFailure
            ?? MailFailure(Self.diagnosis(of: error), retry: error as? StoreError == .overQuota ? .afterAttention : .later)
        parts.logger.info(
            "account interrupted",
            metadata: [
                "account": "\(id)", "cause": "\(failure.diagnosis.cause.rawValue)", "stage": "\(failure.diagnosis.stage.rawValue)",
                "server": "\(failure.diagnosis.serverText)",
            ])
        if failure.diagnosis.cause == .diskFull, let maintenance = parts.maintenance {
            // No connection is made for mail that can't be stored; the first octets of room end the wait.
            await status.waiting(failure.diagnosis, until: until(.seconds(1)))
            try? await maintenance.waitForRoom()
            return
        }
        let wait: Duration
        if failure.retry == .afterAttention {
            // Asking again and again with a wrong password locks accounts: seldom, and less and less.
            wait = attentions == 0 ? .seconds(300) : attentions == 1 ? .seconds(1_800) : .seconds(6 * 3_600)
            attentions += 1
            await status.needsAttention(failure.diagnosis, until: until(wait))
        } else {
            // The next connection goes around the message that this one died of.
            wait = suspects.takeNews() == .proof ? .seconds(1) : backOff.next(random: Double.random(in: 0..<1))
            await status.waiting(failure.diagnosis, until: until(wait))
        }
        let deadline = ContinuousClock.now + wait
        while !Task.isCancelled, ContinuousClock.now < deadline {
            await syncWake.wait(atMost: deadline - .now)
            // Only a person's wish cuts the wait short; a queued write waits for the server like everything else.
            if syncWake.take().contains(.syncNow) { return }
        }
    }

    private func until(_ wait: Duration) -> Timestamp { parts.clock.now().adding(milliseconds: Int64(SyncRunner.milliseconds(wait))) }

    static func diagnosis(of error: any Error) -> Diagnosis {
        switch error {
        case StoreError.overQuota: Diagnosis(stage: .sync, cause: .storageQuotaReached, side: .imap)
        case StoreError.diskFull: Diagnosis(stage: .sync, cause: .diskFull, side: .imap)
        case let failure as MailFailure: failure.diagnosis
        default: Diagnosis(stage: .sync, cause: .internalError, side: .imap, details: ["reason": "\(type(of: error))"])
        }
    }

    /// One session from sign-in to its end, which is always an error.
    private func connectAndFollow(_ account: Account, status: StatusKeeper, onSuccess: () -> Void) async throws {
        let held = try await inOwnTask {
            try await self.connections.open(.mirror, of: self.id, with: self.parts) { await status.connecting() }
        }
        // Asked from before: the one who wanted it has been served.
        _ = syncWake.take()
        held.permit.onDemand { [syncWake] in syncWake.signal(.yield) }
        do {
            try await follow(CautiousSession(held.session, suspects: suspects), account: account, status: status, onSuccess: onSuccess)
        } catch {
            await held.close()
            throw error
        }
    }

    private func follow(_ session: any MailSession, account: Account, status: StatusKeeper, onSuccess: () -> Void) async throws {
        let runner = SyncRunner(
            account: id, session: session, store: parts.mail,
            settings: SyncRunner.Settings(
                historyDays: account.settings.historyDays, excludedFolders: account.settings.excludedFolders),
            clock: parts.clock, logger: parts.logger, wake: syncWake
        ) { progress in
            await status.syncing(progress)
        }
        try await inOwnTask {
            _ = try await runner.catchUp()
            await status.upToDate()
            _ = await runner.takeNewestArrival()
        }
        errands.want(.index)
        memory.finished.signal(.index)
        onSuccess()
        let watchesAll = try await inOwnTask { try await self.watchAll(session) }
        var lastLook = ContinuousClock.now
        var quietLooks = 0
        while true {
            try Task.checkCancellation()
            // Folders that IDLE does not watch are looked at less often the longer nothing happens, up to five minutes.
            // Where one connection watches all of them, a look is only the proof that nothing was missed.
            let interval =
                watchesAll
                ? max(parts.lookInterval, .seconds(900))
                : min(parts.lookInterval * (1 + min(quietLooks, 4)), max(parts.lookInterval, .seconds(300)))
            let untilLook = max(.zero, lastLook + interval - .now)
            try await inOwnTask { try await runner.selectInbox() }
            let events = try await wait(on: session, atMost: min(untilLook, parts.heartbeat))
            let reasons = syncWake.take()
            if reasons.contains(.yield) { throw ConnectionYielded() }
            let isLookDue = reasons.contains(.syncNow) || ContinuousClock.now - lastLook >= interval
            let changed = try await inOwnTask {
                try await self.turn(runner, events, looks: isLookDue, isThorough: reasons.contains(.syncNow), status: status)
            }
            if isLookDue {
                quietLooks = changed ? 0 : quietLooks + 1
                if changed { errands.want(.index) }
                lastLook = .now
            } else if !events.isEmpty {
                quietLooks = 0
                // A folder that is new, or grew a lot, came without its words.
                errands.want(.index)
            }
        }
    }

    /// What there is to do after a wait: queued writes, then a look at everything or at what was said. True where a look found something.
    private func turn(
        _ runner: SyncRunner, _ events: [SessionEvent], looks: Bool, isThorough: Bool, status: StatusKeeper
    ) async throws -> Bool {
        try await runner.runOperations()
        var changed = false
        if looks {
            changed = try await runner.lookAgain(isThorough: isThorough)
        } else if !events.isEmpty {
            try await runner.follow(events)
            if let receivedAt = await runner.takeNewestArrival() { await status.arrived(receivedAt: receivedAt) }
        } else {
            await status.alive()
            return false
        }
        await status.upToDate(isAsked: isThorough)
        return changed
    }

    /// NOTIFY where the server has it; a server that offers and refuses it is watched like one without.
    private func watchAll(_ session: any MailSession) async throws -> Bool {
        do {
            return try await session.watchAllMailboxes()
        } catch let failure as MailFailure where failure.isConnectionUsable {
            return false
        }
    }

    /// Waits until the server says something, somebody wants something or the time is over.
    private func wait(on session: any MailSession, atMost limit: Duration) async throws -> [SessionEvent] {
        let deadline = ContinuousClock.now + limit
        while try await !isWanted() {
            let left = deadline - .now
            guard left > .zero else { break }
            let events = try await syncWake.during {
                try await session.waitForChanges(atMost: left)
            } interrupt: {
                session.stopWaiting()
            }
            try Task.checkCancellation()
            if !events.isEmpty { return events }
        }
        return []
    }

    /// Whether there is something to do; of what wakes this some was done meanwhile.
    private func isWanted() async throws -> Bool {
        // Taken before it is looked at: what is queued after the look signals anew.
        let reasons = syncWake.take()
        if reasons.isEmpty { return false }
        if reasons == .operations, try await parts.mail.dueOperations(at: parts.clock.now(), limit: 1, of: id).isEmpty { return false }
        syncWake.signal(reasons)
        return true
    }
}
