import Glibc
import NIOCore

/// An IPv4 or IPv6 address as a number, so that ranges can be compared.
public struct IPAddress: Sendable, Hashable {
    /// The address in network order; an IPv4 address fills the low 32 bits.
    public let bits: UInt128
    public let isIPv4: Bool

    public init(bits: UInt128, isIPv4: Bool) {
        self.bits = bits
        self.isIPv4 = isIPv4
    }

    /// Reads `192.0.2.1` or `2001:db8::1`; nil for a name, for brackets and for the odd old forms (`127.1`, octal).
    public init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(bits: UInt128(UInt32(bigEndian: v4.s_addr)), isIPv4: true)
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self.init(bits: withUnsafeBytes(of: v6) { Self.number($0) }, isIPv4: false)
        } else {
            return nil
        }
    }

    /// The address part of a socket address, nil for a unix socket.
    public init?(_ address: SocketAddress) {
        switch address {
        case .v4(let v4): self.init(bits: UInt128(UInt32(bigEndian: v4.address.sin_addr.s_addr)), isIPv4: true)
        case .v6(let v6): self.init(bits: withUnsafeBytes(of: v6.address.sin6_addr) { Self.number($0) }, isIPv4: false)
        case .unixDomainSocket: return nil
        }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer) -> UInt128 { bytes.reduce(0) { $0 << 8 | UInt128($1) } }

    /// The IPv4 address that a mapped, translated or tunnelled IPv6 address leads to (RFC 4291, 6052, 3056), nil for all others.
    var embeddedIPv4: IPAddress? {
        guard !isIPv4 else { return nil }
        if bits >> 32 == 0xFFFF || bits >> 32 == 0 && bits > 1 { return IPAddress(bits: bits & 0xFFFF_FFFF, isIPv4: true) }
        if bits >> 32 == UInt128(0x0064_FF9B) << 64 { return IPAddress(bits: bits & 0xFFFF_FFFF, isIPv4: true) }
        if bits >> 112 == 0x2002 { return IPAddress(bits: bits >> 80 & 0xFFFF_FFFF, isIPv4: true) }
        return nil
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isIPv4 {
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: bits).bigEndian)
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        } else {
            var address = in6_addr()
            withUnsafeMutableBytes(of: &address) { bytes in
                for index in 0..<16 { bytes[index] = UInt8(truncatingIfNeeded: bits >> UInt128(120 - 8 * index)) }
            }
            inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
