import MailTransport
import Testing

@Suite("Which addresses may be connected to")
struct AddressPolicyTests {
    private static let home = AddressPolicy(
        allowed: ["10.1.0.0/16", "127.0.0.1", "fd12::/16", "169.254.0.0/16", "0.0.0.0/0"].compactMap { CIDRBlock($0) }.dropLast())

    @Test(
        "without a list",
        arguments: [
            ("8.8.8.8", AddressPolicy.Verdict.allowed), ("2a00:1450:4001::1", .allowed), ("127.0.0.1", .notListed),
            ("127.8.8.8", .notListed),
            ("10.0.0.1", .notListed), ("172.16.0.1", .notListed), ("172.32.0.1", .allowed), ("192.168.1.1", .notListed),
            ("100.64.0.1", .notListed),
            ("198.18.0.1", .notListed), ("::1", .notListed), ("fc00::1", .notListed), ("fd00::1", .notListed), ("169.254.169.254", .never),
            ("100.100.100.200", .never), ("168.63.129.16", .never), ("fd00:ec2::254", .never), ("fe80::1", .never), ("ff02::1", .never),
            ("224.0.0.1", .never), ("255.255.255.255", .never), ("0.0.0.0", .never), ("::", .never), ("240.0.0.1", .never),
        ])
    func closed(_ address: String, _ verdict: AddressPolicy.Verdict) throws {
        #expect(AddressPolicy().verdict(for: try #require(IPAddress(address))) == verdict)
    }

    @Test(
        "an IPv4 address in IPv6 clothes is judged as what it leads to",
        arguments: ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"])
    func embedded(_ address: String) throws {
        #expect(AddressPolicy().verdict(for: try #require(IPAddress(address))) == .notListed)
        #expect(AddressPolicy().verdict(for: try #require(IPAddress("::ffff:169.254.169.254"))) == .never)
        #expect(AddressPolicy().verdict(for: try #require(IPAddress("::ffff:8.8.8.8"))) == .allowed)
    }

    @Test(
        "with a list",
        arguments: [
            ("10.1.2.3", AddressPolicy.Verdict.allowed), ("10.2.0.1", .notListed), ("127.0.0.1", .allowed), ("127.0.0.2", .notListed),
            ("fd12::5", .allowed), ("fd13::5", .notListed), ("169.254.169.254", .never),
        ])
    func listed(_ address: String, _ verdict: AddressPolicy.Verdict) throws {
        #expect(Self.home.verdict(for: try #require(IPAddress(address))) == verdict)
    }

    @Test(
        "ranges are read strictly", arguments: ["10.0.0.0/33", "10.0.0/8", "x/8", "10.0.0.0/", "::/129", "010.0.0.1/8", "", "1.2.3.4/-1"])
    func badRanges(_ text: String) { #expect(CIDRBlock(text) == nil) }

    @Test("/0 holds every address of its family")
    func everything() throws {
        let all = try #require(CIDRBlock("0.0.0.0/0"))
        #expect(all.contains(try #require(IPAddress("203.0.113.9"))))
        #expect(!all.contains(try #require(IPAddress("::1"))))
        #expect(try #require(CIDRBlock("::/0")).contains(try #require(IPAddress("ff::1"))))
    }

    @Test("the policy can change while running")
    func live() throws {
        let source = AddressPolicySource()
        let address = try #require(IPAddress("10.9.9.9"))
        #expect(source.current.verdict(for: address) == .notListed)
        source.replace(AddressPolicy(allowed: [try #require(CIDRBlock("10.0.0.0/8"))]))
        #expect(source.current.verdict(for: address) == .allowed)
    }

    @Test(
        "a closed address is not connected to, by name or by number",
        arguments: ["127.0.0.1", "localhost", "169.254.169.254", "::ffff:127.0.0.1"])
    func refused(_ host: String) async {
        let options = ConnectionOptions()
        await #expect {
            _ = try await MailConnection.open(to: .init(host: host, port: 143, security: .none), options: options)
        } throws: { error in
            guard let error = error as? TransportError, case .noAddressAllowed(let addresses, _) = error.cause else { return false }
            return !addresses.isEmpty && error.stage == .resolve && !error.isRetryable
        }
    }
}
