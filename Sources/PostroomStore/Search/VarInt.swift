/// Numbers of the index as LEB128: seven bits an octet, the lowest first, the high bit where more follow.
enum VarInt {
    @inline(__always)
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Octets of the greatest number.
    static let longest = 10

    /// The same at `at`, which moves behind it, into memory with room for it.
    @inline(__always)
    static func put(_ value: UInt64, to bytes: UnsafeMutablePointer<UInt8>, _ at: inout Int) {
        var rest = value
        while rest >= 0x80 {
            bytes[at] = UInt8(truncatingIfNeeded: rest) | 0x80
            at += 1
            rest >>= 7
        }
        bytes[at] = UInt8(rest)
        at += 1
    }

    /// The number at `at`, which moves behind it. At the end of damaged bytes it is what was there.
    @inline(__always)
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int, end: Int) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < end {
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 || shift > 56 { break }
            shift += 7
        }
        return value
    }
}
