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
    /// U+0400 to U+04FF; the first half of them has two lead octets, which differ in their last bit.
    static let cyrillicPage = 0x04
    static let cyrillicLead: UInt8 = 0xD0
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

    struct Scalar {
        /// Whether it is part of a word, and of which script.
        var kind = Kind.none
        /// It is spelled as it is folded.
        var isPlain = false
        /// UTF-8 of the folded scalar: the number of bytes in the lowest byte, then the bytes. At most seven.
        var folded: UInt64 = 0
        /// The same in lower case with marks.
        var lowered: UInt64 = 0
    }

    let scalars: [Scalar]
    /// What all scalars are folded to, those that are in no word too.
    let foldings: [[Unicode.Scalar]]

    private init(_ number: Int) {
        let size = 1 << Self.pageBits
        var scalars = [Scalar](repeating: Scalar(), count: size)
        var foldings = [[Unicode.Scalar]](repeating: [], count: size)
        for index in 0..<size {
            let value = number << Self.pageBits | index
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            foldings[index] = WordFolding.compute(scalar)
            guard value >= 0x80, SearchWords.isWordPart(scalar) else { continue }
            let folded = Self.packed(foldings[index])
            let lowered = Self.packed(WordFolding.lowered(scalar))
            scalars[index] = Scalar(
                kind: (0x400..<0x530).contains(value) ? Kind.cyrillic : value < 0x250 ? Kind.latin : Kind.other,
                isPlain: folded == lowered, folded: folded, lowered: lowered)
        }
        self.scalars = scalars
        self.foldings = foldings
    }

    /// UTF-8 in one integer; nothing where it does not fit.
    private static func packed(_ scalars: [Unicode.Scalar]) -> UInt64 {
        let bytes = scalars.flatMap { Array(String($0).utf8) }
        guard bytes.count <= 7 else { return 0 }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } << 8 | UInt64(bytes.count)
    }
}
