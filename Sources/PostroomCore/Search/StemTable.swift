/// The words of one language that were met, with their stems: mail repeats itself, and a look here costs a tenth of stemming.
struct StemTable {
    struct Entry {
        /// The entry of the stem: itself where nothing is taken off, -1 where it was not worked out yet.
        var stem: Int32 = -1
        /// The last field that had the word.
        var seen: UInt32 = 0
        /// Its number in the last batch that had it, and which that was.
        var number: UInt32 = 0
        var batch: UInt32 = 0
    }

    private(set) var entries: [Entry] = []
    private var words = WordTable()
    /// The batch that is being made.
    private var batch: UInt32 = 1

    /// So full that it should start anew: between two messages only, since entries are referred to by number.
    var isFull: Bool { entries.count > 60_000 }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        words.removeAll()
    }

    /// The number of the word's entry; it is made where there is none.
    mutating func entry(of word: UnsafeBufferPointer<UInt8>) -> Int {
        let number = words.number(of: word)
        if number == entries.count { entries.append(Entry()) }
        return number
    }

    func word(_ index: Int) -> ArraySlice<UInt8> { words.word(index) }

    /// True where the field has not had the word yet; now it has.
    mutating func isNew(_ index: Int, in field: UInt32) -> Bool {
        if entries[index].seen == field { return false }
        entries[index].seen = field
        return true
    }

    /// The entry's number in the batch; nil where it has none yet.
    func number(of index: Int) -> Int? { entries[index].batch == batch ? Int(entries[index].number) : nil }

    mutating func setNumber(_ number: Int, of index: Int) {
        entries[index].number = UInt32(number)
        entries[index].batch = batch
    }

    /// From here on words have no numbers yet.
    mutating func beginBatch() { batch += 1 }

    mutating func setStem(_ stem: Int, of index: Int) { entries[index].stem = Int32(stem) }
}
