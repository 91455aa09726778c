/// How a connection is protected.
///
/// The raw values are the words of the command line and the API.
public enum ConnectionSecurity: String, Sendable, Codable, Hashable, CaseIterable {
    /// TLS from the first byte (RFC 8314, section 3).
    case tls = "ssl"
    /// Plaintext first, then TLS by the protocol's own command; a server that does not offer it is an error.
    case startTLS = "starttls"
    /// No protection at all, only because the provider says so.
    case none
}

/// Where a server listens and how the line to it is protected.
public struct ServerEndpoint: Sendable, Codable, Hashable {
    /// A host name or an IP address literal without brackets.
    public var host: String
    /// A TCP port, 1...65535.
    public var port: Int
    public var security: ConnectionSecurity

    public init(host: String, port: Int, security: ConnectionSecurity) {
        self.host = host
        self.port = port
        self.security = security
    }
}

extension ServerEndpoint: CustomStringConvertible {
    /// `host:port (security)`, with brackets around an IPv6 literal.
    public var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port) (\(security.rawValue))" : "\(host):\(port) (\(security.rawValue))"
    }
}
