/// Words by number: each word that was met once, in the order of meeting.
///
/// Open addressing over the bytes themselves, because a dictionary of `String` spends more on hashing than all the rest of an
/// index costs.
public struct WordTable: Sendable {
    private struct Entry {
        var hash: UInt64
        var start: UInt32
        var count: UInt32
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private var slots: [Int32]

    public init() {
        slots = [Int32](repeating: -1, count: 1 << 12)
    }

    public var count: Int { entries.count }

    public mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = -1 }
    }

    /// The word's number; it gets the next one where it was not met before.
    public mutating func number(of word: UnsafeBufferPointer<UInt8>) -> Int {
        let hash = Self.hash(word)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while true {
            let index = slots[slot]
            if index < 0 { break }
            let entry = entries[Int(index)]
            if entry.hash == hash, Int(entry.count) == word.count, isEqual(entry, word) { return Int(index) }
            slot = (slot + 1) & (slots.count - 1)
        }
        let index = entries.count
        entries.append(Entry(hash: hash, start: UInt32(bytes.count), count: UInt32(word.count)))
        bytes.append(contentsOf: word)
        slots[slot] = Int32(index)
        if entries.count * 2 > slots.count { grow() }
        return index
    }

    public func word(_ number: Int) -> ArraySlice<UInt8> {
        let entry = entries[number]
        return bytes[Int(entry.start)..<Int(entry.start + entry.count)]
    }

    /// All numbers in the order of their words' bytes.
    public func sorted() -> [Int] {
        // Eight bytes decide nearly always, and a number is compared sooner than a slice.
        let heads = entries.map { entry in
            var head: UInt64 = 0
            for offset in 0..<8 {
                head = head << 8 | (offset < Int(entry.count) ? UInt64(bytes[Int(entry.start) + offset]) : 0)
            }
            return head
        }
        return entries.indices.sorted { one, other in
            heads[one] == heads[other] ? word(one).lexicographicallyPrecedes(word(other)) : heads[one] < heads[other]
        }
    }

    private func isEqual(_ entry: Entry, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = Int(entry.start)
        for offset in 0..<word.count where bytes[start + offset] != word[offset] { return false }
        return true
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for (index, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(index)
        }
    }

    /// Nobody who writes mail can know where words collide.
    private static let seed = UInt64.random(in: 1 ... .max)

    /// FNV-1a from a start of our own, its bits spread at the end: the slots are taken from the lowest.
    @inline(__always)
    private static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = seed
        for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 32
    }
}
