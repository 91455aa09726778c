import PostroomCore

/// Makes one segment of several, so that a search has few to look into. Emails that are gone are left out.
///
/// Segments never change, so that they can be read without holding anybody up; memory is a page of blocks of each.
struct SearchMerge {
    /// Segments of about the same size are merged as soon as there are so many: each word is rewritten once whenever the index has
    /// grown by this factor.
    static let fanIn = 24
    /// Segments below this are of one size: what single new messages leave.
    static let smallest = 64 << 10

    /// The segments to merge next; nil where none need to be.
    static func next(_ segments: [SearchSegments.Segment], upTo largest: Int = .max) -> [Int64]? {
        var classes: [Int: [SearchSegments.Segment]] = [:]
        for segment in segments where segment.bytes <= largest { classes[sizeClass(segment.bytes), default: []].append(segment) }
        return classes.sorted { $0.key < $1.key }.first { $0.value.count >= fanIn }?.value.map(\.id)
    }

    private static func sizeClass(_ bytes: Int) -> Int {
        var size = smallest
        var number = 0
        while size < bytes {
            size *= fanIn
            number += 1
        }
        return number
    }

    /// Where a page of a segment's blocks begins.
    enum Start {
        case holding([UInt8])
        case behind([UInt8])
    }

    private var sources: [Source]
    private let emails: IDSet?
    private var writer = SearchBlockWriter()

    /// - Parameters:
    ///   - emails: those that may be found again; nil keeps all.
    ///   - after: the last key that is merged already.
    ///   - page: some blocks of a segment, in order; none at its end.
    init(_ segments: [Int64], emails: IDSet?, after: [UInt8] = [], page: @escaping (Int64, Start) throws -> [SearchBlock]) throws {
        self.emails = emails
        sources = try segments.map { segment in try Source(after: after) { try page(segment, $0) } }.filter { !$0.isAtEnd }
    }

    /// The next blocks of the merged segment; empty at its end.
    mutating func blocks(octets: Int) throws -> [SearchBlock] {
        var blocks: [SearchBlock] = []
        var size = 0
        while size < octets {
            guard try mergeKey() else {
                blocks += writer.finish()
                break
            }
            let complete = writer.take()
            size += complete.reduce(0) { $0 + $1.size }
            blocks += complete
        }
        return blocks
    }

    /// Writes the lowest key of all; false where there is none left.
    private mutating func mergeKey() throws -> Bool {
        guard let lowest = sources.map(\.reader.key).min(by: { $0.lexicographicallyPrecedes($1) }) else { return false }
        var places: [(email: Int64, bytes: ArraySlice<UInt8>)] = []
        var index = 0
        while index < sources.count {
            guard sources[index].reader.key == lowest else {
                index += 1
                continue
            }
            sources[index].collect(into: &places, where: emails)
            try sources[index].advance()
            if sources[index].isAtEnd { sources.remove(at: index) } else { index += 1 }
        }
        guard !places.isEmpty else { return true }
        // Segments that were written one after the other mostly hold emails one after the other.
        var isSorted = true
        for index in places.indices.dropFirst() where places[index - 1].email >= places[index].email { isSorted = false }
        if !isSorted { places.sort { $0.email < $1.email } }
        var list: [UInt8] = []
        var positions: [UInt8] = []
        var last: Int64 = -1
        var count = 0
        for place in places where place.email != last {
            VarInt.append(UInt64(place.email - max(last, 0)), to: &list)
            positions.append(contentsOf: place.bytes)
            last = place.email
            count += 1
        }
        writer.append(key: lowest, count: count, emails: list, positions: positions)
        return true
    }

    /// One segment on its way through the merge.
    private struct Source {
        let page: (Start) throws -> [SearchBlock]
        /// In reverse.
        var waiting: [SearchBlock]
        var block = SearchBlock(firstKey: [], words: [], positions: [])
        var reader = SearchBlockReader([])
        var isAtEnd = false

        init(after key: [UInt8], _ page: @escaping (Start) throws -> [SearchBlock]) throws {
            self.page = page
            waiting = try page(.holding(key)).reversed()
            repeat { try advance() } while !isAtEnd && !key.lexicographicallyPrecedes(reader.key)
        }

        mutating func advance() throws {
            while !reader.next() {
                if waiting.isEmpty, !block.firstKey.isEmpty { waiting = try page(.behind(block.firstKey)).reversed() }
                guard let next = waiting.popLast() else {
                    isAtEnd = true
                    return
                }
                block = next
                reader = SearchBlockReader(next.words)
            }
        }

        /// The emails of the current key, each with its places as they are written.
        func collect(into places: inout [(email: Int64, bytes: ArraySlice<UInt8>)], where emails: IDSet?) {
            let positions = block.positions
            guard reader.positions.upperBound <= positions.count else { return }
            positions.withUnsafeBufferPointer { bytes in
                var at = reader.positions.lowerBound
                let end = reader.positions.upperBound
                reader.forEachEmail { email in
                    let start = at
                    var count = VarInt.read(bytes, &at, end: end)
                    while count > 0, at < end {
                        _ = VarInt.read(bytes, &at, end: end)
                        count -= 1
                    }
                    if emails?.contains(email) ?? true { places.append((email, positions[start..<at])) }
                }
            }
        }
    }
}
