import MailProtocol
import MailTransport
import NIOCore
import Testing

/// The line ends at any byte: the client ends in a typed error, every later call says the same, nothing is left waiting, and a new
/// connection does all of it.
@Suite("IMAP sessions that are cut", .timeLimit(.minutes(5)))
struct IMAPCutTests {
    /// A session with something of everything.
    private static func session(cut: Int = .max) -> IMAPScript {
        var script = IMAPScript()
        script.cut = cut
        script.answers = [
            "AUTHENTICATE":
                "TAG OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS NAMESPACE ENABLE CONDSTORE QRESYNC LIST-EXTENDED LIST-STATUS] in\r\n",
            "NAMESPACE": "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\nTAG OK done\r\n",
            "ENABLE": "* ENABLED QRESYNC\r\nTAG OK done\r\n",
            "LIST": "* LIST (\\Sent) \"/\" {4}\r\nSent\r\n* LIST () \"/\" INBOX\r\nTAG OK done\r\n",
            "SELECT": "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\nTAG OK [READ-WRITE] done\r\n",
            "UID FETCH":
                "* 1 FETCH (UID 3 FLAGS (\\Seen) BODY[] {12}\r\nA: b\r\n\r\nhi\r\n)\r\n* 2 FETCH (UID 8 BODY[] \"x\")\r\nTAG OK done\r\n",
            "UID SEARCH": "* SEARCH 3 8\r\nTAG OK done\r\n",
            "APPEND": "TAG OK [APPENDUID 7 9] done\r\n",
            "IDLE": "+ idling\r\n* 3 EXISTS\r\n",
            "LOGOUT": "* BYE bye\r\nTAG OK done\r\n",
        ]
        return script
    }

    /// Everything once, to the goodbye; the error that ended it, and the client where there was one.
    private static func play(_ endpoint: ServerEndpoint) async -> (error: IMAPError?, client: IMAPClient?) {
        var client: IMAPClient?
        do throws(IMAPError) {
            let connected = try await IMAPClient.connect(to: endpoint, options: .loopback())
            client = connected
            try await connected.signIn(.password(login: "a", password: Secret("b")), allowPlaintext: true)
            _ = try await connected.namespaces()
            _ = try await connected.listMailboxes()
            _ = try await connected.resume(
                IMAP.MailboxName("INBOX"), since: IMAP.QResync(uidValidity: 7, modSeq: 4), isEnabled: false, status: [.messages])
            _ = try await connected.select(IMAP.MailboxName("INBOX"))
            for try await _ in try await connected.fetch(.all, items: [.flags, .body(.whole)]) {}
            _ = try await connected.search(.all)
            try await connected.append(Array("A: b\r\n\r\nhello\r\n".utf8), to: IMAP.MailboxName("Sent"))
            try await connected.startIdling()
            var events = connected.events.makeAsyncIterator()
            while let event = try await events.next() { if event == .exists(3) { break } }
            _ = try await connected.search(.all)
            await connected.logout()
            return (nil, connected)
        } catch {
            return (error, client)
        }
    }

    /// All that may wait for a connection is told of its end, and says the same ever after.
    private static func expectUsable(_ error: IMAPError, _ client: IMAPClient?, _ place: String) async {
        #expect(error.isRetryable && !error.connectionIsUsable, "\(place): \(error)")
        guard let client else { return }
        #expect(!client.isOpen, "\(place)")
        let later = await #expect(throws: IMAPError.self, "\(place)") { try await client.noop() }
        #expect(later?.cause == error.cause, "\(place)")
        let news = await #expect(throws: IMAPError.self, "\(place)") { for try await _ in client.events {} }
        #expect(news?.cause == error.cause, "\(place)")
    }

