import MailProtocol
import MailTransport
import PostroomCore

extension IMAPMailSession {
    func waitForChanges(atMost limit: Duration) async throws -> [SessionEvent] {
        guard limit > .zero else { return [] }
        do {
            try await mapping { try await client.startIdling() }
            let events = try await firstEvents(within: limit)
            try await mapping { try await client.stopIdling() }
            return events
        } catch {
            throw error
        }
    }

    func stopWaiting() { client.interruptEvents() }

    func watchAllMailboxes() async throws -> Bool { try await mapping { try await client.notifyPersonal() } }

    private func firstEvents(within limit: Duration) async throws -> [SessionEvent] {
        let timer = client.interruptEvents(after: limit)
        defer { timer.cancel() }
        return try await mapping {
            var iterator = client.events.makeAsyncIterator()
            while let event = try await iterator.next() {
                if let meaning = meaning(of: event) { return [meaning] }
            }
            try Task.checkCancellation()
            // Interrupted, or the connection has ended without a word.
            guard client.isOpen else { throw IMAPError(.closed, command: "IDLE") }
            return []
        }
    }

    func ping() async throws -> [SessionEvent] {
        try await mapping { try await client.noop() }
        return []
    }

    /// What a piece of news means for sync; nil: nothing.
    private func meaning(of event: IMAPEvent) -> SessionEvent? {
        switch event {
        case .exists(let count):
            return selected.withLock { selected in
                defer { selected.exists = Int(count) }
                return Int(count) > selected.exists ? .arrived : nil
            }
        case .expunged:
            selected.withLock { $0.exists = max(0, $0.exists - 1) }
            return .removed
        case .vanished(let uids):
            let count = uids.count
            selected.withLock { $0.exists = max(0, $0.exists - count) }
            return .removed
        case .changed: return .flagsChanged
        case .mailboxStatus(let name, _): return .otherMailbox(path: name.path)
        case .mailboxListed(let mailbox): return .otherMailbox(path: mailbox.name.path)
        case .missed, .notificationsLost, .malformed: return .removed
        case .recent, .metadataChanged, .status, .flags, .alert: return nil
        }
    }
}
