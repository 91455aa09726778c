/// Words by number: each word that was met once, in the order of meeting.
///
/// Open addressing over the bytes themselves, because a dictionary of `String` spends more on hashing than all the rest of an
/// index costs.
public struct WordTable: Sendable {
    private struct Entry {
        var start: UInt32
        var count: UInt32
        var hash: UInt64
    }

    /// The upper 40 bits of a word's hash, and one more than the number of its entry; 0 where there is none. Words are equal where their hashes are:
    /// of 64 bits from a secret start, of which the lower ones say where a word stands, among at most some hundred thousand words. So a look costs
    /// one place in memory and not three, and eight bytes of it.
    private struct Slot {
        private static let numberBits: UInt64 = 24
        private var packed: UInt64 = 0

        init() {}

        init(hash: UInt64, number: Int) {
            precondition(number + 1 < 1 << Self.numberBits)
            packed = (hash >> Self.numberBits) << Self.numberBits | UInt64(number + 1)
        }

        var isEmpty: Bool { packed == 0 }
        var number: Int { Int(packed & (1 << Self.numberBits - 1)) - 1 }
        func has(_ hash: UInt64) -> Bool { (packed ^ hash) >> Self.numberBits == 0 }
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
            while !slots[slot].isEmpty {
                if slots[slot].has(hash) { return slots[slot].number }
                slot = (slot + 1) & mask
            }
            return nil
        }
        if let found { return found }
        let number = entries.count
        entries.append(Entry(start: UInt32(bytes.count), count: UInt32(word.count), hash: hash))
        bytes.append(contentsOf: word)
        slots[slot] = Slot(hash: hash, number: number)
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
        var heads = entries.indices.map { number in
            let entry = entries[number]
            var head: UInt64 = 0
            for offset in 0..<8 {
                head = head << 8 | (offset < Int(entry.count) ? UInt64(bytes[Int(entry.start) + offset]) : 0)
            }
            return (head: head, number: number)
        }
        heads.sort { one, other in
            one.head == other.head ? word(one.number).lexicographicallyPrecedes(word(other.number)) : one.head < other.head
        }
        return heads.map(\.number)
    }

    private mutating func grow() {
        slots = [Slot](repeating: Slot(), count: slots.count * 2)
        slots.withUnsafeMutableBufferPointer { slots in
            for (number, entry) in entries.enumerated() {
                var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
                while !slots[slot].isEmpty { slot = (slot + 1) & (slots.count - 1) }
                slots[slot] = Slot(hash: entry.hash, number: number)
            }
        }
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
