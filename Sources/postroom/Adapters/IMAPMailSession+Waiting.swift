import MailProtocol
import MailTransport
import PostroomCore
import Synchronization

/// Ends a wait from another task.
final class StopSwitch: Sendable {
    private struct State {
        var isSet = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func set() {
        state.withLock { state in
            state.isSet = true
            defer { state.waiter = nil }
            return state.waiter
        }?.resume()
    }

    /// Returns once it is set, which it takes back, or the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.isSet || Task.isCancelled {
                        state.isSet = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }?.resume()
        }
        state.withLock { if !Task.isCancelled { $0.isSet = false } }
    }
}

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

    func stopWaiting() async { stop.set() }

    func watchAllMailboxes() async throws -> Bool { try await mapping { try await client.notifyPersonal() } }

    private func firstEvents(within limit: Duration) async throws -> [SessionEvent] {
        try await withThrowingTaskGroup(of: [SessionEvent]?.self) { group in
            group.addTask {
                try await self.mapping {
                    var iterator = self.client.events.makeAsyncIterator()
                    while let event = try await iterator.next() {
                        if let meaning = self.meaning(of: event) { return [meaning] }
                    }
                    // Cancelled, or the connection has ended without a word.
                    if !Task.isCancelled { throw IMAPError(.closed, command: "IDLE") }
                    return []
                }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            group.addTask {
                await self.stop.wait()
                return nil
            }
            var events: [SessionEvent] = try await group.next()?.map { $0 } ?? []
            group.cancelAll()
            // An event that came in the same moment must not be lost.
            while let more = try await group.next() { events += more ?? [] }
            try Task.checkCancellation()
            return events
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
