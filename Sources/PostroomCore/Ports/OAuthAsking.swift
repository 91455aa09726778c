import MailProtocol

/// A question to an authorization server over HTTPS, bounded in size and time.
public protocol OAuthAsking: Sendable {
    /// The answer, whatever its status. Throws ``OAuthUnreachable`` where there is none.
    func ask(_ request: OAuthRequest) async throws -> OAuthReply
}

public struct OAuthRequest: Sendable {
    public var url: String
    /// The fields of a POST; nil: a GET.
    public var form: [(name: String, value: Secret)]?
    /// The value of the Authorization header.
    public var authorization: Secret?

    public init(url: String, form: [(name: String, value: Secret)]? = nil, authorization: Secret? = nil) {
        self.url = url
        self.form = form
        self.authorization = authorization
    }
}

public struct OAuthReply: Sendable {
    public var status: Int
    public var body: [UInt8]
    /// Seconds that the server asks to wait (Retry-After).
    public var retryAfter: Int?

    public init(status: Int, body: [UInt8], retryAfter: Int? = nil) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
    }
}

/// No answer: the network, the certificate, the address policy, or too much of an answer.
public struct OAuthUnreachable: Error, Sendable, Hashable {
    /// For people who know servers: a stable code and the host.
    public var reason: String

    public init(reason: String) { self.reason = reason }
}
