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
    ///
    /// - Parameter isPadded: sixteen octets from any of the word's can be read, whatever they are.
    @inline(__always)
    mutating func number(of word: UnsafeBufferPointer<UInt8>, isPadded: Bool = false) -> Int {
        let hash = Self.hash(UnsafeRawBufferPointer(word), isPadded: isPadded)
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        let found = slots.withUnsafeBufferPointer { slots -> Int? in
            while !slots[slot].isEmpty {
                if slots[slot].has(hash) { return slots[slot].number }
                slot = (slot + 1) & mask
            }
            return nil
        }
        return found ?? add(word, hash, at: slot)
    }

    private mutating func add(_ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64, at slot: Int) -> Int {
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
        bytes.withUnsafeBufferPointer { bytes in
            // The first octets of each word decide mostly. Eight of them are sorted octet by octet, the last one first: a few passes over all words,
            // where comparing them takes some fifteen.
            var heads = entries.indices.map { number in
                let entry = entries[number]
                func octets(_ from: Int) -> UInt64 {
                    (from..<from + 8).reduce(0) { $0 << 8 | ($1 < Int(entry.count) ? UInt64(bytes[Int(entry.start) + $1]) : 0) }
                }
                return Head(first: octets(0), second: entry.count > 8 ? octets(8) : 0, number: UInt32(number))
            }
            var other = heads
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                var starts = [Int](repeating: 0, count: 257)
                for head in heads { starts[Int(head.first >> shift & 0xFF) + 1] += 1 }
                // All have the same there.
                if starts.contains(heads.count) { continue }
                for octet in 1..<256 { starts[octet] += starts[octet - 1] }
                for head in heads {
                    let octet = Int(head.first >> shift & 0xFF)
                    other[starts[octet]] = head
                    starts[octet] += 1
                }
                swap(&heads, &other)
            }
            func rest(_ head: Head) -> UnsafeBufferPointer<UInt8> {
                let entry = entries[Int(head.number)]
                return UnsafeBufferPointer(rebasing: bytes[Int(entry.start + min(16, entry.count))..<Int(entry.start + entry.count)])
            }
            var start = 0
            while start < heads.count {
                var end = start + 1
                while end < heads.count, heads[end].first == heads[start].first { end += 1 }
                if end - start > 1 {
                    heads[start..<end].sort { one, other in
                        one.second == other.second ? rest(one).lexicographicallyPrecedes(rest(other)) : one.second < other.second
                    }
                }
                start = end
            }
            return heads.map { Int($0.number) }
        }
    }

    private struct Head {
        /// Eight octets each, the most significant first; zeros behind the word's end.
        var first: UInt64
        var second: UInt64
        var number: UInt32
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

    /// Eight octets at a time, multiplied into each other (as wyhash and its relatives do). Most words have no more than sixteen octets: both
    /// halves of those are taken without a question after their length, which a processor would guess wrong.
    @inline(__always)
    private static func hash(_ word: UnsafeRawBufferPointer, isPadded: Bool) -> UInt64 {
        var hash = seed
        var offset = 0
        while word.count - offset > 16 {
            hash = mix(hash ^ word.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian, 0x9E37_79B9_7F4A_7C15)
            offset += 8
        }
        let left = word.count - offset
        let (first, second): (UInt64, UInt64)
        if isPadded, let base = word.baseAddress {
            first = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian & lowest(left)
            second = base.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self).littleEndian & lowest(left - 8)
        } else {
            var halves: (UInt64, UInt64) = (0, 0)
            withUnsafeMutableBytes(of: &halves) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: word[offset...])) }
            (first, second) = (halves.0.littleEndian, halves.1.littleEndian)
        }
        return mix(mix(hash ^ first, 0x9E37_79B9_7F4A_7C15) ^ second, 0xD6E8_FEB8_6659_FD93 ^ UInt64(word.count))
    }

    /// The bits of so many octets: none to eight.
    @inline(__always)
    private static func lowest(_ octets: Int) -> UInt64 { (1 << (8 * max(0, octets))) &- 1 }

    @inline(__always)
    private static func mix(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
