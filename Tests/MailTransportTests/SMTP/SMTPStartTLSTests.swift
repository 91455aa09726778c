import MailProtocol
import MailTransport
import Testing

@Suite("SMTP before and after TLS", .timeLimit(.minutes(1)))
struct SMTPStartTLSTests {
    private func client(_ server: ScriptedServer, authorities: [String] = []) -> SMTPClient {
        SMTPClient(
            endpoint: server.endpoint(.startTLS), credentials: .password(login: "u", password: Secret("p")),
            options: SMTPOptions(connection: .loopback(authorities: authorities)))
    }

    @Test(
        "a stripped, refused or injected STARTTLS is an error, and no password follows",
        arguments: [
            ("250 hello\r\n", "", "starttls-not-offered"), ("502 what?\r\n", "", "starttls-not-offered"),
            ("250-hello\r\n250 STARTTLS\r\n", "502 no\r\n", "starttls-refused"),
            ("250-hello\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n", "starttls-injection"),
            ("250-hello\r\n250 STARTTLS\r\n", "220 go\r\n250-inj", "starttls-injection"),
            ("250-hello\r\n250 STARTTLS\r\n", "250 go\r\n", "starttls-refused"),
        ])
    func hostile(ehlo: String, answer: String, code: String) async throws {
        let heard = Notebook<String>()
        try await ScriptedServer.run { peer in
            try await peer.say("220 hello\r\n")
            while true {
                let line = try await peer.line()
                heard.note(line)
                switch line.prefix(4) {
                case "EHLO": try await peer.say(ehlo)
                case "HELO": try await peer.say("250 hello\r\n")
                default: try await peer.say(answer)
                }
            }
        } body: { server in
            let error = await #expect(throws: SMTPError.self) { try await client(server).connect() }
            #expect(error?.code == code, "\(String(describing: error))")
        }
        #expect(!heard.entries.contains { $0.hasPrefix("AUTH") })
    }

    @Test("extensions are asked again behind TLS and after sign-in, and only the last answer counts")
    func askedAgain() async throws {
        let certificate = try TestCertificate.shared.get()
        let context = try certificate.serverContext()
        let heard = Notebook<String>()
        try await ScriptedServer.run { peer in
            try await peer.say("220 hello\r\n")
            heard.note(try await peer.line())
            try await peer.say("250-hello\r\n250-SIZE 1\r\n250-AUTH EVIL\r\n250 STARTTLS\r\n")
            heard.note(try await peer.line())
            try await peer.say("220 go\r\n", thenTLS: context)
            heard.note(try await peer.line())
            try await peer.say("250-hello\r\n250 AUTH PLAIN\r\n")
            heard.note(try await peer.line())
            try await peer.say("235 in\r\n")
            heard.note(try await peer.line())
            try await peer.say("250-hello\r\n250-CHUNKING\r\n250 AUTH PLAIN\r\n")
            await peer.untilGone()
        } body: { server in
            let info = try await client(server, authorities: [certificate.certificate]).connect()
            #expect(info.tls?.version == "TLSv1.3")
            #expect(Set(info.capabilities.keywords.keys) == ["CHUNKING", "AUTH"])
            #expect(info.capabilities.authentication == ["PLAIN"])
        }
        #expect(heard.entries.map { String($0.prefix(4)) } == ["EHLO", "STAR", "EHLO", "AUTH", "EHLO"])
    }
}
