/// Writes an account's status from evidence, and not more often than anybody can read it.
actor StatusKeeper {
    private let account: AccountID
    private let store: any DirectoryStore
    private let clock: any Clock
    private var status: AccountStatus
    private var written: AccountStatus?
    private var lastWrite: ContinuousClock.Instant?

    init(account: AccountID, status: AccountStatus, store: any DirectoryStore, clock: any Clock) {
        self.account = account
        self.store = store
        self.clock = clock
        self.status = status
    }

    func connecting() async {
        status.phase = .connecting
        await write()
    }

    func syncing(_ progress: SyncProgress) async {
        let isNew = status.phase != .syncing
        status.phase = .syncing
        status.done = progress.done
        status.total = progress.total
        noteLife()
        await write(isUrgent: isNew)
    }

    /// Compared with the server just now: nothing is missing.
    func upToDate() async {
        let isNew = status.phase != .upToDate
        status.phase = .upToDate
        status.done = status.total
        noteLife()
        status.lastSyncedAt = clock.now()
        await write(isUrgent: isNew)
    }

    /// The server answered.
    func alive() async {
        noteLife()
        await write(isUrgent: false)
    }

    func waiting(_ diagnosis: Diagnosis, until: Timestamp) async {
        status.phase = .waiting
        status.diagnosis = diagnosis
        status.retryAt = until
        await write()
    }

    func needsAttention(_ diagnosis: Diagnosis, until: Timestamp?) async {
        status.phase = .needsAttention
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
