/// A mail exchanger (RFC 5321, section 5.1); host `.` alone refuses mail (RFC 7505).
public struct MXRecord: Sendable, Hashable {
    public var preference: Int
    /// Without the final dot; empty for the null MX.
    public var host: String

    public init(preference: Int, host: String) {
        self.preference = preference
        self.host = host
    }
}

/// Where a service runs (RFC 2782, RFC 6186); target `.` says that it is not offered.
public struct SRVRecord: Sendable, Hashable {
    public var priority: Int
    public var weight: Int
    public var port: Int
    /// Without the final dot; empty where the service is not offered.
    public var target: String

    public init(priority: Int, weight: Int, port: Int, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// Why a question has no usable answer.
public enum DNSError: Error, Sendable, Equatable {
    /// NXDOMAIN
    case noSuchName
    /// The name exists without records of that type.
    case noRecords
    /// No server answered in time.
    case timedOut
    /// A server answered that it cannot or will not answer.
    case serverFailure
    /// The answer breaks RFC 1035.
    case malformedAnswer
    /// The question is not a domain name.
    case invalidName
    /// The configured server is not an IPv4 address with a port.
    case invalidServer
}
