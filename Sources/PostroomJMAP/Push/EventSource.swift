import PostroomCore

/// One client's event stream (RFC 8620 §7.3) as the pieces of a `text/event-stream`.
///
/// Whoever asks for them also gets `account` events, `{"accountId", "phase"}`: pages that show an account's health. A JMAP client that
/// takes each event's data for a StateChange is told nothing else.
public struct EventSource: Sendable {
    let ports: JMAPPorts
    let user: User
    /// nil: all.
    let types: Set<String>?
    let closesAfterState: Bool
    /// 0: no pings.
    let pingSeconds: Int
    let lastEventID: String?
    let tellsAccounts: Bool

    /// - Parameters:
    ///   - types: `*` or type names with commas between.
    ///   - tellsAccounts: also tell of accounts whose health or settings change.
    ///   - lastEventID: the id of the last event that the client saw: what has changed since is sent at once.
    public init(
        ports: JMAPPorts, user: User, types: String, closesAfterState: Bool, pingSeconds: Int, lastEventID: String?,
        tellsAccounts: Bool = false
    ) {
        self.ports = ports
        self.user = user
        self.types = types == "*" ? nil : Set(types.split(separator: ",").map(String.init))
        self.closesAfterState = closesAfterState
        self.pingSeconds = pingSeconds
        self.lastEventID = lastEventID
        self.tellsAccounts = tellsAccounts
    }

    private enum Signal: Sendable {
        case change(StateChange)
        case ping
    }

    /// The pieces, until the client is gone, the feed ends, or a state was sent and `closesAfterState`.
    public func pieces() -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            let task = Task {
                await run { continuation.yield($0) }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func run(_ send: @escaping @Sendable ([UInt8]) -> Void) async {
        // The feed first, so that nothing falls between it and the look at the states.
        let feed = ports.mail.stateChanges()
        var sent = EventCursor(lastEventID)
        send(Array(":\n\n".utf8))
        if lastEventID != nil, let piece = await missed(&sent) {
            send(piece)
            if closesAfterState { return }
        }
        var reachable: [AccountID: Bool] = [:]
        if tellsAccounts {
            for account in (try? await ports.directory.accounts(reachableBy: user.id)) ?? [] { reachable[account.id] = true }
        }
        let (signals, source) = AsyncStream<Signal>.makeStream()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await change in feed { source.yield(.change(change)) }
                source.finish()
            }
            if pingSeconds > 0 {
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(pingSeconds))
                        source.yield(.ping)
                    }
                }
            }
            for await signal in signals {
                switch signal {
                case .ping:
                    send(Array("event: ping\ndata: {\"interval\":\(pingSeconds)}\n\n".utf8))
                case .change(let change):
                    let was = change.accessChanged ? reachable.removeValue(forKey: change.accountID) : nil
                    guard await mayRead(change.accountID, &reachable) else {
                        // Its page must learn that it is gone from here.
                        if was == true, tellsAccounts { send(Self.accountEvent(change.accountID, phase: nil)) }
                        continue
                    }
                    if tellsAccounts, change.accountChanged, let account = try? await ports.directory.account(change.accountID) {
                        send(Self.accountEvent(account.id, phase: account.status.phase))
                    }
                    let states = change.states.filter { wants($0.key) }
                    guard !states.isEmpty else { continue }
                    send(stateEvent([change.accountID: states], &sent))
                    if closesAfterState {
                        group.cancelAll()
                        return
                    }
                }
            }
            group.cancelAll()
        }
    }

    private func wants(_ type: DataType) -> Bool { types?.contains(type.rawValue) ?? true }

    /// Asked of the store once an account: a thousand streams hear of each commit.
    private func mayRead(_ id: AccountID, _ known: inout [AccountID: Bool]) async -> Bool {
        if let answer = known[id] { return answer }
        guard let account = try? await ports.directory.account(id) else { return false }
        let answer = AccountAccess.of(user, to: account).mayRead
        known[id] = answer
        return answer
    }

    private func missed(_ sent: inout EventCursor) async -> [UInt8]? {
        var changed: [AccountID: [DataType: Int64]] = [:]
        for account in (try? await ports.directory.accounts(reachableBy: user.id)) ?? [] {
            guard let states = try? await ports.mail.states(of: account.id) else { continue }
            let news = states.filter { wants($0.key) && $0.value > sent.state(account.id) }
            if !news.isEmpty { changed[account.id] = news }
        }
        return changed.isEmpty ? nil : stateEvent(changed, &sent)
    }

    private func stateEvent(_ changed: [AccountID: [DataType: Int64]], _ sent: inout EventCursor) -> [UInt8] {
        for (account, states) in changed { sent.note(account, states.values.max() ?? 0) }
        return Array("event: state\nid: \(sent.text)\ndata: ".utf8) + StateChangeJSON.bytes(changed) + Array("\n\n".utf8)
    }

    private static func accountEvent(_ account: AccountID, phase: AccountStatus.Phase?) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("accountId", account.jmap)
        json.member("phase", phase?.rawValue)
        json.endObject()
        return Array("event: account\ndata: ".utf8) + json.bytes + Array("\n\n".utf8)
    }
}

/// How far a client has been told, an account each: `a1.42_a2.7`, the id of an event.
private struct EventCursor {
    private var states: [AccountID: Int64] = [:]

    init(_ text: String?) {
        for piece in text?.split(separator: "_") ?? [] {
            let halves = piece.split(separator: ".")
            guard halves.count == 2, let account = JMAPID.account(String(halves[0])), let state = Int64(halves[1]) else { continue }
            states[account] = state
        }
    }

    var text: String { states.sorted { $0.key < $1.key }.map { "\($0.key.jmap).\($0.value)" }.joined(separator: "_") }

    func state(_ account: AccountID) -> Int64 { states[account] ?? 0 }

    mutating func note(_ account: AccountID, _ state: Int64) { states[account] = max(states[account] ?? 0, state) }
}
