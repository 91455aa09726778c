import MailProtocol
import MailTransport
import PostroomCore

/// Questions to authorization servers with the care taken of mail servers: checked addresses, verified certificates, bounded answers.
struct OAuthAsker: OAuthAsking {
    private let secure: HTTPFetcher
    /// For an authorization server on this very machine (RFC 8252 §8.3); its address still passes the address policy.
    private let local: HTTPFetcher

    init(options: ConnectionOptions) {
        var limits = HTTPFetcher.Limits()
        limits.bodyLength = 256 * 1024
        // Shorter than a renewal's claim (`AccessTokens.claimSeconds`).
        limits.time = .seconds(20)
        // A redirect would carry the question, and what it proves, to somebody else.
        limits.redirects = 0
        secure = HTTPFetcher(options: options, limits: limits)
        local = HTTPFetcher(options: options, limits: limits, allowsPlainHTTP: true)
    }

    func ask(_ request: OAuthRequest) async throws -> OAuthReply {
        var headers = [(name: "Accept", value: "application/json")]
        if let authorization = request.authorization { headers.append(("Authorization", authorization.reveal())) }
        let question =
            request.form.map { HTTPRequest.form(url: request.url, fields: $0, headers: headers.filter { $0.name != "Accept" }) }
            ?? HTTPRequest(url: request.url, headers: headers)
        let isLocal = ["http://127.0.0.1", "http://localhost", "http://[::1]"].contains { host in
            guard request.url.lowercased().hasPrefix(host) else { return false }
            return request.url.dropFirst(host.count).first.map { ":/?".contains($0) } ?? true
        }
        do {
            let answer = try await (isLocal ? local : secure).fetch(question)
            return OAuthReply(status: answer.status, body: answer.body, retryAfter: answer.headers["retry-after"].flatMap { Int($0) })
        } catch {
            throw OAuthUnreachable(reason: error.code)
        }
    }
}
