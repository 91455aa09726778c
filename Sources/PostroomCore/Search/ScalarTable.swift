/// What becomes of the scalars below U+2500, packed for the loop that makes an index: the alphabets of most mail.
struct ScalarTable: Sendable {
    enum Kind {
        static let none: UInt8 = 0
        static let latin: UInt8 = 1
        static let cyrillic: UInt8 = 2
        static let other: UInt8 = 3
    }

    static let end = 0x2500
    static let shared = ScalarTable()

    /// Whether a scalar is part of a word, and of which script.
    let kinds: [UInt8]
    /// UTF-8 of the folded scalar: the number of bytes in the lowest byte, then the bytes. At most seven.
    let folded: [UInt64]
    /// The same in lower case with marks.
    let lowered: [UInt64]

    private init() {
        var kinds = [UInt8](repeating: Kind.none, count: Self.end)
        var folded = [UInt64](repeating: 0, count: Self.end)
        var lowered = [UInt64](repeating: 0, count: Self.end)
        for value in 0x80..<Self.end {
            guard let scalar = Unicode.Scalar(UInt32(value)), SearchWords.isWordPart(scalar) else { continue }
            kinds[value] = (0x400..<0x530).contains(value) ? Kind.cyrillic : value < 0x250 ? Kind.latin : Kind.other
            folded[value] = Self.packed(WordFolding.folded(scalar))
            lowered[value] = Self.packed(WordFolding.lowered(scalar))
        }
        self.kinds = kinds
        self.folded = folded
        self.lowered = lowered
    }

    /// UTF-8 in one integer; nothing where it does not fit.
    private static func packed(_ scalars: [Unicode.Scalar]) -> UInt64 {
        let bytes = scalars.flatMap { Array(String($0).utf8) }
        guard bytes.count <= 7 else { return 0 }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } << 8 | UInt64(bytes.count)
    }
}
