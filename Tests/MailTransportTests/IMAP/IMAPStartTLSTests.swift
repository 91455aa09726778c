import MailProtocol
import MailTransport
import Testing

/// What was said in the clear does not count behind TLS, and what was known before sign-in is asked again.
@Suite("IMAP before and after TLS", .timeLimit(.minutes(1)))
struct IMAPStartTLSTests {
    @Test("nothing that was said before TLS is believed after it")
    func beforeTLS() async throws {
        let certificate = try TestCertificate.shared.get()
        var script = IMAPScript(greeting: "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=EVIL] hi\r\n")
        script.tls = try certificate.serverContext()
        script.answers["STARTTLS"] =
            "* OK [ALERT] Send your password to mallory\r\n* 77 EXISTS\r\n* LIST () \"/\" Evil\r\n* ENABLED UTF8=ACCEPT\r\n"
            + "TAG OK [CAPABILITY IMAP4rev1 AUTH=WORSE LITERAL+] go\r\n"
        script.answers["CAPABILITY"] = "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n"
        script.answers["NOOP"] = "* 5 EXISTS\r\nTAG OK done\r\n"
        try await script.run(security: .startTLS, authorities: [certificate.certificate]) { client in
            #expect(client.tlsInfo != nil)
            #expect(client.capabilities == IMAP.Capabilities(["IMAP4REV1", "AUTH=PLAIN"]))
            #expect(!client.isUTF8Enabled)
            try await client.noop()
            var events = client.events.makeAsyncIterator()
            #expect(try await events.next() == .exists(5))
        }
        #expect(script.heard.entries == ["STARTTLS", "CAPABILITY", "NOOP"])
    }

    @Test("capabilities are asked again after sign-in, unless its answer tells them", arguments: [false, true])
    func afterSignIn(told: Bool) async throws {
        var script = IMAPScript(greeting: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n")
        script.answers["AUTHENTICATE"] = told ? "TAG OK [CAPABILITY IMAP4rev1 MOVE] in\r\n" : "TAG OK in\r\n"
        script.answers["CAPABILITY"] = "* CAPABILITY IMAP4rev1 MOVE\r\nTAG OK done\r\n"
        try await script.run { client in
            try await client.signIn(.password(login: "a", password: Secret("b")), allowPlaintext: true)
            #expect(client.capabilities.names == ["IMAP4REV1", "MOVE"])
        }
        #expect(script.heard.entries.filter { $0 == "CAPABILITY" }.count == (told ? 0 : 1))
    }
}
