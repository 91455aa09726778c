import ServiceLifecycle

/// Renews tokens ahead of their end, and takes back those of disconnected accounts, for as long as the program runs.
public struct TokenRenewal: Service {
    private let tokens: AccessTokens
    private let store: any GrantStore
    private let clock: any Clock

    public init(tokens: AccessTokens, store: any GrantStore, clock: any Clock = SystemClock()) {
        self.tokens = tokens
        self.store = store
        self.clock = clock
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await store.forgetDeadClaims()
            var cleaned: Timestamp?
            while !Task.isCancelled {
                _ = tokens.changed.take()
                var pause: Duration = .seconds(30)
                if let found = try? await store.dueGrants(at: clock.now(), limit: 100) {
                    await renew(found.due)
                    if !found.due.isEmpty {
                        pause = .seconds(1)
                    } else if let next = found.next {
                        // Other nodes' grants are seen at the next look.
                        pause = min(pause, .milliseconds(max(50, next.milliseconds - clock.now().milliseconds)))
                    }
                }
                let now = clock.now()
                if cleaned.map({ $0.adding(seconds: 3600) < now }) ?? true {
                    try? await store.removeExpiredSignIns(before: now.adding(seconds: -3600))
                    cleaned = now
                }
                await tokens.changed.wait(atMost: pause)
            }
        }
    }

    /// A few at a time: a service that is away must not hold up the others for long, nor be met by a crowd.
    private func renew(_ due: [AccountID]) async {
        await withTaskGroup(of: Void.self) { group in
            var rest = due[...]
            for id in rest.prefix(8) { group.addTask { await tokens.renewDue(id) } }
            rest = rest.dropFirst(8)
            while await group.next() != nil {
                guard let id = rest.popFirst(), !Task.isCancelled else { continue }
                group.addTask { await tokens.renewDue(id) }
            }
        }
    }
}
