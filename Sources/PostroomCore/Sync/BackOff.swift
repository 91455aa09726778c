/// How long to wait before the next attempt: doubling from a few seconds, with jitter so that accounts don't march in step.
public struct BackOff: Sendable, Hashable {
    public var first: Duration
    public var limit: Duration
    public private(set) var failures = 0

    public init(first: Duration = .seconds(2), limit: Duration = .seconds(900)) {
        self.first = first
        self.limit = limit
    }

    /// The wait after one more failure; `random` is in 0..<1 and spreads it over 75% to 125%.
    public mutating func next(random: Double) -> Duration {
        let doubled = first * (1 << min(failures, 16))
        failures += 1
        let base = doubled < limit ? doubled : limit
        return base * (0.75 + random / 2)
    }

    public mutating func reset() { failures = 0 }

    /// When a message that was not taken is tried again: 1, 2, 5, 10, 30 minutes, then hourly, for five days; nil: given up.
    public static func sendDelay(attempts: Int, since created: Timestamp, now: Timestamp) -> Int64? {
        guard now < created.adding(seconds: 5 * 86_400) else { return nil }
        let minutes: [Int64] = [1, 2, 5, 10, 30]
        return (attempts < 1 ? 1 : attempts <= minutes.count ? minutes[attempts - 1] : 60) * 60
    }
}
