import Glibc
import MailProtocol
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server on loopback that does what a test writes for it, one closure a connection.
final class ScriptedServer: Sendable {
    let port: Int

    private init(port: Int) { self.port = port }

    func endpoint(_ security: ConnectionSecurity = .none) -> ServerEndpoint {
        ServerEndpoint(host: "127.0.0.1", port: port, security: security)
    }

    /// Runs `body` with a server that runs `script` for each connection, and ends both; with `tls` it speaks TLS from the first byte.
    static func run<Result: Sendable>(
        tls: NIOSSLContext? = nil, _ script: @escaping @Sendable (inout Peer) async throws -> Void,
        body: @Sendable (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let (connections, arrivals) = AsyncStream.makeStream(of: Arrival.self)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (bytes, feed) = AsyncStream.makeStream(of: ByteBuffer.self)
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Feeder(feed: feed))
                    arrivals.yield(Arrival(channel: channel, bytes: bytes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(port: channel.localAddress?.port ?? 0)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withTaskGroup(of: Void.self) { peers in
                    for await arrival in connections {
                        peers.addTask {
                            var peer = Peer(inbound: arrival.bytes.makeAsyncIterator(), channel: arrival.channel)
                            try? await script(&peer)
                            try? await arrival.channel.close()
                        }
                    }
                    peers.cancelAll()
                }
            }
            defer {
                group.cancelAll()
                channel.close(promise: nil)
            }
            return try await body(server)
        }
    }

    private struct Arrival: Sendable {
        var channel: any Channel
        var bytes: AsyncStream<ByteBuffer>
    }

    private final class Feeder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let feed: AsyncStream<ByteBuffer>.Continuation
        init(feed: AsyncStream<ByteBuffer>.Continuation) { self.feed = feed }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { feed.yield(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { feed.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// One connection, as the script sees it.
    struct Peer {
        var inbound: AsyncStream<ByteBuffer>.AsyncIterator
        let channel: any Channel
        private var buffer = ByteBuffer()

        init(inbound: AsyncStream<ByteBuffer>.AsyncIterator, channel: any Channel) {
            self.inbound = inbound
            self.channel = channel
        }

        func say(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }
        func say(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

        /// Says something in the clear and speaks TLS from there on, before the client can answer.
        func say(_ text: String, thenTLS context: NIOSSLContext) async throws {
            try await channel.eventLoop.submit { [channel] in
                channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
                try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context), position: .first)
            }.get()
        }

        /// The next line without its end; throws when the client has gone.
        mutating func line() async throws -> String {
            while true {
                if let end = buffer.readableBytesView.firstIndex(of: 10) {
                    let bytes = buffer.readBytes(length: end + 1 - buffer.readerIndex) ?? []
                    return String(decoding: bytes.dropLast(bytes.suffix(2) == [13, 10] ? 2 : 1), as: UTF8.self)
                }
                guard var more = await inbound.next() else { throw Gone() }
                buffer.writeBuffer(&more)
            }
        }

        /// So many bytes, raw.
        mutating func bytes(_ count: Int) async throws -> [UInt8] {
            while buffer.readableBytes < count {
                guard var more = await inbound.next() else { throw Gone() }
                buffer.writeBuffer(&more)
            }
            return buffer.readBytes(length: count) ?? []
        }

        /// Lines up to and without the lone dot.
        mutating func message() async throws -> [String] {
            var lines: [String] = []
            while true {
                let next = try await line()
                if next == "." { return lines }
                lines.append(next)
            }
        }

        /// Makes the end of this connection a reset.
        func resetOnClose() async throws {
            try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }

        /// Waits until the client has gone.
        mutating func untilGone() async {
            while let more = await inbound.next(), more.readableBytes > 0 {}
        }

        struct Gone: Error {}
    }
}

/// What a script wants the test to know.
final class Notebook<Entry: Sendable>: Sendable {
    private let state = Mutex([Entry]())
    func note(_ entry: Entry) { state.withLock { $0.append(entry) } }
    var entries: [Entry] { state.withLock { $0 } }
}
