import MailProtocol
import MailTransport
import PostroomJMAP

/// Push messages over HTTPS with the care taken of mail servers: checked addresses, verified certificates, bounded answers.
struct PushPoster: PushPosting {
    private let fetcher: HTTPFetcher

    init(options: ConnectionOptions) {
        fetcher = HTTPFetcher(options: options)
    }

    func post(_ body: [UInt8], to url: String, headers: [(name: String, value: String)]) async throws -> Int {
        try await fetcher.fetch(HTTPRequest(.post, url: url, headers: headers, body: Secret(bytes: body))).status
    }
}
