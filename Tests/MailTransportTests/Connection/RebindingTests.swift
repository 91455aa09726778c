import MailProtocol
import MailTransport
import NIOCore
import NIOPosix
import Testing

/// A name server that says one thing to whoever checks and another to whoever comes again.
@Suite("DNS rebinding", .timeLimit(.minutes(1)))
struct RebindingTests {
    /// Answers the n-th question for an address of IPv4 with the n-th list, the last one for ever.
    private final class NameServer: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>
        private var answers: [[[UInt8]]]
        private let asked: Notebook<Int>

        init(_ answers: [[[UInt8]]], asked: Notebook<Int>) {
            self.answers = answers
            self.asked = asked
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            let query = Array(envelope.data.readableBytesView)
            // Behind the header and the name, which ends with an empty label, stand type and class (RFC 1035, section 4.1.2).
            guard query.count > 16, let end = query[12...].firstIndex(of: 0), end + 4 < query.count else { return }
            let isIPv4 = query[end + 2] == 1
            var addresses: [[UInt8]] = []
            if isIPv4 {
                asked.note(1)
                addresses = answers.count > 1 ? answers.removeFirst() : answers[0]
            }
            var reply = ByteBuffer(bytes: query[..<2])
            reply.writeBytes([0x81, 0x80, 0, 1, 0, UInt8(addresses.count), 0, 0, 0, 0])
            reply.writeBytes(query[12...end + 4])
            for address in addresses { reply.writeBytes([0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4] + address) }
            context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: reply)), promise: nil)
        }
    }

    @discardableResult
    private func with<R: Sendable>(
        _ answers: [[[UInt8]]], _ body: (HostResolver, Notebook<Int>) async throws -> R
    ) async throws -> R {
        let asked = Notebook<Int>()
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NameServer(answers, asked: asked))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        defer { channel.close(promise: nil) }
        let server = try #require(DNSResolver.Server(address: "127.0.0.1", port: channel.localAddress?.port ?? 0))
        return try await body(.dns(DNSResolver(server: server)), asked)
    }

    private func options(_ resolver: HostResolver) -> ConnectionOptions {
        ConnectionOptions(
            trust: TrustStore(usesSystemRoots: false) { [] },
            addressPolicy: AddressPolicySource(AddressPolicy(allowed: ["127.0.0.1/32"].compactMap { CIDRBlock($0) })), resolver: resolver)
    }

    @Test("the address that was checked is the one connected to; the name is not asked again")
    func once() async throws {
        try await with([[[127, 0, 0, 1]], [[169, 254, 169, 254]]]) { resolver, asked in
            try await ScriptedServer.run { peer in
                try await peer.say("x")
                await peer.untilGone()
            } body: { server in
                let connection = try await MailConnection.open(
                    to: ServerEndpoint(host: "mail.example.test", port: server.port, security: .none), options: options(resolver))
                #expect(connection.remoteAddress == "127.0.0.1")
                #expect(asked.entries.count == 1)
            }
        }
    }

    @Test("of several addresses only those that are permitted are tried")
    func mixed() async throws {
        try await with([[[169, 254, 169, 254], [127, 0, 0, 2], [127, 0, 0, 1], [10, 0, 0, 1]]]) { resolver, _ in
            try await ScriptedServer.run { peer in
                try await peer.say("x")
                await peer.untilGone()
            } body: { server in
                let endpoint = ServerEndpoint(host: "mail.example.test", port: server.port, security: .none)
                let addresses = try await MailConnection.addresses(of: endpoint, options: options(resolver))
                #expect(addresses.map(\.description) == ["127.0.0.1"])
                #expect(try await MailConnection.open(to: endpoint, options: options(resolver)).remoteAddress == "127.0.0.1")
            }
        }
    }

    @Test("a name that leads only where nobody may go is not connected to")
    func closed() async throws {
        try await with([[[169, 254, 169, 254], [127, 0, 0, 2]]]) { resolver, _ in
            await #expect {
                _ = try await MailConnection.open(
                    to: ServerEndpoint(host: "mail.example.test", port: 143, security: .none), options: options(resolver))
            } throws: {
                ($0 as? TransportError)?.code == "address-not-allowed"
            }
        }
    }
}
