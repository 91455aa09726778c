import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Greets somebody who is signed in already, agrees to IDLE and then says nothing, on one port plain and on one with TLS; prints the two ports.
enum IdleServer {
    static func run(certificate: String, key: String) async throws {
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        let context = try NIOSSLContext(configuration: configuration)
        let plain = try await listen { _ in }
        let secure = try await listen { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
        print(plain.localAddress?.port ?? 0, secure.localAddress?.port ?? 0)
        fflush(nil)
        try await plain.closeFuture.get()
    }

    private static func listen(_ prepare: @escaping @Sendable (any Channel) throws -> Void) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel)
                    try channel.pipeline.syncOperations.addHandler(Greeter())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private final class Greeter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "* PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\r\n")), promise: nil)
        }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard String(buffer: unwrapInboundIn(data)).hasSuffix(" IDLE\r\n") else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "+ idling\r\n")), promise: nil)
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
