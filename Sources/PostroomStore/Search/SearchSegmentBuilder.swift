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
        let (table, tokens, ends) = (batch.words, batch.tokens, batch.ends)
        // Where the places of each word in each field begin.
        var starts = [UInt32](repeating: 0, count: table.count * fields + 1)
        for token in tokens { starts[Int(token) + 1] += 1 }
        for index in 1..<starts.count { starts[index] += starts[index - 1] }
        var next = starts
        let places = [UInt64](unsafeUninitializedCapacity: tokens.count) { places, count in
            count = tokens.count
            for (number, index) in order.enumerated() {
                let email = UInt64(number) << 32
                for run in index * fields..<(index + 1) * fields {
                    var position: UInt64 = 0
                    for token in (run == 0 ? 0 : ends[run - 1])..<ends[run] {
                        let key = Int(tokens[token])
                        places[Int(next[key])] = email | position
                        next[key] += 1
                        position += 1
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
                        let range = Int(starts[word * fields + field])..<Int(starts[word * fields + field + 1])
                        guard !range.isEmpty else { continue }
                        key.removeAll(keepingCapacity: true)
                        key.append(contentsOf: table.word(word))
                        key.append(0)
                        key.append(UInt8(field))
                        entry.encode(UnsafeBufferPointer(rebasing: places[range]), ids: ids)
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

        /// - Parameter places: the number of an email and a place in it, in ascending order.
        mutating func encode(_ places: UnsafeBufferPointer<UInt64>, ids: UnsafeBufferPointer<Int64>) {
            count = 0
            // At most as many emails as places, and for each of both a number.
            list.reserve(upTo: places.count * VarInt.longest)
            positions.reserve(upTo: places.count * 2 * VarInt.longest)
            let (emails, offsets) = (list.base, positions.base)
            var (listed, placed) = (0, 0)
            var last: Int64 = 0
            var index = 0
            while index < places.count {
                let number = places[index] >> 32
                var end = index + 1
                while end < places.count, places[end] >> 32 == number { end += 1 }
                let email = ids[Int(number)]
                VarInt.put(UInt64(email - last), to: emails, &listed)
                last = email
                VarInt.put(UInt64(end - index), to: offsets, &placed)
                var before: UInt64 = 0
                while index < end {
                    let place = places[index] & 0xFFFF_FFFF
                    VarInt.put(place - before, to: offsets, &placed)
                    before = place
                    index += 1
                }
                count += 1
            }
            (list.count, positions.count) = (listed, placed)
        }
    }
}
