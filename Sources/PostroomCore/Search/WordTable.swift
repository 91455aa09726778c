/// Words by number: each word that was met once, in the order of meeting.
///
/// Open addressing over the bytes themselves, because a dictionary of `String` spends more on hashing than all the rest of an
/// index costs.
public struct WordTable: Sendable {
    private struct Entry {
        var start: UInt32
        var count: UInt32
    }

    /// A word's hash and the number of its entry; empty where `number` is negative. Words are equal where their hashes are: of 64 bits from a
    /// secret start, among at most some hundred thousand words, so that a look costs one place in memory and not three.
    private struct Slot {
        var hash: UInt64 = 0
        var number: Int32 = -1
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private var slots: [Slot]

    public init() {
        slots = [Slot](repeating: Slot(), count: 1 << 12)
    }

    public var count: Int { entries.count }

    public mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = Slot() }
    }

    /// The word's number; it gets the next one where it was not met before.
    public mutating func number(of word: UnsafeBufferPointer<UInt8>) -> Int {
        let hash = Self.hash(UnsafeRawBufferPointer(word))
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        let found = slots.withUnsafeBufferPointer { slots -> Int? in
            while slots[slot].number >= 0 {
                if slots[slot].hash == hash { return Int(slots[slot].number) }
                slot = (slot + 1) & mask
            }
            return nil
        }
        if let found { return found }
        let number = entries.count
        entries.append(Entry(start: UInt32(bytes.count), count: UInt32(word.count)))
        bytes.append(contentsOf: word)
        slots[slot] = Slot(hash: hash, number: Int32(number))
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

    private mutating func grow() {
        var larger = [Slot](repeating: Slot(), count: slots.count * 2)
        for content in slots where content.number >= 0 {
            var slot = Int(truncatingIfNeeded: content.hash) & (larger.count - 1)
            while larger[slot].number >= 0 { slot = (slot + 1) & (larger.count - 1) }
            larger[slot] = content
        }
        slots = larger
    }

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
