import PostroomCore

/// Turns the words of emails into the emails of words: the blocks of one segment.
///
/// Words come as numbers, and one counting sort orders all of them: a batch costs a few passes over flat arrays, whatever its words are.
struct SearchSegmentBuilder {
    private let batch: IndexBatch
    /// The emails in order, by their places in the batch.
    private let order: [Int]

    /// The blocks of these emails, each of which comes once.
    static func blocks(of batch: IndexBatch) -> [SearchBlock] { SearchSegmentBuilder(batch).build() }

    private init(_ batch: IndexBatch) {
        self.batch = batch
        order = batch.emails.indices.sorted { batch.emails[$0] < batch.emails[$1] }
    }

    private func build() -> [SearchBlock] {
        let fields = IndexBatch.Field.allCases.count
        let (table, tokens, runs) = (batch.words, batch.tokens, batch.ends)
        // Where the places of each word in each field begin; when they are all filled in, where they end. Field by field: nearly all are of one,
        // whose numbers so stand close together.
        let words = table.count
        var ends = [UInt32](repeating: 0, count: words * fields + 1)
        for token in tokens { ends[token.field * words + token.word + 1] += 1 }
        for index in 1..<ends.count { ends[index] += ends[index - 1] }
        let packing = PlacePacking(emails: order.count)
        let places = [UInt32](unsafeUninitializedCapacity: tokens.count) { places, count in
            count = tokens.count
            ends.withUnsafeMutableBufferPointer { next in
                for (number, index) in order.enumerated() {
                    for run in index * fields..<(index + 1) * fields {
                        let start = run == 0 ? 0 : runs[run - 1]
                        for token in start..<runs[run] {
                            let key = tokens[token].field * words + tokens[token].word
                            places[Int(next[key])] = packing.place(email: number, offset: token - start)
                            next[key] += 1
                        }
                    }
                }
            }
        }
        let ids = order.map { batch.emails[$0].value }
        var writer = SearchBlockWriter()
        var key: [UInt8] = []
        var entry = Entry()
        places.withUnsafeBufferPointer { places in
            ids.withUnsafeBufferPointer { ids in
                for word in table.sorted() {
                    for field in 0..<fields {
                        let number = field * words + word
                        let range = (number == 0 ? 0 : Int(ends[number - 1]))..<Int(ends[number])
                        guard !range.isEmpty else { continue }
                        key.removeAll(keepingCapacity: true)
                        key.append(contentsOf: table.word(word))
                        key.append(0)
                        key.append(UInt8(field))
                        entry.encode(UnsafeBufferPointer(rebasing: places[range]), packing, ids: ids)
                        writer.append(key: key, count: entry.count, emails: entry.list.bytes, positions: entry.positions.bytes)
                    }
                }
            }
        }
        return writer.finish()
    }

    /// The emails of one word in one field, and its places there.
    private struct Entry: ~Copyable {
        /// The number of emails.
        var count = 0
        var list = GrowingBytes()
        var positions = GrowingBytes()

        /// - Parameter places: in ascending order.
        mutating func encode(_ places: UnsafeBufferPointer<UInt32>, _ packing: PlacePacking, ids: UnsafeBufferPointer<Int64>) {
            count = 0
            // At most as many emails as places, and for each of both a number.
            list.reserve(upTo: places.count * VarInt.longest)
            positions.reserve(upTo: places.count * 2 * VarInt.longest)
            let (emails, offsets) = (list.base, positions.base)
            var (listed, placed) = (0, 0)
            var last: Int64 = 0
            var index = 0
            while index < places.count {
                let number = packing.email(of: places[index])
                var end = index + 1
                while end < places.count, packing.email(of: places[end]) == number { end += 1 }
                let email = ids[number]
                VarInt.put(UInt64(email - last), to: emails, &listed)
                last = email
                VarInt.put(UInt64(end - index), to: offsets, &placed)
                var before: UInt32 = 0
                while index < end {
                    let offset = packing.offset(of: places[index])
                    VarInt.put(UInt64(offset - before), to: offsets, &placed)
                    before = offset
                    index += 1
                }
                count += 1
            }
            (list.count, positions.count) = (listed, placed)
        }
    }
}

/// A word's place in a batch in four octets: the number of the email, and how many words stand before it in its field. They are written all over a list
/// of a million, which in eight octets each is twice what a processor keeps at hand.
///
/// What the number leaves room for ends the offsets: two million words of a field where there are two thousand emails. Those after it stand at the last
/// one, so they are found, if not by their neighbours.
private struct PlacePacking {
    private let bits: UInt32

    init(emails: Int) { bits = UInt32(UInt32(max(emails, 2) - 1).leadingZeroBitCount) }

    @inline(__always)
    func place(email: Int, offset: Int) -> UInt32 { UInt32(email) << bits | UInt32(min(offset, 1 << Int(bits) - 1)) }

    @inline(__always)
    func email(of place: UInt32) -> Int { Int(place >> bits) }

    @inline(__always)
    func offset(of place: UInt32) -> UInt32 { place & (1 << bits - 1) }
}
