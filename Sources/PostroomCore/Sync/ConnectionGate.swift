/// How many sign-ins may be under way at once, by server and altogether, and how fast they follow each other.
///
/// A start with a thousand accounts goes as fast as the servers answer, without a fixed delay and without a storm. A server that
/// says "too many" is asked by fewer at a time and with growing pauses; each sign-in that it takes makes them shorter again.
public actor ConnectionGate {
    private struct Waiter {
        let purpose: ConnectionPurpose
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct Lane {
        var inside = 0
        var limit: Int
        var pace = SignInPace()
        var waiting: [Waiter] = []

        var isUntroubled: Bool { inside == 0 && waiting.isEmpty && pace.pause == .zero }
    }

    private let perServer: Int
    private let total: Int
    private var inside = 0
    private var lanes: [String: Lane] = [:]

    public init(perServer: Int = 8, total: Int = 64) {
        self.perServer = perServer
        self.total = total
    }

    /// The pause between two sign-ins at a server; zero while it takes them all.
    public func pause(at server: String) -> Duration { lanes[server]?.pace.pause ?? .zero }

    /// Runs `body` when its turn has come, a person's before the others. `hasOthers`: the account has connections already, so that
    /// "too many connections" is its own affair and not the server's.
    public func enter<Value: Sendable>(
        _ server: String, _ purpose: ConnectionPurpose = .mirror, hasOthers: Bool = false, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        await take(server, purpose)
        var began = ContinuousClock.now
        do {
            try Task.checkCancellation()
            let start = lanes[server]?.pace.takeStart(.now) ?? .now
            if start > .now { try await Task.sleep(until: start) }
            began = .now
            let value = try await body()
            give(server, began: began, .taken)
            return value
        } catch {
            let cause = (error as? MailFailure)?.diagnosis.cause
            let isThrottled = cause == .rateLimited || cause == .tooManyConnections && !hasOthers
            give(server, began: began, isThrottled ? .throttled : .other)
            throw error
        }
    }

    private enum Answer {
        case taken, throttled
        /// It says nothing about the pace: a wrong password, a line that broke.
        case other
    }

    private func take(_ server: String, _ purpose: ConnectionPurpose) async {
        var lane = lanes[server] ?? Lane(limit: perServer)
        if lane.inside < lane.limit, inside < total {
            lane.inside += 1
            inside += 1
            lanes[server] = lane
            return
        }
        // The place is handed over by `give`, counted already.
        await withCheckedContinuation { continuation in
            let place = lane.waiting.firstIndex { $0.purpose < purpose } ?? lane.waiting.count
            lane.waiting.insert(Waiter(purpose: purpose, continuation: continuation), at: place)
            lanes[server] = lane
        }
    }

    private func give(_ server: String, began: ContinuousClock.Instant, _ answer: Answer) {
        guard var lane = lanes[server] else { return }
        lane.inside -= 1
        inside -= 1
        switch answer {
        case .taken:
            lane.pace.wasTaken()
            lane.limit = min(perServer, lane.limit + 1)
        case .throttled:
            if lane.pace.wasThrottled(began: began, now: .now) { lane.limit = max(1, lane.limit / 2) }
        case .other: break
        }
        lanes[server] = lane
        // This server's own queue first, then whoever waits elsewhere for the total.
        admit(server)
        for name in lanes.keys where name != server && inside < total { admit(name) }
    }

    private func admit(_ server: String) {
        guard var lane = lanes[server] else { return }
        while !lane.waiting.isEmpty, lane.inside < lane.limit, inside < total {
            lane.inside += 1
            inside += 1
            lane.waiting.removeFirst().continuation.resume()
        }
        lanes[server] = lane.isUntroubled && lane.limit == perServer ? nil : lane
    }
}

/// The pause between two sign-ins at one server: doubled by "too many", halved by each one that is taken. Pure.
struct SignInPace: Sendable {
    private(set) var pause = Duration.zero
    private var next: ContinuousClock.Instant?
    private var throttledAt: ContinuousClock.Instant?

    static let shortest = Duration.milliseconds(250)
    static let longest = Duration.seconds(60)

    /// When the next sign-in may begin; the one after it waits for the pause.
    mutating func takeStart(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        guard pause > .zero else { return now }
        let start = max(now, next ?? now + pause)
        next = start + pause
        return start
    }

    /// False where the attempt began before the last slowing down: the same news, told twice.
    mutating func wasThrottled(began: ContinuousClock.Instant, now: ContinuousClock.Instant) -> Bool {
        if let throttledAt, began < throttledAt { return false }
        throttledAt = now
        pause = min(Self.longest, max(Self.shortest, pause * 2))
        next = now + pause
        return true
    }

    mutating func wasTaken() {
        pause = pause / 2
        if pause < Self.shortest / 2 {
            pause = .zero
            next = nil
        }
    }
}
