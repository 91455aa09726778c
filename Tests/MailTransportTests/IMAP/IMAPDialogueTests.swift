import MailProtocol
import MailTransport
import Testing

/// What the client says, and how it gets on with servers that can less, word by word.
@Suite("IMAP dialogues", .timeLimit(.minutes(1)))
struct IMAPDialogueTests {
    @Test("without MOVE: copy, mark, expunge just these") func moveFallback() async throws {
        var script = IMAPScript()
        script.answers["UID COPY"] = "TAG OK [COPYUID 5 1:2 7:8] done\r\n"
        try await script.run { client in
            let moved = try await client.move([1, 2], to: IMAP.MailboxName("Trash"))
            #expect(moved?.pairs == [1: 7, 2: 8])
        }
        #expect(script.heard.entries == ["UID COPY 1:2 Trash", "UID STORE 1:2 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 1:2"])
    }

    @Test("without LIST-EXTENDED: LIST, LSUB and a STATUS each") func listFallback() async throws {
        var script = IMAPScript()
        script.answers["LIST"] =
            "* LIST (\\HasNoChildren) \".\" INBOX\r\n* LIST (\\Noselect) \".\" \"INBOX.a b\"\r\n* LIST (\\drafts) \".\" INBOX.&BB8-\r\nTAG OK done\r\n"
        script.answers["LSUB"] = "* LSUB () \".\" INBOX\r\nTAG OK done\r\n"
        script.answers["STATUS INBOX "] = "* STATUS INBOX (MESSAGES 3 UIDNEXT 9)\r\nTAG OK done\r\n"
        script.answers["STATUS \"INBOX.&BB8-\" "] = "TAG NO [NOPERM] no\r\n"
        let list = try await script.run { client in try await client.listMailboxes(status: [.messages, .uidNext, .size]) }
        #expect(list.map(\.mailbox.name.path) == ["INBOX", "INBOX.a b", "INBOX.П"])
        #expect(list.map(\.isSubscribed) == [true, false, false])
        #expect(list.map(\.specialUse) == [nil, nil, .drafts])
        #expect(list[0].status?.messages == 3 && list[2].status == nil)
        #expect(script.heard.entries.contains("STATUS INBOX (MESSAGES UIDNEXT)"))
        #expect(!script.heard.entries.contains { $0.hasPrefix("STATUS \"INBOX.a b\"") })
    }

