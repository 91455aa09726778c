extension UIDSet {
    public mutating func insert(_ uid: UID) { insert(uid...uid) }

    /// Adds a range. At the end of the set it costs nothing; in the middle the ranges behind it move.
    public mutating func insert(_ range: ClosedRange<UID>) {
        guard let last = ranges.last, range.lowerBound < last.lowerBound else { return appendAscending(range) }
        // Every range that overlaps or touches the new one melts into it.
        let first = rangeIndex(endingAtOrAfter: range.lowerBound == 0 ? 0 : range.lowerBound - 1)
        var merged = range
        var end = first
        while end < ranges.count, range.upperBound == .max || ranges[end].lowerBound <= range.upperBound + 1 {
            merged = Swift.min(merged.lowerBound, ranges[end].lowerBound)...Swift.max(merged.upperBound, ranges[end].upperBound)
            end += 1
        }
        ranges.replaceSubrange(first..<end, with: [merged])
    }

    public mutating func remove(_ uid: UID) { self = subtracting(UIDSet(uid)) }

    public func union(_ other: UIDSet) -> UIDSet {
        if isEmpty { return other }
        if other.isEmpty { return self }
        var result = UIDSet()
        result.ranges.reserveCapacity(ranges.count + other.ranges.count)
        var a = 0
        var b = 0
        while a < ranges.count || b < other.ranges.count {
            if b == other.ranges.count || a < ranges.count && ranges[a].lowerBound <= other.ranges[b].lowerBound {
                result.appendAscending(ranges[a])
                a += 1
            } else {
                result.appendAscending(other.ranges[b])
                b += 1
            }
        }
        return result
    }

    public mutating func formUnion(_ other: UIDSet) { self = union(other) }

    public func intersection(_ other: UIDSet) -> UIDSet {
        var result = UIDSet()
        var a = 0
        var b = 0
        while a < ranges.count, b < other.ranges.count {
            let low = Swift.max(ranges[a].lowerBound, other.ranges[b].lowerBound)
            let high = Swift.min(ranges[a].upperBound, other.ranges[b].upperBound)
            if low <= high { result.ranges.append(low...high) }
            if ranges[a].upperBound < other.ranges[b].upperBound { a += 1 } else { b += 1 }
        }
        return result
    }

    public func subtracting(_ other: UIDSet) -> UIDSet {
        var result = UIDSet()
        var b = 0
        for range in ranges {
            var low = UInt64(range.lowerBound)
            let high = UInt64(range.upperBound)
            while b < other.ranges.count, UInt64(other.ranges[b].upperBound) < low { b += 1 }
            var hole = b
            while hole < other.ranges.count, UInt64(other.ranges[hole].lowerBound) <= high, low <= high {
                let cut = other.ranges[hole]
                if UInt64(cut.lowerBound) > low { result.ranges.append(UID(low)...(cut.lowerBound - 1)) }
                low = Swift.max(low, UInt64(cut.upperBound) + 1)
                hole += 1
            }
            if low <= high { result.ranges.append(UID(low)...UID(high)) }
        }
        return result
    }

    public mutating func subtract(_ other: UIDSet) { self = subtracting(other) }

    public func isSubset(of other: UIDSet) -> Bool { subtracting(other).isEmpty }

    /// The set cut into windows of at most `size` UIDs, the newest (highest) UIDs first.
    ///
    /// A client that shows the newest mail first asks for one window after the other.
    public func windowsNewestFirst(of size: Int) -> [UIDSet] {
        precondition(size > 0, "a window holds at least one UID")
        var windows: [UIDSet] = []
        var current: [ClosedRange<UID>] = []
        var room = size
        for range in ranges.reversed() {
            var high = UInt64(range.upperBound)
            let low = UInt64(range.lowerBound)
            while high >= low {
                let take = Swift.min(UInt64(room), high - low + 1)
                current.append(UID(high - take + 1)...UID(high))
                room -= Int(take)
                if room == 0 {
                    windows.append(UIDSet(descending: current))
                    current = []
                    room = size
                }
                if high < take + low { break }
                high -= take
            }
        }
        if !current.isEmpty { windows.append(UIDSet(descending: current)) }
        return windows
    }

    private init(descending: [ClosedRange<UID>]) { ranges = descending.reversed() }

    /// The `count` highest UIDs.
    public func newest(_ count: Int) -> UIDSet { count <= 0 ? [] : windowsNewestFirst(of: count).first ?? [] }
}
