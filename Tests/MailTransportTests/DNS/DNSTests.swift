import MailTransport
import Testing

@Suite("DNS of a real server", .enabled(if: MailBed.isUp))
struct DNSTests {
    private var resolver: DNSResolver {
        get throws {
            let bed = try #require(MailBed.shared)
            return DNSResolver(server: DNSResolver.Server(address: "127.0.0.1", port: bed.port("dns")))
        }
    }

    @Test("services, exchangers, addresses")
    func records() async throws {
        let resolver = try resolver
        let imaps = try await resolver.srv("_imaps._tcp.example.test")
        #expect(imaps.first?.target == "mail.example.test")
        #expect(imaps.first.map { $0.port > 0 } == true)
        #expect(try await resolver.mx("example.test").first?.host == "mail.example.test")
        #expect(try await resolver.addresses(of: "mail.example.test").contains(try #require(IPAddress("127.0.0.1"))))
    }

    @Test("a name that does not exist")
    func missing() async throws {
        await #expect(throws: DNSError.noSuchName) { try await resolver.mx("no-such-name.test") }
        await #expect(throws: DNSError.noSuchName) { try await resolver.addresses(of: "no-such-name.test") }
    }

    @Test(
        "what is no name is not asked",
        arguments: ["", "a..b", "a b.test", "\u{0}.test", "x;rm.test", ".", String(repeating: "a", count: 64) + ".test"])
    func invalid(_ name: String) async throws {
        await #expect(throws: DNSError.invalidName) { try await resolver.mx(name) }
    }

    @Test("a server that is not there ends in time")
    func nobody() async throws {
        let silent = DNSResolver(server: DNSResolver.Server(address: "127.0.0.1", port: 9), secondsPerAttempt: 1, attempts: 1)
        await #expect {
            _ = try await silent.mx("example.test")
        } throws: {
            [DNSError.timedOut, .serverFailure].contains($0 as? DNSError)
        }
    }

    @Test("server addresses are read strictly")
    func servers() {
        #expect(DNSResolver.Server("127.0.0.1:5353")?.port == 5353)
        #expect(DNSResolver.Server("127.0.0.1")?.port == 53)
        #expect(DNSResolver.Server("localhost:53")?.address == "127.0.0.1")
        for text in ["", "dns.example.test:53", "127.0.0.1:0", "127.0.0.1:x", "1.2.3.4:53:1", "::1"] {
            #expect(DNSResolver.Server(text) == nil)
        }
    }
}
