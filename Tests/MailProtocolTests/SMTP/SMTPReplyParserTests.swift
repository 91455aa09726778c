import MailProtocol
import Testing

@Suite("SMTP replies")
struct SMTPReplyParserTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: String
        var expected: [SMTPReply]
    }

    static let rows: [Row] = [
        Row(
            testDescription: "one line", bytes: "220 mail.example.test ESMTP\r\n",
            expected: [SMTPReply(code: 220, lines: ["mail.example.test ESMTP"])]),
        Row(
            testDescription: "several lines", bytes: "250-one\r\n250-two\r\n250 three\r\n",
            expected: [SMTPReply(code: 250, lines: ["one", "two", "three"])]),
        Row(testDescription: "code alone", bytes: "354\r\n", expected: [SMTPReply(code: 354, lines: [""])]),
        Row(testDescription: "code, space, nothing", bytes: "250 \r\n", expected: [SMTPReply(code: 250, lines: [""])]),
        Row(testDescription: "bare line feeds", bytes: "250-a\n250 b\n", expected: [SMTPReply(code: 250, lines: ["a", "b"])]),
        Row(
            testDescription: "pipelined", bytes: "250 ok\r\n550 5.1.1 no\r\n354 go\r\n",
            expected: [SMTPReply(code: 250, lines: ["ok"]), SMTPReply(code: 550, lines: ["5.1.1 no"]), SMTPReply(code: 354, lines: ["go"])]),
    ]

    @Test("parsed whole", arguments: rows)
    func whole(_ row: Row) throws {
        var parser = SMTPReplyParser()
        parser.append(Array(row.bytes.utf8))
        #expect(try Self.drain(&parser) == row.expected)
        #expect(parser.pendingBytes == 0)
    }

    @Test("parsed the same when each byte comes alone", arguments: rows)
    func byteByByte(_ row: Row) throws {
        var parser = SMTPReplyParser()
        var replies: [SMTPReply] = []
        for byte in row.bytes.utf8 {
            parser.append([byte])
            replies += try Self.drain(&parser)
        }
        #expect(replies == row.expected)
    }

    private static func drain(_ parser: inout SMTPReplyParser) throws -> [SMTPReply] {
        var replies: [SMTPReply] = []
        while let reply = try parser.next() { replies.append(reply) }
        return replies
    }

    @Test(
        "refused with a name",
        arguments: [
            ("hello\r\n", SMTPProtocolError.malformedReply("hello")),
            ("25\r\n", .malformedReply("25")),
            ("999 no such class\r\n", .malformedReply("999 no such class")),
            ("250_x\r\n", .malformedReply("250_x")),
            ("250-a\r\n550 b\r\n", .inconsistentReply(250, 550)),
        ])
    func refused(_ bytes: String, _ error: SMTPProtocolError) {
        var parser = SMTPReplyParser()
        parser.append(Array(bytes.utf8))
        #expect(throws: error) { try parser.next() }
    }

    @Test("An endless line ends at its limit, not in memory")
    func endlessLine() {
        var parser = SMTPReplyParser()
        parser.append(Array("250 ".utf8) + [UInt8](repeating: 120, count: 17 * 1024))
        #expect(throws: SMTPProtocolError.limitExceeded("lineLength")) { try parser.next() }
    }

    @Test("An endless reply ends at its limit")
    func endlessReply() {
        var parser = SMTPReplyParser()
        parser.append(Array(String(repeating: "250-x\r\n", count: 500).utf8))
        #expect(throws: SMTPProtocolError.limitExceeded("replyLines")) { try parser.next() }
        var long = SMTPReplyParser()
        long.append(Array(String(repeating: "250-" + String(repeating: "y", count: 10000) + "\r\n", count: 20).utf8))
        #expect(throws: SMTPProtocolError.limitExceeded("replyLength")) { try long.next() }
    }

    @Test("Bytes that belong to no reply yet are counted, for STARTTLS")
    func pending() throws {
        var parser = SMTPReplyParser()
        parser.append(Array("220 go\r\n250 injected\r\n".utf8))
        #expect(try parser.next()?.code == 220)
        #expect(parser.pendingBytes == 14)
    }

    @Test(
        "enhanced status codes",
        arguments: [
            ("550", "5.1.1 No such user", EnhancedStatusCode(5, 1, 1), "No such user"),
            ("250", "2.0.0", EnhancedStatusCode(2, 0, 0), ""),
            ("550", "2.0.0 contradicts", nil, "2.0.0 contradicts"),
            ("550", "5.1.1: colon", nil, "5.1.1: colon"),
            ("550", "5.1234.1 too long", nil, "5.1234.1 too long"),
            ("451", "4.7.500 Server busy", EnhancedStatusCode(4, 7, 500), "Server busy"),
        ] as [(String, String, EnhancedStatusCode?, String)])
    func enhanced(_ code: String, _ line: String, _ expected: EnhancedStatusCode?, _ text: String) throws {
        var parser = SMTPReplyParser()
        parser.append(Array("\(code) \(line)\r\n".utf8))
        let reply = try #require(try parser.next())
        #expect(reply.enhancedStatus == expected)
        #expect(reply.text == text)
    }
}
