import MailProtocol
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server on loopback that does what a test writes for it, one closure a connection.
final class ScriptedServer: Sendable {
    let port: Int
    private let channel: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>

    private init(channel: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>) {
        self.channel = channel
        port = channel.channel.localAddress?.port ?? 0
    }

    func endpoint(_ security: ConnectionSecurity = .none) -> ServerEndpoint {
        ServerEndpoint(host: "127.0.0.1", port: port, security: security)
    }

    /// Runs `body` with a server that runs `script` for each connection, and ends both.
    static func run<Result: Sendable>(
        _ script: @escaping @Sendable (inout Peer) async throws -> Void, body: @Sendable (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel) }
            }
        let server = ScriptedServer(channel: channel)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await channel.executeThenClose { connections in
                    await withTaskGroup(of: Void.self) { peers in
                        do {
                            for try await connection in connections {
                                peers.addTask {
                                    try? await connection.executeThenClose { inbound, outbound in
                                        var peer = Peer(
                                            inbound: inbound.makeAsyncIterator(), outbound: outbound, channel: connection.channel)
                                        try await script(&peer)
                                    }
                                }
                            }
                        } catch {}
                        peers.cancelAll()
                    }
                }
            }
            let result: Result
            do {
                result = try await body(server)
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            return result
        }
    }

    /// One connection, as the script sees it.
    struct Peer {
        var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        let channel: any Channel
        private var buffer = ByteBuffer()

        init(
            inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
            channel: any Channel
        ) {
            self.inbound = inbound
            self.outbound = outbound
            self.channel = channel
        }

        func say(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
        func say(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

        /// The next line without its end; throws when the client has gone.
        mutating func line() async throws -> String {
            while true {
                if let end = buffer.readableBytesView.firstIndex(of: 10) {
                    let bytes = buffer.readBytes(length: end + 1 - buffer.readerIndex) ?? []
                    return String(decoding: bytes.dropLast(bytes.suffix(2) == [13, 10] ? 2 : 1), as: UTF8.self)
                }
                guard var more = try await inbound.next() else { throw Gone() }
                buffer.writeBuffer(&more)
            }
        }

        /// So many bytes, raw.
        mutating func bytes(_ count: Int) async throws -> [UInt8] {
            while buffer.readableBytes < count {
                guard var more = try await inbound.next() else { throw Gone() }
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

        /// Waits until the client has gone.
        mutating func untilGone() async {
            while let more = try? await inbound.next(), more.readableBytes > 0 {}
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
