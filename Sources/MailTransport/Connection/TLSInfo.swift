import MailProtocol
import NIOSSL

/// What is known about the TLS session of a connection.
public struct TLSInfo: Sendable, Equatable {
    /// `TLSv1.2` or `TLSv1.3`
    public var version: String
    /// In DER as presented, the server's own certificate first.
    public var certificates: [[UInt8]]
    /// The same as people need to see them; put into words at each call, which costs as much as to verify them.
    public var chain: [CertificateSummary] { CertificateSummary.summaries(of: certificates) }
    /// `tls-server-end-point` (RFC 5929, section 4), nil where the certificate's signature hash is not known.
    ///
    /// `tls-exporter` would need keying material that the TLS library does not give out.
    public var channelBinding: ChannelBinding?

    static func name(of version: TLSVersion?) -> String {
        switch version {
        case .tlsv13: "TLSv1.3"
        case .tlsv12: "TLSv1.2"
        default: "TLS"
        }
    }
}
