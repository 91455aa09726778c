/// A SASL mechanism Postroom can speak, by its registered name.
public enum SASLMechanism: String, Sendable, Hashable, CaseIterable {
    /// RFC 4616
    case plain = "PLAIN"
    /// draft-murchison-sasl-login
    case login = "LOGIN"
    /// RFC 2195
    case cramMD5 = "CRAM-MD5"
    /// RFC 5802
    case scramSHA1 = "SCRAM-SHA-1"
    /// RFC 5802
    case scramSHA1Plus = "SCRAM-SHA-1-PLUS"
    /// RFC 7677
    case scramSHA256 = "SCRAM-SHA-256"
    /// RFC 7677
    case scramSHA256Plus = "SCRAM-SHA-256-PLUS"
    /// Google's and Microsoft's form of a bearer token
    case xoauth2 = "XOAUTH2"
    /// RFC 7628
    case oauthBearer = "OAUTHBEARER"
    /// RFC 4422, appendix A
    case external = "EXTERNAL"

    /// The mechanism with this name in any letter case, nil for one we do not speak.
    public init?(name: String) { self.init(rawValue: name.uppercased()) }

    /// Whether somebody who reads the line, or the server, learns the password or the token.
    public var revealsSecret: Bool {
        switch self {
        case .plain, .login, .xoauth2, .oauthBearer: true
        case .cramMD5, .scramSHA1, .scramSHA1Plus, .scramSHA256, .scramSHA256Plus, .external: false
        }
    }

    /// Whether the exchange is tied to the TLS session (RFC 5056).
    public var bindsChannel: Bool { self == .scramSHA1Plus || self == .scramSHA256Plus }
}

/// Data that names one TLS session, for the -PLUS mechanisms (RFC 5056).
public struct ChannelBinding: Sendable, Equatable {
    /// The registered type: `tls-server-end-point` (RFC 5929) or `tls-exporter` (RFC 9266).
    public var type: String
    public var data: [UInt8]

    public init(type: String, data: [UInt8]) {
        self.type = type
        self.data = data
    }
}
