/// The words of one language that were met, with their stems: mail repeats itself, and a look here costs a tenth of stemming.
///
/// Open addressing over the bytes themselves, because a dictionary of `String` spends more on hashing than stemming would cost.
struct StemTable {
    struct Entry {
        var hash: UInt64 = 0
        var start: UInt32 = 0
        var count: UInt32 = 0
        /// The entry of the stem: itself where nothing is taken off, -1 where it was not worked out yet.
        var stem: Int32 = -1
        /// The last field that had the word.
        var seen: UInt32 = 0
    }

    private(set) var entries: [Entry] = []
    private(set) var bytes: [UInt8] = []
    private var slots: [Int32]

    init() {
        slots = [Int32](repeating: -1, count: 1 << 12)
    }

    /// So full that it should start anew: between two messages only, since entries are referred to by number.
    var isFull: Bool { entries.count > 60_000 }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = -1 }
    }

    /// The number of the word's entry; it is made where there is none.
    mutating func entry(of word: UnsafeBufferPointer<UInt8>) -> Int {
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

    func word(_ index: Int) -> ArraySlice<UInt8> {
        let entry = entries[index]
        return bytes[Int(entry.start)..<Int(entry.start + entry.count)]
    }

    /// True where the field has not had the word yet; now it has.
    mutating func isNew(_ index: Int, in field: UInt32) -> Bool {
        if entries[index].seen == field { return false }
        entries[index].seen = field
        return true
    }

    mutating func setStem(_ stem: Int, of index: Int) { entries[index].stem = Int32(stem) }

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

    /// FNV-1a, its bits spread at the end: the slots are taken from the lowest.
    @inline(__always)
    private static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 32
    }
}
