import MailProtocol
import NIOCore

/// Asks web servers for discovery documents and OAuth tokens, with the same care as mail servers.
///
/// It runs over ``MailConnection`` rather than a general HTTP client: the name is resolved once, checked against the address policy and
/// connected to, certificates are judged by the same verifier with the same precise causes, an authority added while running counts
/// here too, and each redirect goes through all of it again. One request, one connection, everything bounded.
public struct HTTPFetcher: Sendable {
    public struct Limits: Sendable {
        public var bodyLength = 1024 * 1024
        public var redirects = 3
        /// Everything together: look-up, connection, redirects, body.
        public var time = Duration.seconds(20)

        public init() {}
    }

    private let options: ConnectionOptions
    private let limits: Limits
    private let allowsPlainHTTP: Bool

    /// - Parameter allowsPlainHTTP: for documents that carry no secret and are confirmed otherwise; a redirect never leaves https for http.
    public init(options: ConnectionOptions, limits: Limits = Limits(), allowsPlainHTTP: Bool = false) {
        self.options = options
        self.limits = limits
        self.allowsPlainHTTP = allowsPlainHTTP
    }

    /// The answer, whatever its status; redirects of GET are followed, those of POST are returned.
    public func fetch(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        guard var location = HTTPLocation(request.url) else { throw .invalidURL(request.url) }
        guard location.isSecure || allowsPlainHTTP else { throw .insecureURL(request.url) }
        let deadline = ContinuousClock.now + limits.time
        for _ in 0...limits.redirects {
            let response = try await ask(request, at: location, deadline: deadline)
            guard request.method == .get, [301, 302, 303, 307, 308].contains(response.status), let reference = response.headers["location"]
            else {
                return response
            }
            guard let next = location.resolving(reference) else { throw .invalidURL(reference) }
            guard next.isSecure || !location.isSecure && allowsPlainHTTP else { throw .insecureURL(next.text) }
            location = next
        }
        throw .tooManyRedirects
    }

    private func ask(_ request: HTTPRequest, at location: HTTPLocation, deadline: ContinuousClock.Instant) async throws(HTTPError)
        -> HTTPResponse
    {
        let head = try Self.head(request, location)
        var options = options
        let left = deadline - .now
        guard left > .zero else { throw .limitExceeded("time") }
        options.timeouts.connect = min(options.timeouts.connect, left)
        options.timeouts.tls = min(options.timeouts.tls, left)
        options.timeouts.write = min(options.timeouts.write, left)
        let endpoint = ServerEndpoint(host: location.host, port: location.port, security: location.isSecure ? .tls : .none)
        var parser = HTTPResponseParser(bodyLimit: limits.bodyLength)
        do throws(TransportError) {
            let connection = try await MailConnection.open(to: endpoint, options: options)
            defer { connection.close() }
            try await connection.write(head + (request.body?.withBytes { $0 } ?? []))
            while !parser.isDone {
                let left = deadline - .now
                guard left > .zero else { throw TransportError(.transfer, .timedOut) }
                guard let bytes = try await connection.read(within: left) else {
                    try Self.parse { () throws(HTTPResponseParser.Failure) in try parser.finish() }
                    break
                }
                try Self.parse { () throws(HTTPResponseParser.Failure) in try parser.append(bytes.readableBytesView) }
            }
        } catch {
            switch error.cause {
            case .limitExceeded(let name): throw .limitExceeded(name)
            case .protocolViolation: throw .malformedResponse
            default: throw .transport(error)
            }
        }
        return HTTPResponse(status: parser.status, headers: parser.headers, body: parser.body, url: location.text)
    }

    private static func parse(_ step: () throws(HTTPResponseParser.Failure) -> Void) throws(TransportError) {
        do {
            try step()
        } catch {
            switch error {
            case .malformed: throw TransportError(.transfer, .protocolViolation("http"))
            case .limitExceeded(let name): throw TransportError(.transfer, .limitExceeded(name))
            }
        }
    }

    private static func head(_ request: HTTPRequest, _ location: HTTPLocation) throws(HTTPError) -> [UInt8] {
        var lines = ["\(request.method.rawValue) \(location.target) HTTP/1.1", "Host: \(location.authority)"]
        lines += request.headers.map { "\($0.name): \($0.value)" }
        lines += ["Connection: close", "User-Agent: Postroom"]
        if let length = request.body?.withBytes({ $0.count }) ?? (request.method == .post ? 0 : nil) {
            lines.append("Content-Length: \(length)")
        }
        guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else { throw .invalidURL(request.url) }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}
