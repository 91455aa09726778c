import Logging
import MailProtocol

/// Mirrors one account over one session: acts out ``SyncPlan`` and writes what comes in to the store.
///
/// Everything it does can be stopped at any point and taken up again: cursors move in the same transaction as the messages that
/// they speak of. It never deletes and never marks anything read on its own; the only writes to the server are the queued
/// operations of ``runOperations()``.
actor SyncRunner {
    struct Settings: Sendable {
        var historyDays: Int?
        var excludedFolders: [String] = []
        /// Bytes of one fetch of sources; three may be under way.
        var batchBytes = 4 << 20
        var batchCount = 400
        /// Messages whose sizes are asked for at once.
        var windowCount = 2_000
        /// End once the newest messages of the inbox are here.
        var stopsAtFirstScreen = false
    }

    let account: AccountID
    let session: any MailSession
    let store: any MailStore
    let clock: any Clock
    let settings: Settings
    let logger: Logger
    private let observe: @Sendable (SyncProgress) async -> Void

    var mailboxes: [Mailbox] = []
    var statuses: [String: ServerMailboxStatus] = [:]
    var selected: (path: String, answer: SelectedMailbox)?
    /// UIDs of history still to come, by mailbox, asked once a session.
    var history: [MailboxID: UIDSet] = [:]
    /// Mailboxes that the server would not open, with its reason; tried again with the next session.
    var refused: [String: Diagnosis] = [:]
    /// Mailboxes whose copies are looked for again after a UIDVALIDITY change.
    var relinking: Set<MailboxID> = []
    /// Messages gone from the folders that this look has been to: some may have moved to one that is still to come.
    var goneInLook = 0
    /// Messages that are marked `\Deleted` and unseen, by mailbox, where the server has no mod-sequences: it counts them, the mirror does not.
    private var hiddenUnread: [MailboxID: Int] = [:]
    /// Mailboxes that are to be compared whatever their numbers say: the server spoke of flags there, and has no mod-sequences.
    var doubted: Set<MailboxID> = []
    var quotas = Quotas.known
    var report = SyncReport()
    /// INTERNALDATE of the newest message that arrived since it was last asked for.
    var newestArrival: Timestamp?
    var done = 0
    private let started = ContinuousClock.now
    private var lastInboxLook = ContinuousClock.now
    private var wake: WakeSignal?

    init(
        account: AccountID, session: any MailSession, store: any MailStore, settings: Settings, clock: any Clock, logger: Logger,
        wake: WakeSignal? = nil, observe: @escaping @Sendable (SyncProgress) async -> Void = { _ in }
    ) {
        self.account = account
        self.session = session
        self.store = store
        self.settings = settings
        self.clock = clock
        self.logger = logger
        self.wake = wake
        self.observe = observe
    }

    // MARK: The whole

    /// Everything until nothing is missing: operations, the folder list, changes, history, sources.
    func catchUp(isThorough: Bool = false) async throws -> SyncReport {
        try await runOperations()
        let known = try await store.mailboxes(of: account)
        quotas = .wanted
        try await look(isThorough: isThorough, isFirst: known.allSatisfy { $0.cursor.uidValidity == 0 }, knowing: known)
        if settings.stopsAtFirstScreen { return report }
        try await fetchHistory()
        try await fetchMissingSources()
        try await keepQuotas()
        report.milliseconds = Self.milliseconds(ContinuousClock.now - started)
        report.listed = report.milliseconds
        await tell("", isCaughtUp: true)
        return report
    }

    /// One look at every folder: what is new, changed and gone; a folder never seen before gets its newest messages.
    ///
    /// The first time, and where a session begins (`knowing` the mailboxes), the inbox comes before the list: for the folders' numbers a server
    /// opens each of them, and Dovecot, asked for a list in any form, opens a large inbox the slow way from then on, or twice.
    func look(isThorough: Bool, isFirst: Bool = false, knowing before: [Mailbox] = []) async throws {
        // Asked before the server is: what an operation brought until now is seen by this look, or is not there.
        let awaited = try await store.awaitedCopies(of: account)
        let inbox = isFirst ? try await beginInbox() : nil
        if settings.stopsAtFirstScreen, inbox != nil { return }
        let resumed = isFirst ? nil : try await resumeInbox(among: before)
        let listed: [ServerMailbox]
        if let resumed { listed = resumed.mailboxes } else { listed = try await session.mailboxes(withStatus: true) }
        let listing = makeListing(listed)
        let missing = try await confirmedMissing(from: listed)
        // Folders that went away stay until what moved out of them has been seen elsewhere.
        mailboxes = try await store.replaceMailboxes(with: listing + missing.kept + missing.gone, of: account)
        report.mailboxes = mailboxes.count
        done = mailboxes.reduce(0) { $0 + $1.counts.totalEmails }
        statuses = Dictionary(listed.compactMap { box in box.status.map { (box.path, $0) } }, uniquingKeysWith: { first, _ in first })
        let hasModSeqs = session.abilities.condStore && statuses.values.allSatisfy { $0.highestModSeq != nil }
        hiddenUnread = isFirst || hasModSeqs ? [:] : try await store.hiddenUnread(of: account)
        // Where no folder is to be opened, the server says how full it is while it is waited for here.
        if resumed != nil, !isThorough, !mailboxes.contains(where: isNews) { askQuotas() }
        let known = Set(mailboxes.filter { $0.cursor.uidValidity > 0 }.map(\.id))
        let goneNow = Set(missing.gone.map(\.path))

        var removals: [Removal] = []
        goneInLook = 0
        for mailbox in inOrder(mailboxes)
        where mailbox.id != inbox && mailbox.isSynced && mailbox.isSelectable && !goneNow.contains(mailbox.path) {
            let opened = mailbox.path == resumed?.opened?.path ? resumed?.opened?.answer : nil
            if let removal = try await visit(mailbox.id, isThorough: isThorough, opened: opened) {
                removals.append(removal)
                goneInLook += removal.uids.count + removal.hidden.count
            }
            if settings.stopsAtFirstScreen, mailbox.role == .inbox { break }
        }
        for removal in removals { try await apply(removal) }
        goneInLook = 0
        for (id, operations) in awaited where known.contains(id) && hasSeenAll(of: id) {
            try await store.removeAwaitedCopies(operations, in: id, of: account)
        }
        if !missing.gone.isEmpty {
            mailboxes = try await store.replaceMailboxes(with: listing + missing.kept, of: account)
        }
        await tell("")
    }

    /// The newest of the inbox, which every account has by this name, before anything else is known. Nil where it has to wait for the list.
    private func beginInbox() async throws -> MailboxID? {
        let inbox = MailboxListing(path: "INBOX", separator: nil, role: .inbox)
        guard !isExcluded(path: inbox.path, separator: nil), try await store.mailboxes(of: account).isEmpty else { return nil }
        mailboxes = try await store.replaceMailboxes(with: [inbox], of: account)
        guard let id = mailboxes.first?.id else { return nil }
        _ = try await visit(id, isThorough: false)
        return id
    }

    /// The inbox as it was left and the list behind it, in one go, where what changed in it comes with the answer. Nil where the list has to
    /// come first.
    private func resumeInbox(
        among known: [Mailbox]
    ) async throws -> (opened: (path: String, answer: SelectedMailbox)?, mailboxes: [ServerMailbox])? {
        guard session.abilities.qResync, selected == nil,
            let inbox = known.first(where: { $0.role == .inbox && $0.isSynced && $0.isSelectable && $0.cursor.highestModSeq > 0 })
        else { return nil }
        let answer = try await session.resume(inbox.path, from: inbox.cursor)
        selected = answer.opened.map { (inbox.path, $0) }
        return (selected, answer.mailboxes)
    }

    /// Whether everything that had come into a mailbox by the time of its status is here.
    private func hasSeenAll(of id: MailboxID) -> Bool {
        guard let mailbox = mailbox(id), refused[mailbox.path] == nil, let status = statuses[mailbox.path] else { return false }
        return mailbox.cursor.uidValidity == status.uidValidity && mailbox.cursor.uidNext >= status.uidNext
    }

    /// The inbox first, then what people look at, then the rest by name.
    func inOrder(_ mailboxes: [Mailbox]) -> [Mailbox] {
        let roles: [MailboxRole?] = [.inbox, .drafts, .sent, .flagged, .important, .archive, nil, .all, .trash, .junk]
        func rank(_ mailbox: Mailbox) -> Int { roles.firstIndex(of: mailbox.role) ?? 6 }
        return mailboxes.sorted { (rank($0), $0.path) < (rank($1), $1.path) }
    }

    // MARK: One mailbox

    /// What is gone in a mailbox: applied after the additions of all mailboxes.
    struct Removal {
        var mailbox: MailboxID
        var uids: UIDSet
        /// Marked `\Deleted` since the last comparison.
        var hidden: [FetchedFlags]
        var cursor: SyncCursor
    }

    /// Brings one mailbox up to date but for its history and its removals, which are returned. `opened`: it is selected already, resuming
    /// from its cursor.
    func visit(_ id: MailboxID, isThorough: Bool, opened: SelectedMailbox? = nil) async throws -> Removal? {
        guard let mailbox = mailbox(id), refused[mailbox.path] == nil else { return nil }
        do {
            // Its numbers are those of what it told, not of the list that came after it.
            if let opened { statuses[mailbox.path] = opened.status }
            // A folder never seen is opened in any case.
            if doubted.remove(id) == nil, !isThorough, mailbox.cursor.uidValidity > 0 {
                if statuses[mailbox.path] == nil { statuses[mailbox.path] = try await session.status(of: mailbox.path) }
                guard let status = statuses[mailbox.path],
                    SyncPlan.needsVisit(mailbox.cursor, status, abilities: session.abilities, unread: unseen(in: mailbox))
                else { return nil }
            }
            let answer: SelectedMailbox
            if let opened {
                answer = opened
            } else {
                answer = try await session.select(mailbox.path, resuming: mailbox.cursor.uidValidity == 0 ? nil : mailbox.cursor)
                selected = (mailbox.path, answer)
            }
            statuses[mailbox.path] = answer.status
            return try await follow(
                SyncPlan(cursor: mailbox.cursor, selected: answer, abilities: session.abilities, isThorough: isThorough), in: id)
        } catch let failure as MailFailure where failure.isConnectionUsable && failure.retry != .afterAttention {
            // A folder that can't be opened costs only itself.
            logger.warning("mailbox refused", metadata: ["account": "\(account)", "cause": "\(failure.diagnosis.cause.rawValue)"])
            refused[mailbox.path] = failure.diagnosis
            return nil
        }
    }

    /// Whether a mailbox is to be opened, as far as the list tells.
    private func isNews(_ mailbox: Mailbox) -> Bool {
        guard mailbox.isSynced, mailbox.isSelectable else { return false }
        return statuses[mailbox.path].map {
            SyncPlan.needsVisit(mailbox.cursor, $0, abilities: session.abilities, unread: unseen(in: mailbox))
        } ?? true
    }

    /// How many unseen messages the server would count if nothing had changed.
    func unseen(in mailbox: Mailbox) -> Int { mailbox.counts.unreadEmails + (hiddenUnread[mailbox.id] ?? 0) }

    /// Acts out a plan on the selected mailbox.
    func follow(_ plan: SyncPlan, in id: MailboxID) async throws -> Removal? {
        guard let status = selected?.answer.status, let old = mailbox(id)?.cursor else { return nil }
        var arrived = (count: 0, beyond: 0)
        var vanished: UIDSet?
        var flagged: [FetchedFlags] = []
        var absent = UIDSet()
        var hidden: [FetchedFlags] = []
        var looksForRemovals = false
        for step in plan.steps {
            switch step {
            case .begin(let newest):
                // What moved into a new folder is told from its header, here already, only until it is removed where it was.
                let moved = min(goneInLook, settings.windowCount)
                try await begin(id, newest: newest == 0 ? 0 : max(newest, moved), status: status)
                return nil
            case .renumbered:
                try await beginRelinking(id, status: status)
                return nil
            case .arrivals(let first):
                // Flags of what was here before are written while the server reads what was not.
                let (known, others) = plan.told(below: first)
                async let unshown = setFlags(known, in: id, uidValidity: status.uidValidity)
                arrived = try await fetchArrivals(from: first, in: id, status: status)
                absent = try await unshown
                flagged = others
            case .told(let changes):
                if !plan.hasArrivals { flagged = changes.flags }
                vanished = changes.vanished
            case .changes(let modSeq):
                let changes = try await session.changes(since: modSeq)
                flagged = changes.flags
                vanished = changes.vanished
            case .compareFlags(let newest):
                hidden = try await compareFlags(in: id, newest: newest)
            case .removals:
                looksForRemovals = true
            case .history:
                break
            }
        }
        if !absent.isEmpty { try await fetchAgain(absent, in: id) }
        try await applyFlags(flagged, in: id, uidValidity: status.uidValidity)
        hidden += flagged.filter(\.isDeleted)

        var cursor = mailbox(id)?.cursor ?? old
        cursor.uidValidity = status.uidValidity
        cursor.uidNext = max(cursor.uidNext, status.uidNext)
        cursor.highestModSeq = status.highestModSeq ?? 0
        cursor.serverCount = status.messages + arrived.beyond
        cursor.lastComparedAt = clock.now()
        let gone =
            looksForRemovals
            ? try await removed(in: id, vanished: vanished, old: old, arrived: arrived.count, now: cursor.serverCount) : UIDSet()
        guard let gone else { return nil }
        if gone.isEmpty, hidden.isEmpty {
            if !same(cursor, old) { try await setCursor(cursor, of: id) }
            return nil
        }
        try await setCursor(SyncPlan.cursorBeforeRemovals(old: old, new: cursor, arrived: arrived.count), of: id)
        return Removal(mailbox: id, uids: gone, hidden: hidden, cursor: cursor)
    }

    private func same(_ left: SyncCursor, _ right: SyncCursor) -> Bool {
        var left = left
        left.lastComparedAt = right.lastComparedAt
        return left == right
    }

    // MARK: State

    func mailbox(_ id: MailboxID) -> Mailbox? { mailboxes.first { $0.id == id } }

    func mailbox(path: String) -> Mailbox? { mailboxes.first { $0.path == path } }

    func remember(_ cursor: SyncCursor, of id: MailboxID) {
        guard let index = mailboxes.firstIndex(where: { $0.id == id }) else { return }
        mailboxes[index].cursor = cursor
    }

    func setCursor(_ cursor: SyncCursor, of id: MailboxID) async throws {
        try await store.setCursor(cursor, of: id, account: account)
        remember(cursor, of: id)
    }

    /// Selects a mailbox unless it is selected already.
    @discardableResult
    func select(_ mailbox: Mailbox) async throws -> SelectedMailbox {
        if let selected, selected.path == mailbox.path { return selected.answer }
        selected = nil
        let answer = try await session.select(mailbox.path, resuming: nil)
        selected = (mailbox.path, answer)
        return answer
    }

    func tell(_ path: String, isCaughtUp: Bool = false) async {
        let total = mailboxes.filter { $0.isSynced && $0.isSelectable }.reduce(0) { sum, mailbox in
            sum + (statuses[mailbox.path]?.messages ?? mailbox.cursor.serverCount)
        }
        await observe(SyncProgress(done: min(done, total), total: isCaughtUp ? done : total, mailbox: path, isCaughtUp: isCaughtUp))
    }

    /// Between two pieces of long work: what people asked for and the inbox's news go first.
    func checkpoint() async throws {
        try Task.checkCancellation()
        if let wake, wake.isSignalled {
            let reasons = wake.take()
            if reasons.contains(.yield) { throw ConnectionYielded() }
            if !reasons.isDisjoint(with: [.operations, .syncNow]) { try await runOperations() }
        }
        guard isInboxLookDue, let inbox = mailboxes.first(where: { $0.role == .inbox && $0.isSynced }) else { return }
        lastInboxLook = .now
        statuses[inbox.path] = nil
        if selected?.path == inbox.path { selected = nil }
        if let removal = try await visit(inbox.id, isThorough: false) { try await apply(removal) }
    }

    /// The same in the middle of a mailbox, which is selected again afterwards.
    func checkpoint(returningTo id: MailboxID) async throws {
        guard try await needsCheckpoint() else { return try Task.checkCancellation() }
        try await checkpoint()
        guard let mailbox = mailbox(id) else { return }
        try await select(mailbox)
    }

    /// Every commit of ours wakes too: the work goes on unless something really waits.
    func needsCheckpoint() async throws -> Bool {
        if isInboxLookDue { return true }
        guard let wake, wake.isSignalled else { return false }
        // Taken before it is looked at: what is queued after the look signals anew.
        let reasons = wake.take()
        if reasons == .operations, try await store.dueOperations(at: clock.now(), limit: 1, of: account).isEmpty { return false }
        wake.signal(reasons)
        return true
    }

    private var isInboxLookDue: Bool { ContinuousClock.now - lastInboxLook > .seconds(15) }

    /// Milliseconds since the session began to work.
    var elapsed: Int { Self.milliseconds(ContinuousClock.now - started) }

    static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }
}
