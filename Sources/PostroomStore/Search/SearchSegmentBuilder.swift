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
        var starts = [Int](repeating: 0, count: table.count * fields + 1)
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
                        places[next[key]] = email | position
                        next[key] += 1
                        position += 1
                    }
                }
            }
        }
        var writer = SearchBlockWriter()
        var key: [UInt8] = []
        var list: [UInt8] = []
        var positions: [UInt8] = []
        for word in table.sorted() {
            for field in 0..<fields {
                let range = starts[word * fields + field]..<starts[word * fields + field + 1]
                guard !range.isEmpty else { continue }
                key.removeAll(keepingCapacity: true)
                key.append(contentsOf: table.word(word))
                key.append(0)
                key.append(UInt8(field))
                list.removeAll(keepingCapacity: true)
                positions.removeAll(keepingCapacity: true)
                let count = encode(places[range], list: &list, positions: &positions)
                writer.append(key: key, count: count, emails: list, positions: positions)
            }
        }
        return writer.finish()
    }

    /// Returns the number of emails.
    private func encode(_ places: ArraySlice<UInt64>, list: inout [UInt8], positions: inout [UInt8]) -> Int {
        var count = 0
        var last: Int64 = 0
        var index = places.startIndex
        while index < places.endIndex {
            let number = places[index] >> 32
            var end = index + 1
            while end < places.endIndex, places[end] >> 32 == number { end += 1 }
            let email = batch.emails[order[Int(number)]].value
            VarInt.append(UInt64(email - last), to: &list)
            last = email
            VarInt.append(UInt64(end - index), to: &positions)
            var before: UInt64 = 0
            for place in places[index..<end] {
                VarInt.append((place & 0xFFFF_FFFF) - before, to: &positions)
                before = place & 0xFFFF_FFFF
            }
            count += 1
            index = end
        }
        return count
    }
}
