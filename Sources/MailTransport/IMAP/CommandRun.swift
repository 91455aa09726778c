import MailProtocol
import Synchronization

/// Gathers the untagged responses that belong to one command.
protocol ResponseCollector: Sendable {
    /// Takes a response that is an answer to its command; false: it is somebody else's, or news.
    mutating func take(_ response: IMAP.Untagged) -> Bool
}

/// A command whose untagged answers don't matter.
struct NoCollector: ResponseCollector {
    mutating func take(_ response: IMAP.Untagged) -> Bool { false }
}

/// One command between its tag and its tagged response.
final class CommandRun: Sendable {
    enum Upgrade: Sendable { case none, startTLS, compress }

    let tag: String
    let name: String
    let upgrade: Upgrade
    /// Where the pieces of a FETCH go; nil for other commands.
    let channel: FetchChannel?
    private let collector: Mutex<any ResponseCollector>
    let completion = Promise<Result<IMAP.Status, IMAPError>>()

    private struct Gate {
        var texts: [IMAP.Text] = []
        var isClosed = false
        var waiter: CheckedContinuation<IMAP.Text?, Never>?
    }

    private let gate = Mutex(Gate())

    init(tag: String, name: String, collector: any ResponseCollector, channel: FetchChannel? = nil, upgrade: Upgrade = .none) {
        self.tag = tag
        self.name = name
        self.upgrade = upgrade
        self.channel = channel
        self.collector = Mutex(collector)
    }

    func take(_ response: IMAP.Untagged) -> Bool { collector.withLock { $0.take(response) } }

    var collected: any ResponseCollector { collector.withLock { $0 } }

    // MARK: Continuations

    /// The server said `+`.
    func continuation(_ text: IMAP.Text) {
        let waiter = gate.withLock { gate -> CheckedContinuation<IMAP.Text?, Never>? in
            guard let waiter = gate.waiter else {
                // One may come early; a flood of them is not kept.
                if gate.texts.isEmpty { gate.texts.append(text) }
                return nil
            }
            gate.waiter = nil
            return waiter
        }
        waiter?.resume(returning: text)
    }

    /// The next `+`; nil when the command ended instead.
    func nextContinuation() async -> IMAP.Text? {
        await withCheckedContinuation { continuation in
            let ready = gate.withLock { gate -> IMAP.Text?? in
                if let text = gate.texts.popLast() { return .some(text) }
                if gate.isClosed { return .some(nil) }
                gate.waiter = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    /// The end, by the tagged response or by the connection's.
    func complete(_ result: Result<IMAP.Status, IMAPError>) {
        let waiter = gate.withLock { gate -> CheckedContinuation<IMAP.Text?, Never>? in
            gate.isClosed = true
            defer { gate.waiter = nil }
            return gate.waiter
        }
        if let channel {
            switch result {
            case .success(let status) where status.condition == .ok: channel.finish(nil)
            case .success(let status):
                channel.finish(IMAPError(status.condition == .no ? .refused(status) : .rejected(status), command: name))
            case .failure(let error): channel.finish(error)
            }
        }
        completion.fulfil(result)
        waiter?.resume(returning: nil)
    }
}
