import MailProtocol
import Testing

@Suite("UID sets") struct UIDSetTests {
    @Test("algebra agrees with sets of numbers") func algebra() {
        var random = SplitMix(seed: 7)
        for _ in 0..<300 {
            let a = Set((0..<Int.random(in: 0...40, using: &random)).map { _ in UID.random(in: 1...60, using: &random) })
            let b = Set((0..<Int.random(in: 0...40, using: &random)).map { _ in UID.random(in: 1...60, using: &random) })
            let (x, y) = (UIDSet(a), UIDSet(b))
            #expect(Array(x) == a.sorted() && x.count == a.count && x.min == a.min() && x.max == a.max())
            #expect(x.union(y) == UIDSet(a.union(b)))
            #expect(x.intersection(y) == UIDSet(a.intersection(b)))
            #expect(x.subtracting(y) == UIDSet(a.subtracting(b)))
            #expect((1...60).allSatisfy { x.contains($0) == a.contains($0) })
            #expect(x.isSubset(of: y) == a.isSubset(of: b))
            var inserted = UIDSet()
            for uid in a { inserted.insert(uid) }
            #expect(inserted == x)
            if let range = b.min().map({ $0...($0 + 5) }) {
                inserted.insert(range)
                #expect(inserted == UIDSet(a.union(range)))
            }
            #expect(UIDSet(x.description) == (x.isEmpty ? nil : x))
            let size = Int.random(in: 1...9, using: &random)
            let windows = x.windowsNewestFirst(of: size)
            #expect(windows.reduce(UIDSet()) { $0.union($1) } == x)
            #expect(windows.dropLast().allSatisfy { $0.count == size })
            #expect(zip(windows, windows.dropFirst()).allSatisfy { ($0.min ?? 0) > ($1.max ?? 0) })
        }
    }

    @Test("the ends of the number range hold") func ends() {
        let all = UIDSet(0...UID.max)
        #expect(all.count == 1 << 32)
        #expect(all.subtracting([0]).subtracting([UID.max]).ranges == [1...(UID.max - 1)])
        #expect(UIDSet(UID.max).union([1]).description == "1,4294967295")
        #expect(UIDSet("3:1,2,9")?.description == "1:3,9")
        #expect(UIDSet("1,") == nil && UIDSet("1:*") == nil && UIDSet("") == nil && UIDSet("4294967296") == nil)
        #expect(UIDSet(1...1_000_000).newest(3) == [999_998, 999_999, 1_000_000])
    }

    @Test("a long set is cut into pieces that a command line holds") func pieces() {
        let set = UIDSet((1...20_000).map { $0 * 3 })
        let pieces = set.wirePieces(length: 1_000)
        #expect(pieces.count > 10 && pieces.allSatisfy { $0.description.utf8.count <= 1_000 })
        #expect(pieces.reduce(UIDSet()) { $0.union($1) } == set)
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
