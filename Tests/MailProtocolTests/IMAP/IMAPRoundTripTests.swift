import Foundation
import MailProtocol
import Testing

/// What is encoded is read back as it was, by the parser that reads servers.
@Suite("IMAP round trips") struct IMAPRoundTripTests {
    private static let letters = Array("abzAZ09 .\"\\{}()%*&~+-,/[]\u{7f}\u{e9}\u{416}\u{4e2d}\u{1f600}\t\r\n")

    private static func text(_ random: inout SplitMix) -> String {
        String((0..<Int.random(in: 0...20, using: &random)).map { _ in letters.randomElement(using: &random) ?? "x" })
    }

    /// The argument of a command as a server would echo it.
    private static func argument(_ command: IMAP.Command, skip: String, _ options: IMAP.EncodingOptions) -> [UInt8] {
        var bytes: [UInt8] = []
        for case .bytes(let piece) in command.encoded(tag: "A", options: options).pieces { bytes += piece }
        return Array(bytes.dropFirst(skip.utf8.count))
    }

    @Test(
        "mailbox names and strings survive every form of quoting",
        arguments: [
            IMAP.EncodingOptions(), IMAP.EncodingOptions(literalPlus: true), IMAP.EncodingOptions(literalMinus: true),
            IMAP.EncodingOptions(utf8: true),
        ])
    func names(options: IMAP.EncodingOptions) throws {
        var random = SplitMix(seed: 3)
        for _ in 0..<500 {
            let name = IMAP.MailboxName(Self.text(&random), utf8: options.utf8)
            let line = Array("* LIST () NIL".utf8) + Self.argument(.subscribe(name), skip: "A SUBSCRIBE", options)
            var framer = IMAP.Framer()
            var parsed: IMAP.Response?
            try framer.feed(line) { event in
                if case .response(let frame) = event { parsed = try IMAP.Parser.parse(frame, utf8Names: options.utf8) }
            }
            guard case .untagged(.list(let mailbox, _)) = parsed else {
                Issue.record("\(String(decoding: line, as: UTF8.self))")
                continue
            }
            #expect(mailbox.name.path == name.path && mailbox.name == name)
        }
    }

    @Test("modified UTF-7: every string there and back, and the RFC's own examples") func utf7() {
        var random = SplitMix(seed: 5)
        for _ in 0..<2_000 {
            let text = Self.text(&random)
            #expect(IMAP.ModifiedUTF7.decode(IMAP.ModifiedUTF7.encode(text)[...]) == text)
        }
        for (raw, name) in [
            ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"), ("&Jjo-!", "☺!"), ("a&-b", "a&b"), ("&2D3eAA-", "😀"),
        ] {
            #expect(IMAP.ModifiedUTF7.decode(Array(raw.utf8)[...]) == name)
            #expect(String(decoding: IMAP.ModifiedUTF7.encode(name), as: UTF8.self) == raw)
        }
        for raw in ["&", "&Jjo", "&Jjo!", "&2D0-", "&U,BTFw-&ZeVnLIq-", "\u{e9}"] {
            #expect(IMAP.ModifiedUTF7.decode(Array(raw.utf8)[...]) == nil, "\(raw)")
        }
    }

    @Test("dates go out and come back") func dates() throws {
        var random = SplitMix(seed: 9)
        for _ in 0..<1_000 {
            let seconds = Int64.random(in: -2_000_000_000...8_000_000_000, using: &random)
            #expect(try fetched("INTERNALDATE \"\(IMAP.dateTime(epochSeconds: seconds))\"").internalDate == seconds)
        }
        #expect(try fetched("INTERNALDATE \"17-Jul-1996 02:44:25 -0700\"").internalDate == 837_596_665)
        #expect(IMAP.Day(epochSeconds: -1).description == "31-Dec-1969")
        #expect(IMAP.Day(epochSeconds: 951_782_400).description == "29-Feb-2000")
    }

    @Test("sections go out and come back") func sections() throws {
        let sections = [
            IMAP.Section.whole, .header, .text, IMAP.Section(part: [1, 2], text: .mime), IMAP.Section(part: [4]),
            IMAP.Section(text: .headerFields(["SUBJECT", "X-Y"])), IMAP.Section(part: [2], text: .headerFieldsNot(["TO"])),
        ]
        for section in sections {
            let message = try fetched("BODY[\(section)]<7> \"x\" BODY[\(section)] NIL")
            #expect(message.bodies.map(\.section) == [section, section] && message.bodies[0].origin == 7)
            #expect(message.bodies[1].content == .missing)
        }
    }

