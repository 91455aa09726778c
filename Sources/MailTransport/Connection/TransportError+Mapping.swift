import Glibc
import NIOCore
import NIOPosix
import NIOSSL

extension TransportError {
    /// The cause behind an error of the network library.
    init(_ error: any Error, stage: Stage) {
        switch error {
        case let error as TransportError: self = error
        case let error as NIOConnectionError:
            // One address that refuses says more than others that stay silent.
            let causes = error.connectionErrors.map { TransportError($0.error, stage: stage).cause }
            self.init(stage, causes.first { $0 == .connectionRefused } ?? causes.first ?? .timedOut)
        case ChannelError.connectTimeout: self.init(stage, .timedOut)
        case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof, ChannelError.inputClosed,
            ChannelError.outputClosed:
            self.init(stage, .closedByPeer)
        // A line that ended while it was being set up has no handlers left to find.
        case is ChannelPipelineError: self.init(stage, .closedByPeer)
        case let error as IOError: self.init(stage, Self.cause(errno: error.errnoCode))
        case let error as NIOSSLError where error == .uncleanShutdown: self.init(stage, .closedByPeer)
        case is CancellationError: self.init(stage, .cancelled)
        default: self.init(stage, .system("\(error)"))
        }
    }

    private static func cause(errno code: CInt) -> Cause {
        switch code {
        case ECONNREFUSED: .connectionRefused
        case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, ENETDOWN, EHOSTDOWN: .networkUnreachable
        case ETIMEDOUT: .timedOut
        // ENOTCONN: the peer reset the line before we had set its options or asked for its address.
        case ECONNRESET, EPIPE, ECONNABORTED, ENOTCONN, ESHUTDOWN: .connectionReset
        default: .system(String(cString: strerror(code)))
        }
    }
}

extension TLSFailure {
    /// The reason behind a failed handshake that was not about certificates.
    init(handshakeError error: any Error, chain: [CertificateSummary]) {
        let text = "\(error)"
        let reason: Reason =
            if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
                .plaintextOnTLSPort
            } else if text.contains("UNSUPPORTED_PROTOCOL") || text.contains("PROTOCOL_VERSION") {
                .protocolTooOld
            } else if text.contains("EOF during handshake") || error as? NIOSSLError == .uncleanShutdown {
                .handshakeFailed("the server closed the connection")
            } else {
                .handshakeFailed(Self.words(text))
            }
        self.init(reason, chain: chain)
    }

    /// The library's own name of the error out of its long form, bounded.
    private static func words(_ text: String) -> String {
        let capitals = text.split(whereSeparator: { !($0.isUppercase || $0 == "_" || $0.isNumber) }).filter {
            $0.count > 8 && $0.contains("_")
        }
        return String((capitals.first.map(String.init) ?? text).prefix(200))
    }
}
