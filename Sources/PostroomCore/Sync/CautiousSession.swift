import MailProtocol
import Synchronization

/// A session that asks for messages with care: what connections died of is fetched alone, and in the end not at all.
///
/// The mirror above it sees a server that refuses that one message, which it quarantines.
final class CautiousSession: MailSession {
    private struct State {
        var place: FetchSuspects.Place?
        /// Fetches under way, in the order the server answers them: only the first can be what it died of.
        var underWay: [Int] = []
        var next = 0
        /// Messages have come over this connection.
        var hasDelivered = false
    }

    private let session: any MailSession
    private let suspects: FetchSuspects
    private let state = Mutex(State())

    init(_ session: any MailSession, suspects: FetchSuspects) {
        self.session = session
        self.suspects = suspects
    }

    func select(_ path: String, resuming cursor: SyncCursor?) async throws -> SelectedMailbox {
        let answer = try await session.select(path, resuming: cursor)
        state.withLock { $0.place = FetchSuspects.Place(path: path, uidValidity: answer.status.uidValidity) }
        return answer
    }

    func resume(_ path: String, from cursor: SyncCursor) async throws -> (opened: SelectedMailbox?, mailboxes: [ServerMailbox]) {
        let answer = try await session.resume(path, from: cursor)
        state.withLock { state in
            state.place = answer.opened.map { FetchSuspects.Place(path: path, uidValidity: $0.status.uidValidity) }
        }
        return answer
    }

    func fetch(_ messages: MessageRange, _ what: FetchScope) async throws -> [ServerMessage] {
        guard what != .summary, let place = state.withLock({ $0.place }) else { return try await session.fetch(messages, what) }
        let (suspected, condemned, isVague) = suspects.look(at: place)
        guard !suspected.isEmpty || !condemned.isEmpty || isVague else { return try await attempt(messages, what, at: place) }
        let wanted: UIDSet
        if case .uids(let uids) = messages {
            wanted = uids
        } else {
            wanted = UIDSet(try await session.fetch(messages, .summary).map(\.uid))
        }
        if what == .source, wanted.count == 1, let uid = wanted.min, condemned.contains(uid) { throw refusal(of: uid, at: place) }
        let doubtful = suspected.union(condemned)
        var found: [ServerMessage] = []
        let rest = wanted.subtracting(doubtful)
        if !rest.isEmpty { found += try await attempt(.uids(rest), what, at: place) }
        // By its numbers alone: it shows, and its source is what is missing.
        let known = wanted.intersection(condemned)
        if !known.isEmpty { found += try await session.fetch(.uids(known), .summary) }
        for uid in wanted.intersection(suspected) {
            found += try await attempt(.uids(UIDSet(uid)), what, at: place)
            suspects.acquit(uid, at: place)
        }
        return found.sorted { $0.uid < $1.uid }
    }

    private func attempt(_ messages: MessageRange, _ what: FetchScope, at place: FetchSuspects.Place) async throws -> [ServerMessage] {
        let number = state.withLock { state in
            state.next += 1
            state.underWay.append(state.next)
            return state.next
        }
        do {
            let found = try await session.fetch(messages, what)
            state.withLock { state in
                state.underWay.removeAll { $0 == number }
                if found.contains(where: { $0.bytes != nil }) { state.hasDelivered = true }
            }
            return found
        } catch let failure as MailFailure {
            // What follows it dies with it, and stays in the list so that it is not blamed.
            let isFirst = state.withLock { state in
                defer { if failure.isConnectionUsable { state.underWay.removeAll { $0 == number } } }
                return state.underWay.first == number
            }
            if failure.isConnectionUsable { throw await refined(failure, messages) }
            if isFirst, failure.retry == .later {
                var uids: UIDSet?
                if case .uids(let named) = messages { uids = named }
                let isProven = state.withLock { $0.hasDelivered } || !failure.delivered.isEmpty
                suspects.blame(uids, delivered: failure.delivered, at: place, for: failure.diagnosis, isProven: isProven)
            }
            throw failure
        }
    }

    /// A server that gives the numbers of messages and not the messages is not out of order: they are.
    private func refined(_ failure: MailFailure, _ messages: MessageRange) async -> MailFailure {
        guard failure.retry == .later, failure.diagnosis.cause == .serverUnavailable,
            (try? await session.fetch(messages, .summary)) != nil
        else { return failure }
        var refusal = failure
        refusal.retry = .never
        return refusal
    }

    private func refusal(of uid: UInt32, at place: FetchSuspects.Place) -> MailFailure {
        let diagnosis = suspects.reason(of: uid, at: place) ?? Diagnosis(stage: .sync, cause: .mailboxUnavailable, side: .imap)
        return MailFailure(diagnosis, retry: .never, isConnectionUsable: true)
    }

    // MARK: The rest is the session's

    var abilities: SessionAbilities { session.abilities }
    var messageCount: Int { get async { await session.messageCount } }
    func mailboxes(withStatus: Bool) async throws -> [ServerMailbox] { try await session.mailboxes(withStatus: withStatus) }
    func status(of path: String) async throws -> ServerMailboxStatus { try await session.status(of: path) }
    func sizes(of uids: UIDSet) async throws -> [MessageSize] { try await session.sizes(of: uids) }
    func changes(since modSeq: UInt64) async throws -> MailboxChanges { try await session.changes(since: modSeq) }
    func search(_ criterion: ServerSearch) async throws -> UIDSet { try await session.search(criterion) }
    func store(_ uids: UIDSet, add: [String], remove: [String], unchangedSince: UInt64?) async throws -> StoreResult {
        try await session.store(uids, add: add, remove: remove, unchangedSince: unchangedSince)
    }
    func move(_ uids: UIDSet, to path: String) async throws -> CopiedUIDs? { try await session.move(uids, to: path) }
    func copy(_ uids: UIDSet, to path: String) async throws -> CopiedUIDs? { try await session.copy(uids, to: path) }
    func expunge(_ uids: UIDSet) async throws { try await session.expunge(uids) }
    func append(_ message: [UInt8], to path: String, flags: [String], receivedAt: Timestamp) async throws -> CopiedUIDs? {
        try await session.append(message, to: path, flags: flags, receivedAt: receivedAt)
    }
    func create(_ path: String) async throws { try await session.create(path) }
    func rename(_ path: String, to newPath: String) async throws { try await session.rename(path, to: newPath) }
    func delete(_ path: String) async throws { try await session.delete(path) }
    func subscribe(_ path: String, _ isSubscribed: Bool) async throws { try await session.subscribe(path, isSubscribed) }
    func quotas() async throws -> [ServerQuota] { try await session.quotas() }
    func waitForChanges(atMost limit: Duration) async throws -> [SessionEvent] { try await session.waitForChanges(atMost: limit) }
    func stopWaiting() { session.stopWaiting() }
    func watchAllMailboxes() async throws -> Bool { try await session.watchAllMailboxes() }
    func ping() async throws -> [SessionEvent] { try await session.ping() }
    func close() async { await session.close() }
}
