/// A set of UIDs, kept as sorted ranges that neither touch nor overlap.
///
/// A mailbox of a million messages without gaps is one range: 8 bytes. `union`, `subtracting` and `intersection` cost the
/// number of ranges, not the number of messages.
public struct UIDSet: Sendable, Hashable {
    /// Ascending; between two ranges at least one UID is missing.
    public internal(set) var ranges: [ClosedRange<UID>]

    public init() { ranges = [] }

    public init(_ range: ClosedRange<UID>) { ranges = [range] }

    public init(_ uid: UID) { ranges = [uid...uid] }

    /// The set of these UIDs, in any order, repeated or not.
    public init(_ uids: some Sequence<UID>) {
        self.init()
        var sorted = true
        var last: UID?
        for uid in uids {
            if let end = last, uid <= end {
                sorted = uid == end ? sorted : false
                if !sorted { break }
                continue
            }
            if let end = last, uid == end + 1 {
                ranges[ranges.count - 1] = ranges[ranges.count - 1].lowerBound...uid
            } else {
                ranges.append(uid...uid)
            }
            last = uid
        }
        if !sorted { self.init(ranges: uids.map { $0...$0 }) }
    }

    /// The union of ranges in any order.
    public init(ranges unordered: [ClosedRange<UID>]) {
        self.init()
        for range in unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) { appendAscending(range) }
    }

    /// Adds a range that begins at or after the last one does.
    mutating func appendAscending(_ range: ClosedRange<UID>) {
        guard let last = ranges.last else { return ranges.append(range) }
        if last.upperBound == .max || range.lowerBound <= last.upperBound + 1 {
            if range.upperBound > last.upperBound { ranges[ranges.count - 1] = last.lowerBound...range.upperBound }
        } else {
            ranges.append(range)
        }
    }

    public var isEmpty: Bool { ranges.isEmpty }

    /// How many UIDs it holds.
    public var count: Int { ranges.reduce(0) { $0 + Int($1.upperBound - $1.lowerBound) + 1 } }

    public var min: UID? { ranges.first?.lowerBound }
    public var max: UID? { ranges.last?.upperBound }

    /// The place of the first range that ends at or after `uid`.
    func rangeIndex(endingAtOrAfter uid: UID) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }

    public func contains(_ uid: UID) -> Bool {
        let index = rangeIndex(endingAtOrAfter: uid)
        return index < ranges.count && ranges[index].lowerBound <= uid
    }
}

extension UIDSet: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: UID...) { self.init(elements) }
}

/// Walks the UIDs upward, one at a time.
extension UIDSet: Sequence {
    public struct Iterator: IteratorProtocol {
        let ranges: [ClosedRange<UID>]
        var index = 0
        var following: UID?

        public mutating func next() -> UID? {
            guard index < ranges.count else { return nil }
            let uid = following ?? ranges[index].lowerBound
            if uid == ranges[index].upperBound {
                index += 1
                following = nil
            } else {
                following = uid + 1
            }
            return uid
        }
    }

    public func makeIterator() -> Iterator { Iterator(ranges: ranges) }
    public var underestimatedCount: Int { count }
}
