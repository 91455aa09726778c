import MailProtocol
import MailTransport
import Testing

/// Servers and networks that want to hurt: each attempt ends in a typed error, in bounded memory, with nobody left waiting.
@Suite("IMAP against hostile servers", .timeLimit(.minutes(2)))
struct IMAPHostileTests {
    @Test(
        "a stripped, refused or injected STARTTLS is an error",
        arguments: [
            ("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n", "TAG OK\r\n", "starttls-not-offered"),
            ("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n", "TAG NO not today\r\n", "starttls-refused"),
            ("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n", "TAG OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "starttls-injection"),
            ("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n", "TAG OK go\r\n", "preauth-before-tls"),
            ("* PREAUTH hi\r\n", "TAG OK go\r\n", "preauth-before-tls"),
        ])
    func startTLS(greeting: String, answer: String, code: String) async throws {
        var script = IMAPScript(greeting: greeting)
        script.answers["STARTTLS"] = answer
        #expect(try await script.failure(security: .startTLS)?.code == code)
        #expect(!script.heard.entries.contains { $0.hasPrefix("LOGIN") || $0.hasPrefix("AUTH") })
    }

    @Test(
        "a greeting that is none",
        arguments: [
            ("* BYE [UNAVAILABLE] too many connections\r\n", "closed-by-server"), ("220 mail.example ESMTP\r\n", "protocol-violation"),
            ("* NO\r\n", "protocol-violation"), ("HTTP/1.1 400 Bad Request\r\n\r\n", "protocol-violation"), ("", "timed-out-greeting"),
            ("* OK never ends", "timed-out-greeting"), ("+ hello\r\n", "protocol-violation"), ("* 3 EXISTS\r\n", "protocol-violation"),
        ])
    func greeting(text: String, code: String) async throws {
        var limits = IMAP.Limits.standard
        limits.greeting = .milliseconds(300)
        let error = try await IMAPScript(greeting: text).failure(limits: limits)
        #expect(error?.code == code)
        if code == "closed-by-server" { #expect(error?.isThrottled == true && error?.isRetryable == true) }
    }

    @Test(
        "floods, endless lines and literals end with a named limit",
        arguments: [
            String(repeating: "* 1 EXISTS\r\n", count: 2_000), "* LIST " + String(repeating: "x", count: 200_000),
            "* LIST () \"/\" {70000}\r\n" + String(repeating: "y", count: 70_000),
            String(repeating: "* 1 FETCH (((((\r\n", count: 200), "* 1 FETCH (BODY[] {99999999999999999}\r\n",
            "* 1 FETCH (ENVELOPE (" + String(repeating: "{1}\r\nx", count: 500),
            "* 1 FETCH (BODYSTRUCTURE " + String(repeating: "(", count: 90_000),
            String(repeating: "X999 OK nobody asked\r\n", count: 300),
        ])
    func floods(text: String) async throws {
        var limits = IMAP.Limits.standard
        limits.unsolicitedResponses = 1_000
        limits.line = 100_000
        limits.inlineLiteral = 64 * 1_024
        limits.literal = 1 << 40
        limits.literalsPerResponse = 100
        limits.malformedResponses = 50
        limits.silence = .milliseconds(500)
        var script = IMAPScript()
        script.answers["NOOP"] = text
        let error = try await script.run(limits: limits) { client in
            let error = await #expect(throws: IMAPError.self) { try await client.noop() }
            #expect(!client.isOpen)
            let again = await #expect(throws: IMAPError.self) { try await client.noop() }
            #expect(again?.cause == error?.cause)
            return error
        }
        // Only what stops in the middle is found by its silence.
        #expect(error?.code == "limit-exceeded" || text.count > 80_000 && error?.code == "timed-out-transfer")
    }

    @Test("silence and dripping bytes end a command", arguments: ["", "* 1 EXISTS"])
    func silence(text: String) async throws {
        var limits = IMAP.Limits.standard
        limits.silence = .milliseconds(300)
        var script = IMAPScript()
        script.answers["NOOP"] = text
        try await script.run(limits: limits) { client in
            let error = await #expect(throws: IMAPError.self) { try await client.noop() }
            #expect(error?.code == "timed-out-transfer" && error?.command == "NOOP")
        }
    }

    @Test("a line that dies in IDLE is found by the renewal")
    func deadIdle() async throws {
        var limits = IMAP.Limits.standard
        limits.idleRenewal = .milliseconds(200)
        limits.proofOfLife = .milliseconds(200)
        for (idle, done) in [("+ idling\r\n", ""), ("", "")] {
            var script = IMAPScript()
            script.answers["IDLE"] = idle
            script.answers["DONE"] = done
            try await script.run(limits: limits) { client in
                try await client.startIdling()
                let error = await #expect(throws: IMAPError.self) { for try await _ in client.events {} }
                #expect(error?.code == "timed-out-transfer")
            }
        }
    }

    @Test("goodbye ends every waiting call with the server's words")
    func bye() async throws {
        var script = IMAPScript()
        script.answers["NOOP"] = ""
        script.answers["UID SEARCH"] = ""
        script.answers["STATUS"] = "* BYE [UNAVAILABLE] going down\r\n"
        try await script.run { client in
            await withTaskGroup(of: IMAPError?.self) { group in
                for index in 0..<6 {
                    group.addTask {
                        do throws(IMAPError) {
                            switch index {
                            case 0, 1: try await client.noop()
                            case 2: _ = try await client.search(.all)
                            case 3: for try await _ in try await client.fetch(.all, items: [.flags]) {}
                            case 4: for try await _ in client.events {}
                            default:
                                _ = try await client.status(of: IMAP.MailboxName("x"), [.messages], priority: .background)
                            }
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                // The fetch is answered OK at once; all others end with the server's goodbye.
                var ended = 0
                for await error in group {
                    guard let error else { continue }
                    ended += 1
                    #expect(error.code == "closed-by-server")
                    #expect(error.status?.code == .unavailable || error.cause == .closed)
                }
                #expect(ended >= 5)
            }
        }
    }

    @Test("a server that does not prove itself in SCRAM is left, and never told a password")
    func impostor() async throws {
        var script = IMAPScript(greeting: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN] hi\r\n")
        script.answers["AUTHENTICATE SCRAM"] = "TAG OK welcome\r\n"
        try await script.run { client in
            let error = await #expect(throws: IMAPError.self) {
                try await client.signIn(.password(login: "a", password: Secret("b")), allowPlaintext: true)
            }
            #expect(error?.code == "server-not-proven")
            #expect(!client.isOpen)
        }
        #expect(!script.heard.entries.contains { $0.contains("PLAIN") || $0.hasPrefix("LOGIN") })
    }

    @Test("no password travels in the clear unless the provider says so")
    func plaintext() async throws {
        for greeting in ["* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN] hi\r\n", "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n"] {
            let script = IMAPScript(greeting: greeting)
            try await script.run { client in
                let error = await #expect(throws: IMAPError.self) { try await client.signIn(.password(login: "a", password: Secret("b"))) }
                #expect(error?.code == "no-common-mechanism")
            }
            #expect(script.heard.entries.isEmpty)
        }
        let allowed = IMAPScript()
        try await allowed.run { client in
            let method = try await client.signIn(.password(login: "a", password: Secret("b")), allowPlaintext: true)
            #expect(method == .sasl(.plain))
        }
    }
}
