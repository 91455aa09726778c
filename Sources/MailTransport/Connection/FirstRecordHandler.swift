import NIOCore

/// Stands before TLS and remembers whether the server's first bytes were TLS at all.
///
/// The TLS library alone cannot be asked: it answers a plaintext greeting with an alert, and where the server has already reset the
/// line, that write ends the connection before the library has told what it read.
final class FirstRecordHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Nil until the server says something.
    private(set) var isTLS: Bool?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isTLS == nil { isTLS = Self.beginsRecord(unwrapInboundIn(data).readableBytesView) }
        context.fireChannelRead(data)
    }

    /// Whether bytes can be the beginning of a TLS record: its content type and its major version (RFC 8446 §5.1).
    static func beginsRecord(_ bytes: some Sequence<UInt8>) -> Bool {
        var bytes = bytes.makeIterator()
        guard let type = bytes.next(), (20...24).contains(type) else { return false }
        return bytes.next().map { $0 == 3 } ?? true
    }
}
