/// Eight octets of a text at once: which of them are letters and digits of ASCII.
///
/// Each octet is compared in its own eight bits: without its high bit, what is added never goes over into the next one.
struct OctetsOfASCII {
    /// The octets with the bit that makes letters small. Digits have it.
    let lowered: UInt64
    /// The high bit of each octet that is a letter.
    private let letters: UInt64
    /// The high bit of each octet that is neither a letter nor a digit.
    private let others: UInt64

    /// - Parameter loaded: as it was read from memory.
    @inline(__always)
    init(_ loaded: UInt64) {
        let octets = UInt64(littleEndian: loaded)
        let low = octets & Self.all(0x7F)
        let small = low | Self.all(0x20)
        let high = ~octets & Self.all(0x80)
        letters = Self.atLeast(UInt8(ascii: "a"), small) & ~Self.atLeast(UInt8(ascii: "z") + 1, small) & high
        let digits = Self.atLeast(UInt8(ascii: "0"), low) & ~Self.atLeast(UInt8(ascii: "9") + 1, low) & high
        others = ~(letters | digits) & Self.all(0x80)
        lowered = (octets | Self.all(0x20)).littleEndian
    }

    /// How many letters and digits stand before the first other octet.
    @inline(__always)
    var lengthOfWord: Int { others.trailingZeroBitCount >> 3 }

    /// Whether there are letters among the first octets.
    @inline(__always)
    func hasLetters(in count: Int) -> Bool { letters & ((1 << UInt64(8 * count)) &- 1) != 0 }

    @inline(__always)
    private static func all(_ octet: UInt64) -> UInt64 { octet &* 0x0101_0101_0101_0101 }

    /// The high bit of each octet that is at least `least`, of octets without their high bits.
    @inline(__always)
    private static func atLeast(_ least: UInt8, _ octets: UInt64) -> UInt64 { octets &+ all(UInt64(0x80 - least)) }
}
