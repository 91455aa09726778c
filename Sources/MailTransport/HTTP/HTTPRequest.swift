import MailProtocol

/// One bounded HTTP question: discovery documents and OAuth tokens.
public struct HTTPRequest: Sendable {
    public enum Method: String, Sendable { case get = "GET", post = "POST" }

    public var method: Method
    /// `https://host[:port]/path?query`; plain `http` only where ``HTTPFetcher`` is told to take it.
    public var url: String
    public var headers: [(name: String, value: String)]
    /// The body may hold a client secret or a refresh token.
    public var body: Secret?

    public init(_ method: Method = .get, url: String, headers: [(name: String, value: String)] = [], body: Secret? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// A form as `application/x-www-form-urlencoded` (RFC 6749, section 4.1.3).
    public static func form(url: String, fields: [(name: String, value: Secret)], headers: [(name: String, value: String)] = [])
        -> HTTPRequest
    {
        var bytes: [UInt8] = []
        for field in fields {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            bytes += percentEncoded(Array(field.name.utf8))
            bytes.append(UInt8(ascii: "="))
            bytes += field.value.withBytes { percentEncoded($0) }
        }
        return HTTPRequest(
            .post, url: url,
            headers: headers + [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")],
            body: Secret(bytes: bytes))
    }

    /// Everything but RFC 3986's unreserved characters as `%HH`.
    private static func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                [byte]
            default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }
}

/// The answer to an ``HTTPRequest``.
public struct HTTPResponse: Sendable, Equatable {
    public var status: Int
    /// Names in lower case.
    public var headers: [String: String]
    public var body: [UInt8]
    /// The address the answer came from, after redirects.
    public var url: String
}

/// Why there is no answer.
public enum HTTPError: Error, Sendable, Equatable {
    /// Not an http(s) address we can ask.
    case invalidURL(String)
    /// The address, or a redirect from https, leads to plain http.
    case insecureURL(String)
    case transport(TransportError)
    case tooManyRedirects
    /// More body, header or time than allowed, by the limit's name.
    case limitExceeded(String)
    /// The server does not speak HTTP/1.1.
    case malformedResponse

    /// Whether the same question may be answered later.
    public var isRetryable: Bool {
        if case .transport(let error) = self { return error.isRetryable }
        return false
    }

    /// A stable code for messages and documents.
    public var code: String {
        switch self {
        case .invalidURL: "http-invalid-url"
        case .insecureURL: "http-insecure-url"
        case .transport(let error): error.code
        case .tooManyRedirects: "http-too-many-redirects"
        case .limitExceeded: "limit-exceeded"
        case .malformedResponse: "http-malformed-response"
        }
    }
}
