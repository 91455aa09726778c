import Synchronization

/// Which addresses a mail server may have, so that nobody can make Postroom talk to machines that are not theirs (SSRF).
///
/// Public addresses are open. Private ranges and loopback are open only where the administrator lists them. Link-local, multicast,
/// reserved and cloud metadata addresses stay closed whatever is listed.
public struct AddressPolicy: Sendable, Equatable {
    /// The ranges the administrator opens (`--allow-network`).
    public var allowed: [CIDRBlock]

    public init(allowed: [CIDRBlock] = []) { self.allowed = allowed }

    /// What the policy says about one address.
    public enum Verdict: Sendable, Equatable {
        case allowed
        /// Private or loopback and not listed: an administrator can open it.
        case notListed
        /// Nobody can open it.
        case never
    }

    public func verdict(for address: IPAddress) -> Verdict {
        if let inner = address.embeddedIPv4 {
            // "::1" is no IPv4 address in disguise; the embedded form leads to the inner address and is judged by it.
            return verdict(for: inner)
        }
        if Self.never.contains(where: { $0.contains(address) }) { return .never }
        guard Self.listedOnly.contains(where: { $0.contains(address) }) else { return .allowed }
        return allowed.contains { $0.contains(address) } ? .allowed : .notListed
    }

    /// Whether an address lies in a network that is not everybody's: what answers there is told to administrators only.
    public static func isPrivate(_ address: IPAddress) -> Bool { AddressPolicy().verdict(for: address) != .allowed }

    /// Link-local, metadata (AWS, Alibaba, Azure), this-network, multicast, reserved, documentation.
    private static let never = blocks([
        "0.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "fec0::/10", "ff00::/8", "2001:db8::/32", "100::/64", "fd00:ec2::254/128",
    ])

    /// Loopback, RFC 1918, carrier NAT (RFC 6598), IETF and benchmark ranges, unique local (RFC 4193).
    private static let listedOnly = blocks([
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "::1/128",
        "fc00::/7",
    ])

    private static func blocks(_ texts: [String]) -> [CIDRBlock] { texts.compactMap { CIDRBlock($0) } }
}

/// The policy in force, which an administrator can change while connections are being made.
public final class AddressPolicySource: Sendable {
    private let policy: Mutex<AddressPolicy>

    public init(_ policy: AddressPolicy = AddressPolicy()) { self.policy = Mutex(policy) }

    public var current: AddressPolicy { policy.withLock { $0 } }

    /// Takes effect with the next connection; open ones stay.
    public func replace(_ new: AddressPolicy) { policy.withLock { $0 = new } }
}
