/// Slows guessing down: after five wrong attempts each further one doubles the wait, from one second to five minutes.
struct AttemptLimiter: Sendable {
    static let free = 5
    static let longestWait: Int64 = 300
    /// Names and clients watched at once; the oldest are forgotten beyond it.
    static let capacity = 20_000

    private var failures: [String: (count: Int, until: Timestamp, last: Timestamp)] = [:]

    /// Seconds to wait, nil: go on.
    func wait(for key: String, at now: Timestamp) -> Int64? {
        guard let entry = failures[key], entry.until > now else { return nil }
        return max(1, (entry.until.milliseconds - now.milliseconds + 999) / 1000)
    }

    mutating func noteFailure(_ key: String, at now: Timestamp) {
        if failures.count >= Self.capacity {
            let limit = now.adding(seconds: -3600)
            failures = failures.filter { $0.value.last > limit }
            if failures.count >= Self.capacity { failures.removeAll() }
        }
        var count = 1
        if let entry = failures[key], entry.last > now.adding(seconds: -3600) { count += entry.count }
        let over = count - Self.free
        let wait = over < 0 ? 0 : min(Self.longestWait, Int64(1) << Int64(min(over, 9)))
        failures[key] = (count, now.adding(seconds: wait), now)
    }

    mutating func forget(_ key: String) {
        failures[key] = nil
    }
}