    @Test("a literal waits for the server, who may refuse it") func literalRefused() async throws {
        var script = IMAPScript(greeting: "* OK [CAPABILITY IMAP4rev1] hi\r\n")
        script.answers["LITERAL APPEND"] = "TAG NO [TRYCREATE] no such mailbox\r\n"
        try await script.run { client in
            let error = await #expect(throws: IMAPError.self) {
                try await client.append(Array("hello".utf8), to: IMAP.MailboxName("nowhere"))
            }
            #expect(error?.status?.code == .tryCreate)
            try await client.noop()
        }
    }

    @Test("a source that gives the wrong number of bytes ends the connection", arguments: [3, 9]) func wrongSize(given: Int) async throws {
        try await IMAPScript().run { client in
            let error = await #expect(throws: IMAPError.self) {
                try await client.append(to: IMAP.MailboxName("INBOX"), size: 5) { write in
                    try await write(Array(repeating: 65, count: given)[...])
                }
            }
            #expect(error?.cause == .wrongSize(expected: 5))
            #expect(!client.isOpen)
        }
    }

    @Test("APPENDLIMIT is kept without asking") func appendLimit() async throws {
        let script = IMAPScript(greeting: "* OK [CAPABILITY IMAP4rev1 APPENDLIMIT=10] hi\r\n")
        try await script.run { client in
            let error = await #expect(throws: IMAPError.self) {
                try await client.append(Array(repeating: 65, count: 11), to: IMAP.MailboxName("x"))
            }
            #expect(error?.cause == .tooLarge(size: 11, limit: 10))
        }
        #expect(script.heard.entries.isEmpty)
    }

    @Test("a cancelled call returns at once, and its late answer disturbs nobody") func cancelled() async throws {
        var script = IMAPScript()
        script.answers["UID SEARCH ALL"] = ""
        script.answers["NOOP"] = "* SEARCH 1\r\nP1 OK late\r\nTAG OK done\r\n"
        script.answers["UID SEARCH SEEN"] = "* SEARCH 2\r\nTAG OK done\r\n"
        let heard = script.heard
        try await script.run { client in
            let task = Task { try await client.search(.all) }
            while heard.entries.isEmpty { await Task.yield() }
            task.cancel()
            let result = await task.result
            #expect(throws: IMAPError(.cancelled, command: "UID SEARCH")) { try result.get() }
            try await client.noop()
            #expect(try await client.search(.flag(.seen)) == [2])
        }
    }

    @Test("IDLE is ended before a command, only after the server's go-ahead, and taken up again") func idleOrder() async throws {
        var script = IMAPScript()
        script.answers["IDLE"] = "+ idling\r\n"
        try await script.run { client in
            try await client.startIdling()
            try await client.noop()
            try await client.noop()
            try await client.stopIdling()
        }
        let heard = script.heard.entries
        #expect(heard.filter { $0 == "NOOP" }.count == 2)
        #expect(heard.filter { $0 == "IDLE" }.count == heard.filter { $0 == "DONE" }.count)
        for (before, after) in zip(heard, heard.dropFirst()) where before == "IDLE" { #expect(after == "DONE") }
    }

    @Test("without IDLE, or where it is refused, NOOP asks for news", arguments: ["IMAP4rev1", "IMAP4rev1 IDLE"])
    func polling(capabilities: String) async throws {
        var limits = IMAP.Limits.standard
        limits.pollInterval = .milliseconds(50)
        var script = IMAPScript(greeting: "* OK [CAPABILITY \(capabilities)] hi\r\n")
        script.answers["IDLE"] = "TAG BAD no\r\n"
        script.answers["NOOP"] = "* 4 EXISTS\r\nTAG OK done\r\n"
        try await script.run(limits: limits) { client in
            try await client.startIdling()
            for try await event in client.events { if event == .exists(4) { break } }
        }
    }

    @Test("a wait for news ends from outside and by a timer, and the connection goes on") func interruptedEvents() async throws {
        try await IMAPScript().run { client in
            var events = client.events.makeAsyncIterator()
            // Before the wait begins, and during it.
            client.interruptEvents()
            #expect(try await events.next() == nil)
            async let next = {
                var events = client.events.makeAsyncIterator(); return try await events.next()
            }()
            client.interruptEvents()
            #expect(try await next == nil)
            let calledOff = client.interruptEvents(after: .milliseconds(1))
            calledOff.cancel()
            _ = client.interruptEvents(after: .milliseconds(20))
            #expect(try await events.next() == nil)
            #expect(client.isOpen)
            try await client.noop()
        }
    }

    @Test("UTF-8 names after UTF8=ACCEPT, UTF-7 before") func utf8Names() async throws {
        var script = IMAPScript(greeting: "* OK [CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT] hi\r\n")
        script.answers["ENABLE"] = "* ENABLED UTF8=ACCEPT\r\nTAG OK done\r\n"
        script.answers["LIST"] = "* LIST () \"/\" \"Входящие\"\r\nTAG OK done\r\n"
        try await script.run { client in
            try await client.subscribe(client.mailboxName("Ü"))
            #expect(try await client.enable(["UTF8=ACCEPT", "QRESYNC"]) == ["UTF8=ACCEPT"])
            try await client.subscribe(client.mailboxName("Ü"))
            #expect(try await client.listMailboxes().first?.mailbox.name.path == "Входящие")
        }
        #expect(script.heard.entries.prefix(3) == ["SUBSCRIBE \"&ANw-\"", "ENABLE UTF8=ACCEPT", "SUBSCRIBE \"Ü\""])
    }

    @Test("text beyond ASCII is searched with a charset and in a literal") func searchCharset() async throws {
        var script = IMAPScript()
        script.answers["UID SEARCH"] = "* SEARCH 5 3\r\nTAG OK done\r\n"
        try await script.run { client in
            let found = try await client.search(.or(.subject("Приве́т"), .and([.from("a \"b\""), .not(.flag(.seen))])))
            #expect(found == [3, 5])
        }
        #expect(script.heard.entries == ["UID SEARCH CHARSET UTF-8 OR SUBJECT {14+}Приве́т (FROM \"a \\\"b\\\"\" NOT SEEN)"])
    }

    @Test("a store that loses a race names the messages") func modified() async throws {
        var script = IMAPScript()
        script.answers["UID STORE"] = "* 1 FETCH (UID 4 MODSEQ (90) FLAGS (\\Seen))\r\nTAG NO [MODIFIED 7,9] some\r\n"
        try await script.run { client in
            let result = try await client.store(.uids([4, 7, 9]), .add([.seen]), unchangedSince: 5)
            #expect(result.modified == [7, 9] && result.messages.map(\.uid) == [4])
        }
        #expect(script.heard.entries == ["UID STORE 4,7,9 (UNCHANGEDSINCE 5) +FLAGS (\\Seen)"])
    }

    @Test("quirk: changed flags between the bodies of a FETCH are news") func unsolicitedFetchDuringFetch() async throws {
        var script = IMAPScript()
        script.answers["UID FETCH"] =
            "* 9 FETCH (UID 90 FLAGS (\\Seen))\r\n* 1 FETCH (UID 3 BODY[] {1}\r\nx)\r\n* 2 FETCH (FLAGS ())\r\n"
            + "* 2 FETCH (UID 4 BODY[] {1}\r\ny)\r\nTAG OK done\r\n"
        try await script.run { client in
            var uids: [UID?] = []
            for try await message in try await client.fetch(.uids([3, 4]), items: [.body(.whole)]) { uids.append(message.uid) }
            #expect(uids == [3, 4])
            var events = client.events.makeAsyncIterator()
            guard case .changed(let message) = try await events.next() else {
                Issue.record("no event")
                return
            }
            #expect(message.uid == 90)
        }
    }

    @Test(
        "quirk: too many connections, said without a code",
        arguments: [
            "* BYE Too many simultaneous connections. (Failure)\r\n", "* BYE [ALERT] Too many connections from your IP\r\n",
            "* BYE [UNAVAILABLE] Maximum number of connections exceeded: throttled\r\n",
        ])
    func throttlingInWords(greeting: String) async throws {
        let error = try await IMAPScript(greeting: greeting).failure()
        #expect(error?.isThrottled == true && error?.isRetryable == true)
    }

    @Test("quirk: ID first, or SELECT is unsafe") func idBeforeSelect() async throws {
        var script = IMAPScript(greeting: "* OK [CAPABILITY IMAP4rev1 ID AUTH=PLAIN] Coremail System IMap Server Ready\r\n")
        script.answers["ID"] = "* ID (\"name\" \"Coremail\")\r\nTAG OK done\r\n"
        script.answers["SELECT"] = "TAG NO SELECT Unsafe Login. Please contact kefu@188.com for help\r\n"
        try await script.run { client in
            let server = try await client.identify(as: ["name": "Postroom"])
            #expect(server["name"] == "Coremail")
            let error = await #expect(throws: IMAPError.self) { try await client.select(IMAP.MailboxName("INBOX")) }
            #expect(error?.status?.text.hasPrefix("SELECT Unsafe Login") == true)
        }
    }

    @Test("quirk: APPEND that does not tell the UID") func appendAnswersWithoutUID() async throws {
        try await IMAPScript().run { client in
            let appended = try await client.append(Array("x".utf8), to: IMAP.MailboxName("Sent"))
            #expect(appended == nil)
        }
    }
}
