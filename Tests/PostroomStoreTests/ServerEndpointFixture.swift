import MailProtocol

enum ServerEndpointFixture {
    static let imap = ServerEndpoint(host: "imap.example.com", port: 993, security: .tls)
    static let smtp = ServerEndpoint(host: "smtp.example.com", port: 465, security: .tls)
}
