import MailProtocol
import MailTransport
import Testing

/// Servers that send much, or for ever: what is kept has a bound in bytes, and what leads nowhere has an end.
@Suite("IMAP floods", .timeLimit(.minutes(2)))
struct IMAPFloodTests {
    private func failure(
        _ limits: IMAP.Limits, _ answers: [String: String], _ body: @escaping @Sendable (IMAPClient) async throws -> Void
    ) async throws -> IMAPError? {
        var script = IMAPScript()
        script.answers = answers
        return try await script.run(limits: limits) { client in
            let error = await #expect(throws: IMAPError.self) { try await body(client) }
            #expect(!client.isOpen)
            return error
        }
    }

    @Test("answers that a command keeps are counted in bytes")
    func collectedBytes() async throws {
        var limits = IMAP.Limits.standard
        limits.collectedBytes = 100_000
        let name = String(repeating: "n", count: 1_000)
        let flood = (0..<200).map { "* LIST () \"/\" {1005}\r\n\(name)\($0 + 10_000)\r\n" }.joined()
        let error = try await failure(limits, ["LIST": flood]) { _ = try await $0.listMailboxes() }
        #expect(error?.cause == .limitExceeded("100000 bytes of answers"))
    }

    @Test("go-aheads that nobody waits for are a flood")
    func continuations() async throws {
        var limits = IMAP.Limits.standard
        limits.unsolicitedResponses = 1_000
        let error = try await failure(limits, ["NOOP": String(repeating: "+ go on\r\n", count: 2_000)]) { try await $0.noop() }
        #expect(error?.code == "limit-exceeded")
    }

    @Test("a question after our own refusal in AUTHENTICATE ends the connection")
    func endlessChallenges() async throws {
        var script = IMAPScript(greeting: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=CRAM-MD5] hi\r\n")
        script.answers["AUTHENTICATE"] = "+ \r\n+ \r\n+ \r\n+ \r\n"
        // Whatever is answered, another question comes.
        script.fallback = "+ \r\n"
        try await script.run { client in
            let error = await #expect(throws: IMAPError.self) {
                try await client.signIn(.password(login: "a", password: Secret("b")), allowPlaintext: true)
            }
            #expect(error?.code == "protocol-violation" && error?.command == "AUTHENTICATE")
            #expect(!client.isOpen)
        }
    }

    @Test("a line that is kept busy without the answer ends the command all the same")
    func uselessness() async throws {
        var limits = IMAP.Limits.standard
        limits.silence = .seconds(60)
        limits.uselessness = .milliseconds(400)
        try await ScriptedServer.run { peer in
            try await peer.say("* OK [CAPABILITY IMAP4rev1] hi\r\n")
            _ = try await peer.line()
            while true {
                try await peer.say("* OK Still here\r\n* 1 EXISTS\r\n")
                try await Task.sleep(for: .milliseconds(20))
            }
        } body: { [limits] server in
            let client = try await IMAPClient.connect(to: server.endpoint(), options: .loopback(), limits: limits)
            let error = await #expect(throws: IMAPError.self) { _ = try await client.search(.all) }
            #expect(error?.code == "timed-out-transfer" && error?.command == "UID SEARCH")
        }
    }

    @Test("news that nobody reads are bounded in bytes, and the reader is told what it missed")
    func largeNews() async throws {
        var script = IMAPScript()
        let body = String(repeating: "x", count: 500_000)
        script.answers["NOOP"] =
            String(repeating: "* 1 FETCH (UID 9 FLAGS () BODY[] {500000}\r\n\(body))\r\n", count: 40) + "TAG OK done\r\n"
        try await script.run { client in
            try await client.noop()
            var events = client.events.makeAsyncIterator()
            guard case .missed(let count) = try await events.next() else {
                Issue.record("nothing was dropped")
                return
            }
            // Four megabytes hold eight of them.
            #expect(count >= 32)
        }
    }

    @Test("messages of long envelopes are held back until their reader takes them, and all arrive")
    func longEnvelopes() async throws {
        let subject = String(repeating: "s", count: 60_000)
        let one = { @Sendable (uid: Int) in "* \(uid) FETCH (UID \(uid) ENVELOPE (NIL \"\(subject)\" NIL NIL NIL NIL NIL NIL NIL NIL))\r\n"
        }
        let said = Notebook<Int>()
        try await ScriptedServer.run { peer in
            try await peer.say("* OK [CAPABILITY IMAP4rev1] hi\r\n")
            let tag = try await peer.line().prefix { $0 != " " }
            for uid in 1...400 {
                try await peer.say(one(uid))
                said.note(uid)
            }
            try await peer.say("\(tag) OK done\r\n")
            await peer.untilGone()
        } body: { server in
            let client = try await IMAPClient.connect(to: server.endpoint(), options: .loopback())
            let stream = try await client.fetch(.all, items: [.envelope])
            while said.entries.isEmpty { await Task.yield() }
            // Nobody takes anything: the server gets no further than what we and the kernel hold.
            try await Task.sleep(for: .milliseconds(500))
            #expect(said.entries.count < 400)
            var count = 0
            for try await _ in stream { count += 1 }
            #expect(count == 400)
        }
    }
}
