/// Values by key, within a bound of octets: where it is passed, what has not been used for longest goes.
struct RecentlyUsed<Key: Hashable, Value> {
    private struct Entry {
        var value: Value
        var octets: Int
        var usedAt: Int
    }

    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private var octets = 0
    private var clock = 0

    init(octets limit: Int) { self.limit = limit }

    var count: Int { entries.count }

    mutating func value(of key: Key) -> Value? {
        guard let index = entries.index(forKey: key) else { return nil }
        clock += 1
        entries.values[index].usedAt = clock
        return entries.values[index].value
    }

    /// - Parameter size: octets of the value and its key.
    mutating func set(_ value: Value, octets size: Int, for key: Key) {
        octets -= entries.removeValue(forKey: key)?.octets ?? 0
        guard size <= limit / 4 else { return }
        clock += 1
        octets += size
        entries[key] = Entry(value: value, octets: size, usedAt: clock)
        guard octets > limit else { return }
        // A quarter at once, so that the order is worked out seldom.
        for (key, entry) in entries.sorted(by: { $0.value.usedAt < $1.value.usedAt }) where octets > limit / 4 * 3 {
            octets -= entry.octets
            entries[key] = nil
        }
    }
}
