import MailProtocol
import MailTransport
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The three ways to hold a line to the server.
struct Line: Sendable {
    let endpoint: ServerEndpoint
    let authority: String

    private var options: ConnectionOptions {
        var options = ConnectionOptions(
            trust: TrustStore(usesSystemRoots: false) { [authority] },
            addressPolicy: AddressPolicySource(AddressPolicy(allowed: CIDRBlock("127.0.0.0/8").map { [$0] } ?? [])))
        options.timeouts.silence = .seconds(3600)
        return options
    }

    /// A channel of the network library with nothing of ours on it.
    @Sendable func bare() async throws -> Idle.Wait {
        let context = endpoint.security == .tls ? try Self.context(trusting: authority) : nil
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context else { return }
                    try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                }
            }
            .connect(host: endpoint.host, port: endpoint.port).get()
        return {
            try? await Task.sleep(for: .seconds(3600))
            try? await channel.close()
        }
    }

    @Sendable func connection() async throws -> Idle.Wait {
        let connection = try await MailConnection.open(to: endpoint, options: options)
        _ = try await connection.read()
        return { _ = try? await connection.read() }
    }

    /// A signed-in client in IDLE whose events somebody waits for.
    @Sendable func client() async throws -> Idle.Wait {
        let client = try await IMAPClient.connect(to: endpoint, options: options)
        try await client.startIdling()
        return {
            var events = client.events.makeAsyncIterator()
            _ = try? await events.next()
            client.close()
        }
    }

    private static let shared = Mutex<NIOSSLContext?>(nil)

    /// One for all, as the client has it.
    private static func context(trusting authority: String) throws -> NIOSSLContext {
        try shared.withLock { shared in
            if let shared { return shared }
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(authority)
            configuration.certificateVerification = .noHostnameVerification
            let made = try NIOSSLContext(configuration: configuration)
            shared = made
            return made
        }
    }
}
