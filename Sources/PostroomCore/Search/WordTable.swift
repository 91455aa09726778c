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
    /// The upper half of a hash and the number of its entry plus one; 0 where nothing is.
    private var slots: [UInt64]

    public init() {
        slots = [UInt64](repeating: 0, count: 1 << 12)
    }

    public var count: Int { entries.count }

    public mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = 0 }
    }

    /// The word's number; it gets the next one where it was not met before.
    public mutating func number(of word: UnsafeBufferPointer<UInt8>) -> Int {
        let hash = Self.hash(UnsafeRawBufferPointer(word))
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        let found = slots.withUnsafeBufferPointer { slots -> Int? in
            while true {
                let content = slots[slot]
                if content == 0 { return nil }
                if (content ^ hash) >> 32 == 0 {
                    let number = Int(content & 0xFFFF_FFFF) - 1
                    if isEqual(entries[number], word) { return number }
                }
                slot = (slot + 1) & mask
            }
        }
        if let found { return found }
        let number = entries.count
        entries.append(Entry(hash: hash, start: UInt32(bytes.count), count: UInt32(word.count)))
        bytes.append(contentsOf: word)
        slots[slot] = Self.slot(hash, number)
        if entries.count * 2 > slots.count { grow() }
        return number
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
        guard Int(entry.count) == word.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            let start = Int(entry.start)
            let other = UnsafeRawBufferPointer(word)
            var offset = 0
            while offset + 8 <= other.count {
                let one = bytes.loadUnaligned(fromByteOffset: start + offset, as: UInt64.self)
                guard one == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self) else { return false }
                offset += 8
            }
            while offset < other.count {
                guard bytes[start + offset] == other[offset] else { return false }
                offset += 1
            }
            return true
        }
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        for (number, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Self.slot(entry.hash, number)
        }
    }

    private static func slot(_ hash: UInt64, _ number: Int) -> UInt64 { hash & 0xFFFF_FFFF_0000_0000 | UInt64(number + 1) }

    /// Nobody who writes mail can know where words collide.
    private static let seed = UInt64.random(in: 1 ... .max)

    /// Eight octets at a time, multiplied into each other (as wyhash and its relatives do).
    @inline(__always)
    private static func hash(_ word: UnsafeRawBufferPointer) -> UInt64 {
        func mix(_ one: UInt64, _ other: UInt64) -> UInt64 {
            let product = one.multipliedFullWidth(by: other)
            return product.high ^ product.low
        }
        let count = word.count
        var hash = seed
        var offset = 0
        while offset + 8 < count {
            hash = mix(hash ^ word.loadUnaligned(fromByteOffset: offset, as: UInt64.self), 0x9E37_79B9_7F4A_7C15)
            offset += 8
        }
        let last: UInt64
        if count >= 8 {
            last = word.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        } else if count >= 4 {
            let head = UInt64(word.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
            last = head << 32 | UInt64(word.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        } else if count > 0 {
            last = UInt64(word[0]) << 16 | UInt64(word[count / 2]) << 8 | UInt64(word[count - 1])
        } else {
            last = 0
        }
        return mix(hash ^ last, 0xD6E8_FEB8_6659_FD93 ^ UInt64(count))
    }
}
