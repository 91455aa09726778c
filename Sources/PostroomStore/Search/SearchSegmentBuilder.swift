import PostroomCore

/// Turns the words of emails into the emails of words: the blocks of one segment.
///
/// Words become numbers as they come, and one counting sort orders all of them at the end: a batch costs a few passes over
/// flat arrays, whatever its words are.
struct SearchSegmentBuilder {
    static let fields: [KeyPath<SearchText, String> & Sendable] = [\.subject, \.from, \.to, \.cc, \.bcc, \.body]

    private var table = WordTable()
    private var emails: [Int64] = []
    /// Word times fields plus field, of each word in turn.
    private var tokens: [UInt32] = []
    /// Where each field of each email ends in `tokens`.
    private var ends: [Int] = []

    /// The blocks of these emails, each of which comes once.
    static func blocks(of entries: [(email: Int64, text: SearchText)]) -> [SearchBlock] {
        var builder = SearchSegmentBuilder()
        for entry in entries.sorted(by: { $0.email < $1.email }) { builder.add(entry.email, entry.text) }
        return builder.build()
    }

    private mutating func add(_ email: Int64, _ text: SearchText) {
        emails.append(email)
        for (number, field) in Self.fields.enumerated() {
            var value = text[keyPath: field]
            value.withUTF8 { read($0, field: UInt32(number)) }
            ends.append(tokens.count)
        }
    }

    /// Words stand apart by one space.
    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, field: UInt32) {
        let fields = UInt32(Self.fields.count)
        var start = 0
        for index in 0...bytes.count where index == bytes.count || bytes[index] == 0x20 {
            if index > start {
                let number = table.number(of: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                tokens.append(UInt32(number) * fields + field)
            }
            start = index + 1
        }
    }

    private func build() -> [SearchBlock] {
        let fields = Self.fields.count
        // Where the places of each word in each field begin.
        var starts = [Int](repeating: 0, count: table.count * fields + 1)
        for token in tokens { starts[Int(token) + 1] += 1 }
        for index in 1..<starts.count { starts[index] += starts[index - 1] }
        var next = starts
        let places = [UInt64](unsafeUninitializedCapacity: tokens.count) { places, count in
            count = tokens.count
            var token = 0
            for (run, end) in ends.enumerated() {
                let email = UInt64(run / fields) << 32
                var position: UInt64 = 0
                while token < end {
                    let key = Int(tokens[token])
                    places[next[key]] = email | position
                    next[key] += 1
                    token += 1
                    position += 1
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
            let email = emails[Int(number)]
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