    @Test("after every byte of a session: a typed error, a usable state, nobody waits")
    func everyByte() async throws {
        let whole = Self.session()
        let told = try await ScriptedServer.run {
            try await whole.serve(&$0)
        } body: { server in
            await Self.play(server.endpoint())
        }
        #expect(told.error == nil)
        let length = try #require(whole.said.entries.last { $0.command.hasPrefix("UID SEARCH") }).bytes
        #expect(length > 600)
        // Behind the last answer there are only IDLE, which has no caller, and the goodbye, which never fails.
        for cut in 0..<length + 60 {
            let script = Self.session(cut: cut)
            let (error, client) = try await ScriptedServer.run { peer in
                try await script.serve(&peer)
            } body: { server in
                await Self.play(server.endpoint())
            }
            guard cut < length else {
                #expect(error == nil, "cut at \(cut): \(String(describing: error))")
                #expect(client?.isOpen == false, "cut at \(cut)")
                continue
            }
            let failure = try #require(error, "cut at \(cut)")
            #expect(["closed-by-server", "connection-reset"].contains(failure.code), "cut at \(cut): \(failure)")
            await Self.expectUsable(failure, client, "cut at \(cut)")
        }
    }

    @Test("a cut ends every kind of waiting at once")
    func everyWaiter() async throws {
        let begun = Notebook<String>()
        let enough = Notebook<Bool>()
        try await ScriptedServer.run { peer in
            try await peer.say("* OK [CAPABILITY IMAP4rev1 IDLE ENABLE CONDSTORE] ready\r\n")
            begun.note(try await peer.line())
            while enough.entries.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            try await peer.say("* STATUS x (MESS")
        } body: { server in
            let client = try await IMAPClient.connect(to: server.endpoint(), options: .loopback())
            let codes = await withTaskGroup(of: String?.self) { group in
                for index in 0..<7 {
                    group.addTask {
                        do throws(IMAPError) {
                            switch index {
                            case 0: try await client.noop()
                            case 1: for try await _ in client.events {}
                            case 2: _ = try await client.status(of: IMAP.MailboxName("x"), [.messages])
                            // These wait for the line to be free for them alone.
                            case 3, 4: _ = try await client.select(IMAP.MailboxName("INBOX"))
                            case 5: _ = try await client.enable(["CONDSTORE"])
                            default: for try await _ in try await client.fetch(.all, items: [.flags]) {}
                            }
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                while begun.entries.isEmpty { await Task.yield() }
                // The others have their chance to stand in line; who comes late fails all the same.
                for _ in 0..<1_000 { await Task.yield() }
                enough.note(true)
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(codes == Array(repeating: "closed-by-server", count: 7))
        }
    }
}

/// The same on a real server's line, where the cut falls into handshakes and records.
@Suite("IMAP sessions that are cut, on a real server", .enabled(if: MailBed.isUp), .serialized, .timeLimit(.minutes(5)))
struct IMAPFaultTests {
    private var bed: MailBed { get throws { try #require(MailBed.shared) } }

    private func play(_ security: ConnectionSecurity) async throws -> IMAPError? {
        let bed = try bed
        let endpoint =
            security == .tls
            ? bed.endpoint("proxy_imaps", "p_imaps", security: .tls) : bed.endpoint("proxy_imap", "p_imap", security: .startTLS)
        do throws(IMAPError) {
            let client = try await IMAPClient.connect(to: endpoint, options: bed.options())
            defer { client.close() }
            try await client.signIn(MailBed.password(of: "carol"))
            _ = try await client.listMailboxes()
            _ = try await client.examine(client.mailboxName("INBOX"))
            for try await _ in try await client.fetch(.all, items: [.flags]) {}
            _ = try await client.search(.all)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "after so many bytes of the server, over TLS from the start or in between: an error that may pass, never plaintext, and then a whole session",
        arguments: [ConnectionSecurity.tls, .startTLS])
    func cuts(_ security: ConnectionSecurity) async throws {
        let name = security == .tls ? "imaps" : "imap"
        var cut = 0
        var wholes = 0
        while wholes < 3, cut < 40_000 {
            try await bed.order(#"{"name":"\#(name)","set":{"cut_after":{"down":\#(cut)}}}"#)
            if let error = try await play(security) {
                #expect(error.isRetryable && !error.connectionIsUsable && !error.code.hasPrefix("timed-out"), "cut at \(cut): \(error)")
                wholes = 0
            } else {
                wholes += 1
            }
            // The clear part of STARTTLS byte by byte where it decides, the rest in steps.
            cut += cut < 300 ? 11 : 101
        }
        try await bed.order(#"{"name":"\#(name)","set":{}}"#)
        #expect(wholes == 3)
        #expect(try await play(security) == nil)
    }
}
