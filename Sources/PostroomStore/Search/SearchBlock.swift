/// A stretch of a segment's words, in the order of their bytes: what one row holds.
///
/// `words` is a run of entries. An entry: how many octets of its key are those of the key before, how many follow, these; how many
/// emails have it, the octets of their list, the octets of its places; the list. A key is a word, a zero and the number of a field. The list
/// holds the ids of the emails, each as the difference to the one before. `positions` holds the places in the same order: for each email
/// how many, and each as the difference to the one before. All numbers are ``VarInt``. Places lie apart because only phrases need them.
struct SearchBlock: Sendable {
    var firstKey: [UInt8]
    var words: [UInt8]
    var positions: [UInt8]
    /// Not stored: where the next block goes on while segments are merged.
    var lastKey: [UInt8] = []

    var size: Int { words.count + positions.count }

    /// A block is ended behind the entry that makes it this long: small enough to be read for one word, large enough to be few.
    static let longest = 16 << 10
}

/// Puts entries, which come in the order of their keys, into blocks.
struct SearchBlockWriter {
    private(set) var blocks: [SearchBlock] = []
    private var block = SearchBlock(firstKey: [], words: [], positions: [])
    private var last: [UInt8] = []

    /// The blocks that are complete so far.
    mutating func take() -> [SearchBlock] {
        defer { blocks.removeAll(keepingCapacity: true) }
        return blocks
    }

    mutating func finish() -> [SearchBlock] {
        endBlock()
        return take()
    }

    mutating func append(key: [UInt8], count: Int, emails: some Collection<UInt8>, positions: some Collection<UInt8>) {
        var shared = 0
        if block.words.isEmpty {
            block.firstKey = key
        } else {
            let end = min(last.count, key.count)
            while shared < end, last[shared] == key[shared] { shared += 1 }
        }
        VarInt.append(UInt64(shared), to: &block.words)
        VarInt.append(UInt64(key.count - shared), to: &block.words)
        block.words.append(contentsOf: key[shared...])
        VarInt.append(UInt64(count), to: &block.words)
        VarInt.append(UInt64(emails.count), to: &block.words)
        VarInt.append(UInt64(positions.count), to: &block.words)
        block.words.append(contentsOf: emails)
        block.positions.append(contentsOf: positions)
        // A copy, so that the key that comes next is written where this one was.
        last.removeAll(keepingCapacity: true)
        last.append(contentsOf: key)
        if block.size >= SearchBlock.longest { endBlock() }
    }

    private mutating func endBlock() {
        guard !block.words.isEmpty else { return }
        block.lastKey = last
        blocks.append(block)
        block = SearchBlock(firstKey: [], words: [], positions: [])
    }
}

/// Reads the entries of a block one after the other. Damaged bytes end it early; they never do more.
struct SearchBlockReader {
    let words: [UInt8]
    private var at = 0
    private(set) var key: [UInt8] = []
    /// How many emails have the word.
    private(set) var count = 0
    /// Where the list of emails is in the block's words.
    private(set) var emails = 0..<0
    /// Where the places are in the block's positions.
    private(set) var positions = 0..<0

    init(_ words: [UInt8]) { self.words = words }

    mutating func next() -> Bool {
        words.withUnsafeBufferPointer { words in
            guard at < words.count else { return false }
            let shared = Int(truncatingIfNeeded: VarInt.read(words, &at, end: words.count))
            let more = Int(truncatingIfNeeded: VarInt.read(words, &at, end: words.count))
            guard shared >= 0, shared <= key.count, more >= 0, more <= words.count - at else { return false }
            key.removeLast(key.count - shared)
            key.append(contentsOf: words[at..<at + more])
            at += more
            count = Int(truncatingIfNeeded: VarInt.read(words, &at, end: words.count))
            let length = Int(truncatingIfNeeded: VarInt.read(words, &at, end: words.count))
            let places = Int(truncatingIfNeeded: VarInt.read(words, &at, end: words.count))
            guard count >= 0, length >= 0, length <= words.count - at, places >= 0, places < 1 << 40 else { return false }
            emails = at..<at + length
            positions = positions.upperBound..<positions.upperBound + places
            at += length
            return true
        }
    }

    /// The key without the field.
    var word: ArraySlice<UInt8> { key.dropLast(2) }
    var field: UInt8 { key.last ?? 0 }

    func forEachEmail(_ body: (Int64) -> Void) {
        words.withUnsafeBufferPointer { words in
            var at = emails.lowerBound
            var email: UInt64 = 0
            while at < emails.upperBound {
                email &+= VarInt.read(words, &at, end: emails.upperBound)
                body(Int64(truncatingIfNeeded: email))
            }
        }
    }

    /// The places of each email that is among `wanted` (in ascending order; nil: of all), as `email << bits | place`, in ascending order.
    ///
    /// A word that everybody writes has as many emails as the account: this is the one loop of a search that must be tight.
    func places(_ positions: [UInt8], of wanted: [Int64]?, bits: Int64) -> [Int64] {
        guard self.positions.upperBound <= positions.count else { return [] }
        var found: [Int64] = []
        let wanted = wanted?.map { UInt64(truncatingIfNeeded: $0) }
        words.withUnsafeBufferPointer { words in
            positions.withUnsafeBufferPointer { bytes in
                var word = emails.lowerBound
                let wordsEnd = emails.upperBound
                var at = self.positions.lowerBound
                let end = self.positions.upperBound
                var email: UInt64 = 0
                var next = 0
                while word < wordsEnd {
                    email &+= VarInt.read(words, &word, end: wordsEnd)
                    var left = VarInt.read(bytes, &at, end: end)
                    if let wanted {
                        while next < wanted.count, wanted[next] < email { next += 1 }
                        if next == wanted.count { return }
                        guard wanted[next] == email else {
                            // The last octet of a number is the one without the high bit.
                            while left > 0, at < end {
                                if bytes[at] < 0x80 { left -= 1 }
                                at += 1
                            }
                            continue
                        }
                    }
                    var place: UInt64 = 0
                    while left > 0, at < end {
                        place &+= VarInt.read(bytes, &at, end: end)
                        found.append(Int64(truncatingIfNeeded: email) << bits | Int64(truncatingIfNeeded: place & 0xFF_FFFF))
                        left -= 1
                    }
                }
            }
        }
        return found
    }
}
