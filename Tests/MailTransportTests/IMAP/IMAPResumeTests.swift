import MailProtocol
import MailTransport
import Testing

/// A mailbox and the list in one round trip (QRESYNC, LIST-EXTENDED, LIST-STATUS).
@Suite("IMAP resuming", .timeLimit(.minutes(1)))
struct IMAPResumeTests {
    private static let inbox = IMAP.MailboxName("INBOX")
    private static let point = IMAP.QResync(uidValidity: 7, modSeq: 40)
    private static let selection =
        "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n* OK [HIGHESTMODSEQ 44] ok\r\n* VANISHED (EARLIER) 4:5\r\n"
        + "* 2 FETCH (UID 6 FLAGS (\\Seen) MODSEQ (42))\r\nTAG OK [READ-WRITE] done\r\n"
    private static let listing =
        "* LIST (\\HasNoChildren) \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 3 UIDNEXT 9)\r\n* LIST (\\Subscribed \\Sent) \"/\" Sent\r\n"
        + "* STATUS Sent (MESSAGES 1 UIDNEXT 2)\r\nTAG OK done\r\n"

    private static var script: IMAPScript {
        var script = IMAPScript(
            greeting: "* OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE QRESYNC LIST-EXTENDED LIST-STATUS SPECIAL-USE] hi\r\n")
        script.answers = ["ENABLE": "* ENABLED QRESYNC\r\nTAG OK done\r\n", "SELECT": selection, "LIST": listing]
        return script
    }

    private static func resume(
        _ client: IMAPClient, isEnabled: Bool = false
    ) async throws -> (opened: Result<SelectedMailbox, IMAPError>, isEnabled: Bool, listed: [MailboxListing]) {
        try await client.resume(inbox, since: point, isEnabled: isEnabled, status: [.messages, .uidNext])
    }

    @Test("all three commands go out before the first answer comes") func together() async throws {
        var script = Self.script
        // Nothing is said before all of it was heard.
        let enabled = try #require(script.answers["ENABLE"]).replacing("TAG", with: "P1")
        script.answers["ENABLE"] = ""
        script.answers["SELECT"] = ""
        script.answers["LIST"] = enabled + Self.selection.replacing("TAG", with: "P2") + Self.listing
        let answer = try await script.run { client in
            #expect(client.canResume)
            return try await Self.resume(client)
        }
        #expect(answer.isEnabled)
        let opened = try answer.opened.get()
        #expect(opened.exists == 3 && opened.uidValidity == 7 && opened.uidNext == 9 && opened.highestModSeq == 44 && !opened.isReadOnly)
        #expect(opened.vanished == [4, 5] && opened.changed.map(\.uid) == [6])
        #expect(answer.listed.map(\.mailbox.name.path) == ["INBOX", "Sent"])
        #expect(answer.listed.map(\.status?.messages) == [3, 1])
        #expect(answer.listed.map(\.isSubscribed) == [false, true] && answer.listed[1].specialUse == .sent)
        #expect(
            script.heard.entries.prefix(3) == [
                "ENABLE QRESYNC", "SELECT INBOX (QRESYNC (7 40))",
                "LIST \"\" \"*\" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT))",
            ])
    }

    @Test("what is on already is not turned on again; other commands wait for their turn") func enabledBefore() async throws {
        let script = Self.script
        try await script.run { client in
            try await client.enable(["QRESYNC"])
            async let answer = Self.resume(client, isEnabled: true)
            async let other: Void = client.noop()
            #expect(try await answer.isEnabled)
            try await other
        }
        #expect(script.heard.entries.filter { $0.hasPrefix("ENABLE") }.count == 1)
    }

    @Test("a mailbox that can't be opened costs only itself", arguments: ["TAG NO [NOPERM] closed\r\n", "TAG BAD what?\r\n"])
    func refused(_ refusal: String) async throws {
        var script = Self.script
        script.answers["SELECT"] = refusal
        try await script.run { client in
            let answer = try await Self.resume(client)
            #expect(throws: IMAPError.self) { try answer.opened.get() }
            #expect(answer.isEnabled && answer.listed.count == 2)
            #expect(try await Self.resume(client, isEnabled: true).listed.count == 2)
        }
    }

    @Test("a server that refuses ENABLE refuses SELECT with it, and lists all the same") func notEnabled() async throws {
        var script = Self.script
        script.answers["ENABLE"] = "TAG BAD not here\r\n"
        script.answers["SELECT"] = "TAG BAD QRESYNC is not enabled\r\n"
        try await script.run { client in
            let answer = try await Self.resume(client)
            #expect(!answer.isEnabled && answer.listed.count == 2)
            #expect(throws: IMAPError.self) { try answer.opened.get() }
        }
    }

    @Test("a list that is refused is an error, and the line still of use") func noList() async throws {
        var script = Self.script
        script.answers["LIST"] = "TAG NO [UNAVAILABLE] later\r\n"
        try await script.run { client in
            let error = await #expect(throws: IMAPError.self) { try await Self.resume(client) }
            #expect(error?.connectionIsUsable == true)
            try await client.noop()
        }
    }
}
