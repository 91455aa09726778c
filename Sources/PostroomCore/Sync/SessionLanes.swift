import Logging
import MailProtocol

/// Connections beside the mirror's own: for what a person opens now, for searches at the server, and for the outbox's look into Sent.
///
/// Each is kept a minute after its last use; what is more urgent gets the next free one, or a new one as far as the account's budget
/// goes. Where it has no room at all, the mirror gives its own connection up.
public actor SessionLanes: SourceFetching {
    private struct Kept {
        var held: ServerConnections.Held
        var lastUse: ContinuousClock.Instant
    }

    private struct Waiter {
        let purpose: ConnectionPurpose
        /// Gets a session, or nil: the place to open one.
        let continuation: CheckedContinuation<ServerConnections.Held?, Never>
    }

    private struct Lane {
        var idle: [Kept] = []
        /// Sessions at work or being opened.
        var busy = 0
        var waiting: [Waiter] = []
    }

    private let parts: AccountParts
    private let connections: ServerConnections
    private var lanes: [AccountID: Lane] = [:]

    public init(parts: AccountParts, connections: ServerConnections = ServerConnections()) {
        self.parts = parts
        self.connections = connections
    }

    public func fetchSource(_ email: EmailID, account: AccountID) async throws -> [UInt8] {
        if let source = try await parts.mail.source(of: email, account: account) { return source }
        do {
            return try await fetchFromServer(email, account: account)
        } catch let failure as MailFailure {
            throw SourceError.unavailable(failure.diagnosis.serverText)
        }
    }

    private func fetchFromServer(_ email: EmailID, account: AccountID) async throws -> [UInt8] {
        try await use(account, for: .opening) { session, parts in
            // It may have come in while this waited for its turn.
            if let source = try await parts.mail.source(of: email, account: account) { return source }
            let mailboxes = try await parts.mail.mailboxes(of: account)
            var seen: MailFailure?
            // Only places that the server has named: an email without one is on its way to another folder.
            let placements = try await parts.mail.placements(of: [email], account: account)
            var isOnItsWay = placements.isEmpty
            for placement in placements {
                guard let mailbox = mailboxes.first(where: { $0.id == placement.mailboxID }) else { continue }
                do {
                    let answer = try await session.select(mailbox.path, resuming: nil)
                    guard answer.status.uidValidity == placement.uidValidity else {
                        isOnItsWay = true
                        continue
                    }
                    guard let bytes = try await session.fetch(.uids(UIDSet(placement.uid)), .source).first?.bytes else { continue }
                    let source = MessageReader().source(bytes, of: email)
                    do {
                        try await BackgroundThreads.$isHurried.withValue(true) {
                            try await parts.mail.setSources([source], of: account)
                        }
                    } catch StoreError.diskFull, StoreError.overQuota {
                        // No room to keep it: it can be read all the same.
                    }
                    return bytes
                } catch let failure as MailFailure where failure.isConnectionUsable {
                    seen = failure
                }
            }
            if let seen { throw seen }
            if let source = try await parts.mail.source(of: email, account: account) { return source }
            if isOnItsWay, try await !parts.mail.emails([email], of: account).isEmpty {
                throw SourceError.unavailable("The message is being moved or its folder renumbered; ask again in a moment.")
            }
            throw SourceError.gone
        }
    }

    /// Whether the server holds a message with this id in its Sent mailbox, received lately; nil where there is no such mailbox.
    func findInSent(_ messageID: String, of account: AccountID) async throws -> Bool? {
        try await use(account, for: .sentLook) { session, parts in
            guard let sent = try await parts.mail.mailboxes(of: account).first(where: { $0.role == .sent }) else { return nil }
            _ = try await session.select(sent.path, resuming: nil)
            let since = parts.clock.now().adding(seconds: -6 * 86_400)
            return try await !session.search(.messageID(messageID, since: since)).isEmpty
        }
    }

    /// At most so many emails are told: more are found by more words.
    private static let mostFinds = 500

    func search(_ terms: [ServerSearchTerm], of account: AccountID) async throws -> ServerFinds {
        do {
            return try await use(account, for: .search) { session, parts in
                var found: [(email: EmailID, uid: UInt32)] = []
                var missing = 0
                for mailbox in try await parts.mail.mailboxes(of: account) where mailbox.isSynced && mailbox.isSelectable {
                    do {
                        let answer = try await session.select(mailbox.path, resuming: nil)
                        guard answer.status.uidValidity == mailbox.cursor.uidValidity, answer.status.messages > 0 else { continue }
                        let uids = try await session.search(.words(terms))
                        let here = try await parts.mail.placements(in: mailbox.id, uids, of: account)
                        missing += uids.count - here.count
                        found += here.map { ($0.emailID, $0.uid) }
                    } catch let failure as MailFailure where failure.isConnectionUsable {
                        continue  // A folder that can't be searched costs only itself.
                    }
                }
                let emails = try await parts.mail.emails(Array(Set(found.map(\.email))), of: account)
                    .sorted { ($0.receivedAt, $0.id) > ($1.receivedAt, $1.id) }
                return ServerFinds(emails: emails.prefix(Self.mostFinds).map(\.id), missing: missing)
            }
        } catch let failure as MailFailure {
            throw SourceError.unavailable(failure.diagnosis.serverText)
        }
    }

    // MARK: Sessions

    private func use<Value: Sendable>(
        _ account: AccountID, for purpose: ConnectionPurpose, _ body: @Sendable (any MailSession, AccountParts) async throws -> Value
    ) async throws -> Value {
        var held = await take(account, purpose)
        do {
            if let kept = held {
                do {
                    let value = try await body(kept.session, parts)
                    give(kept, account)
                    return value
                } catch let failure as MailFailure where !failure.isConnectionUsable {
                    // It went stale while nobody used it: once more on a fresh one.
                    held = nil
                    await kept.close()
                }
            }
            let fresh = try await connections.open(purpose, of: account, with: parts)
            held = fresh
            let value = try await body(fresh.session, parts)
            give(fresh, account)
            return value
        } catch {
            if let broken = held, (error as? MailFailure)?.isConnectionUsable == false {
                held = nil
                await broken.close()
            }
            give(held, account)
            throw error
        }
    }

    /// A session that is free, or nil: the place to open one.
    private func take(_ account: AccountID, _ purpose: ConnectionPurpose) async -> ServerConnections.Held? {
        var lane = lanes[account] ?? Lane()
        if let kept = lane.idle.popLast() {
            lane.busy += 1
            lanes[account] = lane
            return kept.held
        }
        if lane.busy == 0 || connections.budget(of: account).hasRoom {
            lane.busy += 1
            lanes[account] = lane
            return nil
        }
        return await withCheckedContinuation { continuation in
            let place = lane.waiting.firstIndex { $0.purpose < purpose } ?? lane.waiting.count
            lane.waiting.insert(Waiter(purpose: purpose, continuation: continuation), at: place)
            lanes[account] = lane
        }
    }

    private func give(_ held: ServerConnections.Held?, _ account: AccountID) {
        guard var lane = lanes[account] else { return }
        if lane.waiting.isEmpty {
            lane.busy -= 1
            if let held { lane.idle.append(Kept(held: held, lastUse: .now)) }
        } else {
            lane.waiting.removeFirst().continuation.resume(returning: held)
        }
        lanes[account] = lane.busy == 0 && lane.idle.isEmpty ? nil : lane
    }

    /// Closes what has not been used for a minute, or for a moment where the mirror waits for it; never returns but by cancellation.
    func closeUnused() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(5))
            for account in lanes.keys {
                let limit: Duration = connections.budget(of: account).waiting > 0 ? .seconds(5) : .seconds(60)
                await close(account) { ContinuousClock.now - $0 > limit }
            }
        }
    }

    func close(_ account: AccountID) async { await close(account) { _ in true } }

    private func close(_ account: AccountID, where isDue: (ContinuousClock.Instant) -> Bool) async {
        guard var lane = lanes[account] else { return }
        let due = lane.idle.filter { isDue($0.lastUse) }
        guard !due.isEmpty else { return }
        lane.idle.removeAll { isDue($0.lastUse) }
        lanes[account] = lane.busy == 0 && lane.idle.isEmpty ? nil : lane
        for kept in due { await kept.held.close() }
    }

    public func closeAll() async {
        for account in lanes.keys { await close(account) }
    }
}