    /// Description, command, wire.
    static let commands: [(IMAP.Command, String)] = [
        (.login(user: "a b", password: Secret("p\"q")), "A LOGIN \"a b\" \"p\\\"q\"\r\n"),
        (.login(user: "NIL", password: Secret("")), "A LOGIN \"NIL\" \"\"\r\n"),
        (.authenticate(mechanism: "PLAIN", initialResponse: []), "A AUTHENTICATE PLAIN =\r\n"),
        (.authenticate(mechanism: "PLAIN", initialResponse: [0, 1]), "A AUTHENTICATE PLAIN AAE=\r\n"),
        (.id([:]), "A ID NIL\r\n"), (.id(["name": "x", "a": "b"]), "A ID (\"a\" \"b\" \"name\" \"x\")\r\n"),
        (.select(IMAP.MailboxName("inbox"), IMAP.SelectOptions(condStore: true)), "A SELECT INBOX (CONDSTORE)\r\n"),
        (
            .select(IMAP.MailboxName("x"), IMAP.SelectOptions(qresync: IMAP.QResync(uidValidity: 7, modSeq: 9, knownUIDs: UIDSet(1...4)))),
            "A SELECT x (QRESYNC (7 9 1:4))\r\n"
        ),
        (
            .uidFetch(.from(4), [.uid, .flags, .body(.header, partial: .init(offset: 0, count: 9))], changedSince: 5, vanished: true),
            "A UID FETCH 4:* (UID FLAGS BODY.PEEK[HEADER]<0.9>) (CHANGEDSINCE 5 VANISHED)\r\n"
        ),
        (.uidStore(.uids([1, 2, 4]), .remove([.seen], silent: true), unchangedSince: nil), "A UID STORE 1:2,4 -FLAGS.SILENT (\\Seen)\r\n"),
        (.uidStore(.all, .addLabels(["\\Inbox", "a b"]), unchangedSince: nil), "A UID STORE 1:* +X-GM-LABELS (\\Inbox \"a b\")\r\n"),
        (
            .uidSearch(
                .and([.since(IMAP.Day(year: 2026, month: 3, day: 4)), .not(.or(.flag(.seen), .and([.larger(3), .smaller(9)])))]),
                returning: [.all, .count], charset: nil),
            "A UID SEARCH RETURN (ALL COUNT) SINCE 4-Mar-2026 NOT OR SEEN (LARGER 3 SMALLER 9)\r\n"
        ),
        (
            .uidSort([.init(.date, reverse: true), .init(.from)], .uids(.saved), charset: "UTF-8"),
            "A UID SORT (REVERSE DATE FROM) UTF-8 $\r\n"
        ),
        (.create(IMAP.MailboxName("Sent"), use: [.sent]), "A CREATE Sent (USE (\\Sent))\r\n"),
        (
            .notify(.personal(status: true)),
            "A NOTIFY SET STATUS (selected (MessageNew MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))\r\n"
        ),
        (.compress, "A COMPRESS DEFLATE\r\n"),
    ]

    @Test("commands are written as the RFCs write them", arguments: commands.indices) func command(index: Int) {
        let (command, wire) = Self.commands[index]
        #expect(command.encoded(tag: "A").pieces == [.bytes(Array(wire.utf8))])
    }

    @Test("literals wait where they must") func literals() {
        let password = Secret("p\u{e9}")
        func pieces(_ options: IMAP.EncodingOptions) -> Int {
            IMAP.Command.login(user: "u", password: password).encoded(tag: "A", options: options).pieces.count
        }
        #expect(pieces(.init()) == 3 && pieces(.init(literalPlus: true)) == 1 && pieces(.init(literalMinus: true)) == 1)
        let append = IMAP.Command.append(IMAP.MailboxName("x"), flags: [.seen], date: 0, size: 5_000)
        #expect(
            append.encoded(tag: "A", options: .init(literalMinus: true)).pieces == [
                .bytes(Array("A APPEND x (\\Seen) \" 1-Jan-1970 00:00:00 +0000\" {5000}\r\n".utf8)), .awaitContinuation, .stream(5_000),
                .bytes([13, 10]),
            ])
    }

    @Test("secrets do not show in a command's description") func secrets() {
        let command = IMAP.Command.login(user: "u", password: Secret("hunter2"))
        #expect(!"\(command)".contains("hunter2") && !String(reflecting: command).contains("hunter2"))
    }
}
