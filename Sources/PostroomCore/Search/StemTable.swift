/// The words of one language that were met, with their stems: mail repeats itself, and a look here costs a tenth of stemming.
final class StemTable {
    /// What every look at a word needs: as little as it can be, because those of all words are to stay near the processor.
    private struct Entry {
        /// The last field that had the word.
        var seen: UInt32
        /// Its number in the batch; `unnumbered` where the batch has not had it yet.
        var number: UInt32
    }

    private static let unnumbered = UInt32.max

    /// As many as `words` has. By pointer: an array asks at each change whether it is the only one that has them.
    private var entries: UnsafeMutablePointer<Entry>
    private var capacity = 1 << 10
    /// The entry of each word's stem: the word's own where nothing is taken off, -1 where it was not worked out yet.
    private var stems: [Int32] = []
    /// Without the check at run time that nobody else is at it: its methods call nothing that could come back here, and the check costs a fifth of a look.
    @exclusivity(unchecked) private var words = WordTable()

    init() { entries = .allocate(capacity: capacity) }

    deinit { entries.deallocate() }

    /// So full that it should start anew: between two messages only, since entries are referred to by number.
    var isFull: Bool { words.count > 60_000 }

    func removeAll() {
        words.removeAll()
        stems.removeAll(keepingCapacity: true)
    }

    /// The number of the word's entry; it is made where there is none.
    ///
    /// - Parameter isPadded: as ``WordTable/number(of:isPadded:)`` has it.
    @inline(__always)
    func entry(of word: UnsafeBufferPointer<UInt8>, isPadded: Bool = false) -> Int {
        let count = words.count
        let number = words.number(of: word, isPadded: isPadded)
        if number == count { begin(number) }
        return number
    }

    private func begin(_ number: Int) {
        if number == capacity {
            let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
            larger.update(from: entries, count: capacity)
            entries.deallocate()
            entries = larger
            capacity *= 2
        }
        entries[number] = Entry(seen: 0, number: Self.unnumbered)
        stems.append(-1)
    }

    func word(_ index: Int) -> ArraySlice<UInt8> { words.word(index) }

    /// True where the field has not had the word yet; now it has.
    @inline(__always)
    func isNew(_ index: Int, in field: UInt32) -> Bool {
        if entries[index].seen == field { return false }
        entries[index].seen = field
        return true
    }

    /// The entry's number in the batch; nil where it has none yet.
    @inline(__always)
    func number(of index: Int) -> Int? {
        let number = entries[index].number
        return number == Self.unnumbered ? nil : Int(number)
    }

    func setNumber(_ number: Int, of index: Int) { entries[index].number = UInt32(number) }

    /// From here on words have no numbers yet.
    func beginBatch() {
        for index in 0..<words.count { entries[index].number = Self.unnumbered }
    }

    /// The entry of the word's stem; nil where it was not worked out yet.
    func stem(of index: Int) -> Int? { stems[index] < 0 ? nil : Int(stems[index]) }

    func setStem(_ stem: Int, of index: Int) { stems[index] = Int32(stem) }
}
