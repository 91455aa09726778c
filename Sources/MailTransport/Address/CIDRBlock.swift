/// A range of addresses, `10.0.0.0/8` or `fd00::/8` (RFC 4632).
public struct CIDRBlock: Sendable, Hashable, CustomStringConvertible {
    public let base: IPAddress
    public let prefixLength: Int

    /// Reads `ADDRESS/LENGTH`; an address alone is the range of that one. Nil where it is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(String(parts[0])) else { return nil }
        let width = base.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...width).contains(number) else { return nil }
            length = number
        }
        self.base = base
        self.prefixLength = length
    }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.isIPv4 == base.isIPv4 else { return false }
        let shift = UInt128((base.isIPv4 ? 32 : 128) - prefixLength)
        // A shift by the whole width gives zero on both sides: /0 holds everything.
        return address.bits >> shift == base.bits >> shift
    }

    public var description: String { "\(base)/\(prefixLength)" }
}
