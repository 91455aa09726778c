import Logging
import ServiceLifecycle

/// Keeps every account running: starts them all, follows additions, changes and removals, ends everything on shutdown.
///
/// One child task an account. An account that fails, hangs or floods costs only itself.
public actor AccountSupervisor: Service, AccountActivity, SourceFetching, ServerSearching {
    private let parts: AccountParts
    private let connections = ServerConnections()
    /// Whose words are written now.
    private let indexing = Turns()
    private let memory = MemoryReturn()
    private let lanes: SessionLanes
    private let starts: AsyncStream<AccountLife>
    private let startsContinuation: AsyncStream<AccountLife>.Continuation
    private var lives: [AccountID: AccountLife] = [:]
    private var isRunning = false
    /// Which accounts are this node's; nil: all of them.
    private let sharing: (any AccountSharing)?

    /// With `sharing` only what it gives to this node is worked for; `lanes` then are the parts for what any node may do for a
    /// person who opens a message.
    public init(parts: AccountParts, sharing: (any AccountSharing)? = nil, lanes: AccountParts? = nil) {
        self.parts = parts
        self.sharing = sharing
        self.lanes = SessionLanes(parts: lanes ?? parts, connections: connections)
        (starts, startsContinuation) = AsyncStream.makeStream()
    }

    /// Runs until shutdown or cancellation; both end every account's work within a second.
    public func run() async throws {
        isRunning = true
        if sharing == nil {
            for account in try await parts.directory.accounts() where !account.settings.isPaused { begin(account.id) }
        }
        await withTaskGroup(of: Void.self) { outer in
            if let sharing { outer.addTask { await sharing.run(self) } }
            await liveAll()
            // Only now that nothing works for them any more: other nodes take the accounts over.
            outer.cancelAll()
        }
        isRunning = false
        await lanes.closeAll()
    }

    private func liveAll() async {
        let continuation = startsContinuation
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.followChanges() }
                group.addTask { await self.lanes.closeUnused() }
                group.addTask { await self.memory.run() }
                for await life in starts {
                    group.addTask { await self.live(life) }
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            continuation.finish()
        }
    }

    private func live(_ life: AccountLife) async {
        guard lives[life.id] === life else { return life.finished.open() }
        await life.run()
        if lives[life.id] === life { lives[life.id] = nil }
        await lanes.close(life.id)
        connections.forget(life.id)
        life.finished.open()
    }

    /// Commits wake who has something to do: queued writes the mirror, submissions the outbox.
    private func followChanges() async {
        for await change in parts.mail.stateChanges() {
            guard let life = lives[change.accountID] else { continue }
            if change.states[.submission] != nil { life.wakeOutbox() }
            guard change.states[.email] != nil || change.states[.mailbox] != nil else { continue }
            // Mail that comes in is a commit too: a wait at the server is broken off for nothing but a write that is due.
            let due = try? await parts.mail.dueOperations(at: parts.clock.now(), limit: 1, of: change.accountID)
            if due?.isEmpty != true { life.syncWake.signal(.operations) }
        }
    }

    // MARK: AccountActivity

    public func start(_ account: AccountID) async {
        guard isOurs(account) else {
            sharing?.hurry()
            return await sharing?.tell(.account(.start, account)) ?? ()
        }
        startHere(account)
    }

    private func startHere(_ account: AccountID) {
        if let life = lives[account], !life.isStopped { return life.syncWake.signal(.syncNow) }
        begin(account)
    }

    private func begin(_ account: AccountID) {
        guard lives[account]?.isStopped ?? true else { return }
        let life = AccountLife(account, parts: parts, connections: connections, lanes: lanes, indexing: indexing, memory: memory)
        lives[account] = life
        startsContinuation.yield(life)
    }

    /// Whether this node works for the account.
    private func isOurs(_ account: AccountID) -> Bool { sharing?.holds(account) ?? true }

    public func stop(_ account: AccountID) async {
        guard isOurs(account) else { return await sharing?.tell(.account(.stop, account)) ?? () }
        await stopHere(account)
    }

    private func stopHere(_ account: AccountID) async {
        guard let life = lives.removeValue(forKey: account) else { return }
        life.stop()
        if isRunning { await life.finished.wait() }
    }

    public func restart(_ account: AccountID) async {
        guard isOurs(account) else { return await sharing?.tell(.account(.restart, account)) ?? () }
        await stopHere(account)
        begin(account)
    }

    public func syncNow(_ account: AccountID) async {
        guard isOurs(account) else { return await sharing?.tell(.account(.sync, account)) ?? () }
        guard let life = lives[account] else { return begin(account) }
        life.suspects.forgiveAll()
        life.syncWake.signal(.syncNow)
        life.wakeOutbox()
    }

    /// Queued writes or messages may wait; normally the change feed tells by itself.
    public func wake(_ account: AccountID) {
        lives[account]?.syncWake.signal(.operations)
        lives[account]?.wakeOutbox()
    }

    // MARK: SourceFetching

    public func fetchSource(_ email: EmailID, account: AccountID) async throws -> [UInt8] {
        try await lanes.fetchSource(email, account: account)
    }

    public func searchServer(_ terms: [ServerSearchTerm], account: AccountID) async throws -> ServerFinds {
        try await lanes.search(terms, of: account)
    }

    // MARK: One-shot

    /// Mirrors one account until nothing is missing, then returns: for `postroom sync` on a data folder that nobody serves.
    ///
    /// Throws ``MailFailure`` or `StoreError`; the account's status is written either way.
    public func runUntilCaughtUp(
        _ account: Account, isThorough: Bool = false, firstScreenOnly: Bool = false,
        progress: @escaping @Sendable (SyncProgress) async -> Void = { _ in }
    ) async throws -> SyncReport {
        guard let sharing else {
            return try await catchUp(account, isThorough: isThorough, firstScreenOnly: firstScreenOnly, progress: progress)
        }
        return try await sharing.borrow(account.id) {
            try await self.catchUp(account, isThorough: isThorough, firstScreenOnly: firstScreenOnly, progress: progress)
        }
    }

    private func catchUp(
        _ account: Account, isThorough: Bool, firstScreenOnly: Bool, progress: @escaping @Sendable (SyncProgress) async -> Void
    ) async throws -> SyncReport {
        let status = StatusKeeper(account: account.id, status: account.status, store: parts.directory, clock: parts.clock)
        do {
            return try await catchUp(account, status: status, isThorough: isThorough, firstScreenOnly: firstScreenOnly, progress: progress)
        } catch {
            let failure = error as? MailFailure
            let diagnosis = AccountLife.diagnosis(of: error)
            if failure?.retry == .afterAttention {
                await status.needsAttention(diagnosis, until: nil)
            } else {
                await status.waiting(diagnosis, until: parts.clock.now().adding(seconds: 60))
            }
            throw error
        }
    }

    /// Connects again for as long as that finds out more about messages that connections die of.
    private func catchUp(
        _ account: Account, status: StatusKeeper, isThorough: Bool, firstScreenOnly: Bool,
        progress: @escaping @Sendable (SyncProgress) async -> Void
    ) async throws -> SyncReport {
        let suspects = FetchSuspects()
        var attempts = 0
        while true {
            let held = try await connections.open(.mirror, of: account.id, with: parts) { [mail = parts.mail] in
                await status.connecting()
                // Read while the server is waited for, so that it is at hand when the synchronisation asks for it.
                Task { _ = try? await (mail.awaitedCopies(of: account.id), mail.mailboxes(of: account.id)) }
            }
            let session = CautiousSession(held.session, suspects: suspects)
            let runner = SyncRunner(
                account: account.id, session: session, store: parts.mail,
                settings: SyncRunner.Settings(
                    historyDays: account.settings.historyDays, excludedFolders: account.settings.excludedFolders,
                    stopsAtFirstScreen: firstScreenOnly),
                clock: parts.clock, logger: parts.logger
            ) { found in
                await progress(await status.syncing(found))
            }
            var report: SyncReport
            do {
                report = try await runner.catchUp(isThorough: isThorough)
            } catch {
                await held.close()
                attempts += 1
                guard suspects.takeNews() != nil, attempts < 20 else { throw error }
                continue
            }
            // What is left to do needs no server, which answers a goodbye meanwhile.
            async let farewell: Void = held.close()
            if !firstScreenOnly {
                let listed = ContinuousClock.now
                // A write that waits for the disk, beside the first reads.
                async let told: Void = status.upToDate()
                report.indexed = try await SearchIndexing(account: account.id, store: parts.mail, turns: indexing).run()
                await told
                report.milliseconds += SyncRunner.milliseconds(ContinuousClock.now - listed)
            }
            await farewell
            return report
        }
    }

    /// Sends what is due now, then returns: for the command line on a data folder that nobody serves.
    public func sendDue(of account: AccountID) async {
        let runner = OutboxRunner(account: account, parts: parts, lanes: lanes, wake: WakeSignal())
        guard let sharing else { return await runner.runOnce() }
        // Where another node works for the account, it has heard of the message and sends it.
        try? await sharing.borrow(account) { await runner.runOnce() }
    }
}

extension AccountSupervisor: AccountHolding {
    public func take(_ accounts: [AccountID]) async {
        for id in accounts {
            guard let account = try? await parts.directory.account(id), !account.settings.isPaused else { continue }
            begin(id)
        }
    }

    public func giveUp(_ accounts: [AccountID]) async {
        await withDiscardingTaskGroup { group in
            for id in accounts { group.addTask { await self.stopHere(id) } }
        }
    }

    public func obey(_ order: AccountOrder, _ account: AccountID) async {
        switch order {
        case .start: startHere(account)
        case .stop: await stopHere(account)
        case .restart:
            await stopHere(account)
            begin(account)
        case .sync: await syncNow(account)
        }
    }
}
