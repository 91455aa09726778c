/// A set of ids as bits: ids of an account come from one counter, so that they lie close together.
struct IDSet: Sendable, Hashable {
    private var bits: [UInt64] = []

    init() {}

    init(_ ids: some Sequence<Int64>) { for id in ids { insert(id) } }

    /// The greatest id that a set takes: far beyond any account, and a bound on what damaged bytes can ask for.
    static let greatest: Int64 = 1 << 32

    mutating func insert(_ id: Int64) {
        guard id >= 0, id < Self.greatest else { return }
        let index = Int(id >> 6)
        if index >= bits.count { bits.append(contentsOf: repeatElement(0, count: max(index + 1 - bits.count, bits.count / 2))) }
        bits[index] |= 1 << UInt64(id & 63)
    }

    func contains(_ id: Int64) -> Bool {
        let index = Int(truncatingIfNeeded: id >> 6)
        guard id >= 0, index < bits.count else { return false }
        return bits[index] & (1 << UInt64(id & 63)) != 0
    }

    mutating func formUnion(_ other: IDSet) {
        if other.bits.count > bits.count { bits.append(contentsOf: repeatElement(0, count: other.bits.count - bits.count)) }
        for index in other.bits.indices { bits[index] |= other.bits[index] }
    }

    mutating func formIntersection(_ other: IDSet) {
        if bits.count > other.bits.count { bits.removeLast(bits.count - other.bits.count) }
        for index in bits.indices { bits[index] &= other.bits[index] }
    }

    var octets: Int { bits.count * 8 }
    var isEmpty: Bool { bits.allSatisfy { $0 == 0 } }
    var count: Int { bits.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// In ascending order.
    var ids: [Int64] {
        var ids: [Int64] = []
        for (index, word) in bits.enumerated() {
            var rest = word
            while rest != 0 {
                ids.append(Int64(index) << 6 | Int64(rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return ids
    }
}
