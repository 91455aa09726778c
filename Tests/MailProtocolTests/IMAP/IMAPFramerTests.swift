import MailProtocol
import Testing

@Suite("IMAP framing") struct IMAPFramerTests {
    @Test("a literal is part of its response, however the bytes are cut") func literal() throws {
        let text = "* 1 FETCH (BODY[] {10}\r\n12345\r\n890 FLAGS (\\Seen))\r\nA1 OK done\r\n"
        for size in 1...text.utf8.count {
            let seen = try responses(text, pieces: size)
            #expect(seen.count == 2)
            guard case .response(.untagged(.fetch(let message))) = seen[0] else {
                Issue.record("no FETCH")
                return
            }
            #expect(message.body(.whole) == .bytes(Array("12345\r\n890".utf8)[...]))
            #expect(message.flags == [.seen])
        }
    }

    @Test("a large literal of a FETCH passes by and its message comes without it") func streamed() throws {
        var limits = IMAP.Limits.standard
        limits.inlineLiteral = 8
        let text = "* 3 FETCH (UID 9 BODY[1.TEXT]<5> {20}\r\n01234567890123456789 BODY[HEADER] {4}\r\nA:B\n X {0}\r\n)\r\n* 4 EXISTS\r\n"
        for size in [1, 3, 500] {
            let seen = try responses(text, pieces: size, limits: limits)
            #expect(seen.count == 3)
            guard case .literal(let literal, let count) = seen[0], case .response(.untagged(.fetch(let message))) = seen[1] else {
                Issue.record("\(seen)")
                return
            }
            #expect(literal.uid == 9 && literal.sequence == 3 && literal.size == 20 && count == 20 && literal.origin == 5)
            #expect(literal.section == IMAP.Section(part: [1], text: .text))
            #expect(message.bodies.first?.content == .streamed(20))
            #expect(message.body(.header) == .bytes(Array("A:B\n".utf8)[...]))
        }
    }

    @Test("braces in the words of a status are words") func braces() throws {
        let seen = try responses("* OK hello {5}\r\nA1 NO sorry {3}\r\n+ go {4}\r\n* BYE {1}\r\n")
        #expect(seen.count == 4)
    }

    @Test("bare line feeds and empty lines are understood") func lineEnds() throws {
        #expect(try responses("* 1 EXISTS\n\r\n\n* 2 RECENT\r\n").count == 2)
    }

    @Test(
        "limits hold",
        arguments: [
            ("* OK " + String(repeating: "x", count: 2_000), "line"),
            ("* LIST () \"/\" {5000}\r\n", "literal"),
            ("* 1 FETCH (BODY[] {99999999999999999999999}\r\n", "literal"),
            ("* LIST () \"/\" {18446744073709551615}\r\n", "literal"),
            ("* 1 FETCH (ENVELOPE (" + String(repeating: "{1}\r\nx ", count: 50), "literals"),
        ])
    func limits(text: String, kind: String) throws {
        var limits = IMAP.Limits.standard
        limits.line = 1_000
        limits.inlineLiteral = 1_000
        limits.literalsPerResponse = 20
        let error = #expect(throws: IMAP.FramingError.self) { try responses(text, limits: limits) }
        switch error {
        case .lineTooLong: #expect(kind == "line")
        case .literalTooLarge: #expect(kind == "literal")
        case .tooManyLiterals: #expect(kind == "literals")
        case nil: break
        }
    }

    @Test("what follows a response that changes the line is left untouched") func stops() throws {
        var framer = IMAP.Framer()
        let bytes = Array("A1 OK begin TLS\r\n\u{16}\u{3}garbage".utf8)
        let taken = try bytes.withUnsafeBytes { try framer.feed($0) { _ in false } }
        #expect(taken == 17)
    }
}
