/// Writes an account's status from evidence, and not more often than anybody can read it.
actor StatusKeeper {
    private let account: AccountID
    private let store: any DirectoryStore
    private let clock: any Clock
    private var status: AccountStatus
    private var written: AccountStatus?
    private var lastWrite: ContinuousClock.Instant?
    /// Where the pace of this synchronisation is counted from.
    private var pace: (start: ContinuousClock.Instant, done: Int)?
    /// When the server was last known to live, before this connection; nil once the gap is closed or where there was none.
    private var unwatchedSince: Timestamp?

    init(account: AccountID, status: AccountStatus, store: any DirectoryStore, clock: any Clock) {
        self.account = account
        self.store = store
        self.clock = clock
        self.status = status
        unwatchedSince = status.lastSyncedAt == nil ? nil : status.lastProofOfLife
    }

    /// An account that was up to date stays so, with the time of it, until something is known to be missing: a start with thousands of
    /// accounts is one write for each.
    func connecting() async {
        guard status.phase != .upToDate else { return }
        status.phase = .connecting
        await write()
    }

    /// Returns the progress with the time that is left.
    @discardableResult
    func syncing(_ progress: SyncProgress) async -> SyncProgress {
        if status.phase == .upToDate, progress.done >= progress.total {
            noteLife()
            return progress
        }
        let isNew = status.phase != .syncing
        status.phase = .syncing
        if isNew || pace == nil { pace = (.now, progress.done) }
        status.done = progress.done
        status.total = progress.total
        status.secondsLeft = secondsLeft()
        noteLife()
        await write(isUrgent: isNew)
        var progress = progress
        progress.secondsLeft = status.secondsLeft
        return progress
    }

    /// Compared with the server just now: nothing is missing. Somebody who asked for it waits for the new time.
    func upToDate(isAsked: Bool = false) async {
        let isNew = isAsked || status.phase != .upToDate
        status.phase = .upToDate
        status.done = status.total
        status.secondsLeft = nil
        pace = nil
        noteLife()
        let now = clock.now()
        status.lastSyncedAt = now
        if let since = unwatchedSince, now.seconds - since.seconds >= Self.shortestGap { status.gap = SyncGap(from: since, closedAt: now) }
        unwatchedSince = nil
        await write(isUrgent: isNew)
    }

    /// Shorter ones are the ordinary time between two connections, in seconds.
    static let shortestGap: Int64 = 60

    /// A message that came while the account was watched is listed now.
    func arrived(receivedAt: Timestamp) async {
        status.lag = Int(clamping: max(0, clock.now().milliseconds - receivedAt.milliseconds))
        await write()
    }

    /// By the pace since this synchronisation began; nil while that says little.
    private func secondsLeft() -> Int? {
        guard let pace, status.total > status.done else { return nil }
        let seconds = (ContinuousClock.now - pace.start) / .seconds(1)
        let came = status.done - pace.done
        guard seconds >= 2, came >= 100 else { return nil }
        return Int((Double(status.total - status.done) / (Double(came) / seconds)).rounded(.up))
    }

    /// The server answered.
    func alive() async {
        noteLife()
        await write(isUrgent: false)
    }

    func waiting(_ diagnosis: Diagnosis, until: Timestamp) async {
        status.phase = .waiting
        status.secondsLeft = nil
        status.diagnosis = diagnosis
        status.retryAt = until
        await write()
    }

    func needsAttention(_ diagnosis: Diagnosis, until: Timestamp?) async {
        status.phase = .needsAttention
        status.secondsLeft = nil
        status.diagnosis = diagnosis
        status.retryAt = until
        await write()
    }

    private func noteLife() {
        status.lastProofOfLife = clock.now()
        status.diagnosis = nil
        status.retryAt = nil
    }

    private func write(isUrgent: Bool = true) async {
        guard status != written else { return }
        // A changed phase shows at once, progress twice a second, a mere sign of life once in half a minute.
        let pause: Duration = status.phase == .syncing ? .milliseconds(500) : .seconds(30)
        if !isUrgent, let lastWrite, ContinuousClock.now - lastWrite < pause { return }
        lastWrite = .now
        written = status
        // Status is told as well as it can be: a store that fails is reported by whoever writes mail to it.
        try? await store.setStatus(status, of: account)
    }
}
