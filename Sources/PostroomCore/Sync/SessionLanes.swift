import Logging
import MailProtocol

/// Connections beside the mirror's own: for what a person opens now, and for the outbox's look into Sent.
///
/// One an account, kept a minute after its last use; opened whatever the mirror is doing, so that it jumps every queue.
public actor SessionLanes: SourceFetching {
    private final class Lane: Sendable {
        let turns = Turns()
    }

    private let parts: AccountParts
    private var lanes: [AccountID: Lane] = [:]
    private var sessions: [AccountID: (session: any MailSession, lastUse: ContinuousClock.Instant)] = [:]

    public init(parts: AccountParts) {
        self.parts = parts
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
        try await use(account) { session, parts in
            // It may have come in while this waited for its turn.
            if let source = try await parts.mail.source(of: email, account: account) { return source }
            let mailboxes = try await parts.mail.mailboxes(of: account)
            var seen: MailFailure?
            for placement in try await parts.mail.placements(of: [email], account: account) where placement.uid > 0 {
                guard let mailbox = mailboxes.first(where: { $0.id == placement.mailboxID }) else { continue }
                do {
                    let answer = try await session.select(mailbox.path, resuming: nil)
                    guard answer.status.uidValidity == placement.uidValidity,
                        let bytes = try await session.fetch(.uids(UIDSet(placement.uid)), .source).first?.bytes
                    else { continue }
                    let (content, searchText) = MessageReader().read(bytes)
                    do {
                        try await parts.mail.setSources(
                            [IncomingSource(emailID: email, source: bytes, content: content, searchText: searchText)], of: account)
                    } catch StoreError.diskFull, StoreError.overQuota {
                        // No room to keep it: it can be read all the same.
                    }
                    return bytes
                } catch let failure as MailFailure where failure.isConnectionUsable {
                    seen = failure
                }
            }
            if let seen { throw seen }
            throw SourceError.gone
        }
    }

    /// Whether the server holds a message with this id in its Sent mailbox, received lately; nil where there is no such mailbox.
    func findInSent(_ messageID: String, of account: AccountID) async throws -> Bool? {
        try await use(account) { session, parts in
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
            return try await use(account) { session, parts in
                var found: [(email: EmailID, uid: UInt32)] = []
                var missing = 0
                for mailbox in try await parts.mail.mailboxes(of: account) where mailbox.isSynced && mailbox.isSelectable {
                    do {
                        let answer = try await session.select(mailbox.path, resuming: nil)
                        guard answer.status.uidValidity == mailbox.cursor.uidValidity, answer.status.messages > 0 else { continue }
                        let uids = try await session.search(.words(terms))
                        guard let low = uids.min, let high = uids.max else { continue }
                        let here = try await parts.mail.placements(in: mailbox.id, uids: low...high, of: account).filter {
                            uids.contains($0.uid)
                        }
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
        _ account: AccountID, _ body: @Sendable (any MailSession, AccountParts) async throws -> Value
    ) async throws -> Value {
        let lane = lanes[account] ?? Lane()
        lanes[account] = lane
        await lane.turns.take()
        do {
            let value = try await attempt(account, body)
            await lane.turns.give()
            return value
        } catch {
            await lane.turns.give()
            throw error
        }
    }

    private func attempt<Value: Sendable>(
        _ account: AccountID, _ body: @Sendable (any MailSession, AccountParts) async throws -> Value
    ) async throws -> Value {
        if let kept = sessions[account]?.session {
            do {
                let value = try await body(kept, parts)
                sessions[account]?.lastUse = .now
                return value
            } catch let failure as MailFailure where !failure.isConnectionUsable {
                // It went stale while nobody used it: once more on a fresh one.
                sessions[account] = nil
                await kept.close()
            }
        }
        let session = try await parts.openSession(of: account)
        sessions[account] = (session, .now)
        do {
            let value = try await body(session, parts)
            sessions[account]?.lastUse = .now
            return value
        } catch let failure as MailFailure where !failure.isConnectionUsable {
            sessions[account] = nil
            await session.close()
            throw failure
        }
    }

    /// Closes what has not been used for a minute; never returns but by cancellation.
    func closeUnused() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(15))
            for (account, entry) in sessions where ContinuousClock.now - entry.lastUse > .seconds(60) { await close(account) }
        }
    }

    func close(_ account: AccountID) async {
        guard let entry = sessions.removeValue(forKey: account) else { return }
        await entry.session.close()
    }

    public func closeAll() async {
        for account in sessions.keys { await close(account) }
    }
}
