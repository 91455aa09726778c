/// How many sign-ins may be under way at once, by server and altogether: a start with a thousand accounts goes as fast as the
/// servers answer, without a fixed delay and without a storm.
public actor ConnectionGate {
    private struct Lane {
        var inside = 0
        var limit: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let perServer: Int
    private let total: Int
    private var inside = 0
    private var lanes: [String: Lane] = [:]

    public init(perServer: Int = 8, total: Int = 64) {
        self.perServer = perServer
        self.total = total
    }

    /// Runs `body` when its turn has come. A server that says "too many" is asked by fewer at a time from then on.
    public func enter<Value: Sendable>(_ server: String, _ body: @Sendable () async throws -> Value) async throws -> Value {
        await take(server)
        do {
            try Task.checkCancellation()
            let value = try await body()
            give(server, wasLimited: false)
            return value
        } catch {
            let cause = (error as? MailFailure)?.diagnosis.cause
            give(server, wasLimited: cause == .tooManyConnections || cause == .rateLimited)
            throw error
        }
    }

    private func take(_ server: String) async {
        var lane = lanes[server] ?? Lane(limit: perServer)
        if lane.inside < lane.limit, inside < total {
            lane.inside += 1
            inside += 1
            lanes[server] = lane
            return
        }
        // The place is handed over by `give`, counted already.
        await withCheckedContinuation { continuation in
            lane.waiting.append(continuation)
            lanes[server] = lane
        }
    }

    private func give(_ server: String, wasLimited: Bool) {
        guard var lane = lanes[server] else { return }
        lane.inside -= 1
        inside -= 1
        if wasLimited { lane.limit = max(1, lane.limit / 2) } else if lane.limit < perServer { lane.limit += 1 }
        lanes[server] = lane
        // This server's own queue first, then whoever waits elsewhere for the total.
        for name in [server] + lanes.keys.filter({ $0 != server }) { admit(name) }
    }

    private func admit(_ server: String) {
        guard var lane = lanes[server] else { return }
        while !lane.waiting.isEmpty, lane.inside < lane.limit, inside < total {
            lane.inside += 1
            inside += 1
            lane.waiting.removeFirst().resume()
        }
        lanes[server] = lane.inside == 0 && lane.waiting.isEmpty && lane.limit == perServer ? nil : lane
    }
}
