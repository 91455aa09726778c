import Synchronization

/// What becomes of the scalars below U+2500, packed for the loop that makes an index: the alphabets of most mail.
///
/// A page is worked out when the first of its scalars is met: to ask for the decompositions of nine thousand takes longer than to index
/// a hundred messages, and mail has the letters of two or three pages.
final class ScalarTable: Sendable {
    enum Kind {
        static let none: UInt8 = 0
        static let latin: UInt8 = 1
        static let cyrillic: UInt8 = 2
        static let other: UInt8 = 3
    }

    static let end = 0x2500
    static let pageBits = 8
    private static let pages = Mutex([ScalarTable?](repeating: nil, count: end >> pageBits))

    /// The page of scalars whose values without the lowest eight bits are this number.
    static func page(_ number: Int) -> ScalarTable {
        pages.withLock { pages in
            if let page = pages[number] { return page }
            let page = ScalarTable(number)
            pages[number] = page
            return page
        }
    }

    /// Whether a scalar is part of a word, and of which script.
    let kinds: [UInt8]
    /// UTF-8 of the folded scalar: the number of bytes in the lowest byte, then the bytes. At most seven.
    let folded: [UInt64]
    /// The same in lower case with marks.
    let lowered: [UInt64]
    /// What all scalars are folded to, those that are in no word too.
    let scalars: [[Unicode.Scalar]]

    private init(_ number: Int) {
        let size = 1 << Self.pageBits
        var kinds = [UInt8](repeating: Kind.none, count: size)
        var folded = [UInt64](repeating: 0, count: size)
        var lowered = [UInt64](repeating: 0, count: size)
        var scalars = [[Unicode.Scalar]](repeating: [], count: size)
        for index in 0..<size {
            let value = number << Self.pageBits | index
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            scalars[index] = WordFolding.compute(scalar)
            guard value >= 0x80, SearchWords.isWordPart(scalar) else { continue }
            kinds[index] = (0x400..<0x530).contains(value) ? Kind.cyrillic : value < 0x250 ? Kind.latin : Kind.other
            folded[index] = Self.packed(scalars[index])
            lowered[index] = Self.packed(WordFolding.lowered(scalar))
        }
        self.kinds = kinds
        self.folded = folded
        self.lowered = lowered
        self.scalars = scalars
    }

    /// UTF-8 in one integer; nothing where it does not fit.
    private static func packed(_ scalars: [Unicode.Scalar]) -> UInt64 {
        let bytes = scalars.flatMap { Array(String($0).utf8) }
        guard bytes.count <= 7 else { return 0 }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } << 8 | UInt64(bytes.count)
    }
}
