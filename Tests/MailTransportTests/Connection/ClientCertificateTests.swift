import MailProtocol
import MailTransport
import Testing

/// EXTERNAL: the certificate that we show in TLS says who we are (RFC 4422, appendix A).
@Suite("Client certificates on real servers", .enabled(if: MailBed.shared?.ports["external_imaps"] != nil))
struct ClientCertificateTests {
    private func options(_ identity: String?) throws -> ConnectionOptions {
        let bed = try #require(MailBed.shared)
        var options = bed.options()
        if let identity { options.clientIdentity = try bed.identity(identity) }
        return options
    }

    @Test("signs in to IMAP, with and without a name", arguments: ["external_imaps", "cyrus_imaps"], ["", "alice@example.test"])
    func imap(port: String, login: String) async throws {
        let bed = try #require(MailBed.shared)
        guard bed.ports[port] != nil else { return }
        let client = try await IMAPClient.connect(to: bed.endpoint(port, security: .tls), options: options("client"))
        #expect(try await client.signIn(.external(login: login)) == .sasl(.external))
        #expect(try await client.select(client.mailboxName("INBOX")).uidValidity > 0)
        await client.logout()
    }

    @Test("signs in to submission and sends")
    func smtp() async throws {
        let bed = try #require(MailBed.shared)
        let client = SMTPClient(
            endpoint: bed.endpoint("external_submissions", security: .tls), credentials: .external(login: ""),
            options: SMTPOptions(connection: try options("client")))
        #expect(try await client.verify().mechanism == .external)
        let outcome = await client.send(
            SMTPEnvelope(mailFrom: "alice@example.test", recipients: [.init("bob@example.test")]),
            message: Array("From: alice@example.test\r\nSubject: by certificate\r\n\r\nHello\r\n".utf8))
        guard case .accepted = outcome else {
            Issue.record("\(outcome)")
            return
        }
        await client.close()
    }

    @Test("somebody else's name, no certificate and one of an unknown authority do not sign in")
    func refused() async throws {
        let bed = try #require(MailBed.shared)
        for (identity, login) in [("client", "bob@example.test"), (nil, "alice@example.test"), ("stranger-client", "alice@example.test")] {
            await #expect(throws: IMAPError.self, "\(identity ?? "none") as \(login)") {
                let client = try await IMAPClient.connect(
                    to: bed.endpoint("external_imaps", security: .tls), options: options(identity))
                try await client.signIn(.external(login: login))
            }
        }
    }
}
