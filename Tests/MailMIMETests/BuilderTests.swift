import Testing

@testable import MailMIME

@Suite struct BuilderTests {
    static func builder() -> MessageBuilder {
        var builder = MessageBuilder(
            date: MailDate(secondsSince1970: 1_709_251_199, offsetMinutes: 180), messageID: "id-1@postroom.example"
        ) { "b\($0)" }
        builder.from = [MailAddress(name: "Пётр Иванов", address: "petr@example.com")]
        builder.to = [MailAddress(name: "Doe, John", address: "john@example.org")]
        builder.subject = "Hello"
        return builder
    }

    static func roundTrip(_ builder: MessageBuilder, _ form: MessageBuilder.Form = .wire) throws -> MIMEMessage {
        let bytes = try builder.build(form)
        let message = MIMEMessage.parse(bytes)
        #expect(message.allDefects().isEmpty)
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            #expect(line.count <= 999)
            #expect(line.isEmpty || line.last == 13 || line.endIndex == bytes.endIndex, "every line ends with CRLF")
        }
        return message
    }

    @Test func plainText() throws {
        var builder = Self.builder()
        builder.textBody = "Hello\n\nWorld"
        let bytes = try builder.build(.wire)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                Date: Fri, 1 Mar 2024 02:59:59 +0300\r
                From: =?utf-8?b?0J/RkdGC0YAg0JjQstCw0L3QvtCy?= <petr@example.com>\r
                To: "Doe, John" <john@example.org>\r
                Subject: Hello\r
                Message-ID: <id-1@postroom.example>\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=us-ascii; format=flowed\r
                Content-Transfer-Encoding: 7bit\r
                \r
                Hello\r
                \r
                World
                """)
        #expect(try builder.build(.wire) == bytes)
    }

    @Test func bccIsNeverOnTheWire() throws {
        var builder = Self.builder()
        builder.bcc = [MailAddress(address: "secret@example.net")]
        builder.fields = [CustomField(name: "bcc", value: "other@example.net"), CustomField(name: "X-A", value: "1")]
        builder.textBody = "x"
        let wire = String(decoding: try builder.build(.wire), as: UTF8.self)
        #expect(!wire.lowercased().contains("bcc"))
        #expect(!wire.contains("example.net"))
        #expect(wire.contains("X-A: 1"))
        #expect(try Self.roundTrip(builder, .stored).headers.all("Bcc").count == 1)
    }

    @Test(arguments: [
        "Hello", "Привет, мир", "a", "",
        "Grüße aus Köln und noch viel mehr Text, der über eine Zeile hinausgeht, damit gefaltet wird, und noch mehr",
        String(repeating: "Очень длинная тема письма ", count: 12), "日本語の件名がとても長い場合でも文字の途中で切れてはいけません。日本語の件名がとても長い場合でも。",
        "mixed ASCII and кириллица and ASCII again", "looks like =?utf-8?q?encoded?= word", "👨‍👩‍👧‍👦 family 👍🏽",
        String(repeating: "x", count: 2000), "two  spaces", "Re: [list] a=b?c_d",
        "tab\tinside", "e\u{301}\u{302}\u{303} combining",
    ])
    func subjectsComeBack(_ subject: String) throws {
        var builder = Self.builder()
        builder.textBody = "x"
        for encoding in [MessageBuilder.HeaderEncoding.encodedWords, .utf8] {
            builder.subject = subject
            builder.headerEncoding = encoding
            let message = try Self.roundTrip(builder)
            #expect(message.subject == subject.trimmingSpaces.replacing("\t", with: " "))
            if encoding == .encodedWords { #expect(try builder.build(.wire).allSatisfy { $0 < 0x80 }) }
        }
    }

    @Test func valuesCannotBeginFieldsOfTheirOwn() throws {
        var builder = Self.builder()
        builder.subject = "x\r\nBcc: a@b\r\n\r\nbody"
        builder.from = [MailAddress(name: "a\r\nX-Evil: 1", address: "a@b\r\nX-Evil: 2")]
        builder.inReplyTo = ["x>\r\nX-Evil: 3"]
        builder.fields = [CustomField(name: "X-Evil: 4\r\nX", value: "y"), CustomField(name: "X-Good", value: "1\nX-Evil: 5")]
        builder.attachments = [
            Attachment(fileName: "a\r\nX-Evil: 6", mediaType: "text/x\r\nX-Evil: 7", content: .bytes([1]), contentID: "c\r\nX-Evil: 8")
        ]
        let message = try Self.roundTrip(builder)
        for part in message.parts {
            #expect(part.headers.all("X-Evil").isEmpty)
            #expect(part.headers.all("Bcc").isEmpty)
        }
        #expect(message.headers.first("X-Good")?.asText == "1 X-Evil: 5")
    }

    @Test(arguments: [
        [MailAddress(name: "John Doe", address: "a@b.c")], [MailAddress(name: "O'Neil, \"Jack\" \\ (x)", address: "a@b.c")],
        [MailAddress(address: "a@b.c")],
        [
            MailAddress(name: "Очень Длинное Имя Отправителя С Многими Словами Которое Не Помещается", address: "a@b.c"),
            MailAddress(name: "B", address: "d@e.f"),
        ],
        [MailAddress(name: "a=?utf-8?q?b?=", address: "a@b.c")],
        (0..<100).map { MailAddress(name: "Name \($0)", address: "a\($0)@example.com") },
        [MailAddress(name: "x", address: "\"a b\"@c.d")], [MailAddress(name: "x@y", address: "a@b.c")],
        [MailAddress(name: "Dr.  Who", address: "a@b.c")],
    ])
    func addressesComeBack(_ addresses: [MailAddress]) throws {
        var builder = Self.builder()
        builder.to = addresses
        builder.textBody = "x"
        #expect(try Self.roundTrip(builder).to == addresses)
        builder.headerEncoding = .utf8
        #expect(try Self.roundTrip(builder).to == addresses)
    }

    @Test(arguments: [
        "a.txt", "a b.txt", "Отчёт за март.pdf", "quote\"and\\slash.txt", String(repeating: "длинное имя ", count: 12) + ".docx",
        "日本語.xlsx", String(repeating: "a", count: 150) + ".bin",
        "it's 100%.txt", "=?utf-8?q?a?=.txt", "semi;colon=1.txt",
    ])
    func fileNamesComeBack(_ name: String) throws {
        var builder = Self.builder()
        builder.textBody = "x"
        builder.attachments = [Attachment(fileName: name, mediaType: "application/pdf", content: .bytes([1, 2, 3]))]
        for encoding in [MessageBuilder.HeaderEncoding.encodedWords, .utf8] {
            builder.headerEncoding = encoding
            let message = try Self.roundTrip(builder)
            #expect(message.parts[2].filename == name)
            #expect(message.parts[2].parameters["name"] == name)
            #expect(message.parts[2].disposition == "attachment")
            #expect(message.decodedBody(of: 2) == [1, 2, 3])
        }
    }

    @Test func wholeStructure() throws {
        var builder = Self.builder()
        builder.textBody = "текст"
        builder.htmlBody = "<p>текст <img src=\"cid:logo\"></p>"
        builder.inlineParts = [Attachment(fileName: "logo.png", mediaType: "image/png", content: .bytes([9, 8]), contentID: "logo")]
        builder.alternatives = [
            Attachment(fileName: nil, mediaType: "text/calendar; method=REQUEST; charset=utf-8", content: .bytes(utf8("BEGIN:VCALENDAR")))
        ]
        builder.attachments = [Attachment(fileName: "a.bin", mediaType: "application/octet-stream", content: .bytes(Array(0...255)))]
        builder.inReplyTo = ["p@x"]
        builder.references = (0..<80).map { "r\($0)@example.com" }
        let message = try Self.roundTrip(builder)
        #expect(
            message.outline
                == "multipart/mixed(multipart/alternative(text/plain multipart/related(text/html image/png) text/calendar) application/octet-stream)"
        )
        #expect(message.text(of: 2).text == "текст")
        #expect(message.text(of: 4).text == builder.htmlBody)
        #expect(message.parts[5].contentID == "logo")
        #expect(message.parts[6].parameters["method"] == "REQUEST")
        #expect(message.decodedBody(of: 7) == Array(0...255))
        #expect(message.bodyViews.textBody == [2])
        #expect(message.bodyViews.htmlBody == [4])
        #expect(message.bodyViews.attachments == [5, 6, 7])
        #expect(message.hasAttachment)
        #expect(message.references.first == "r0@example.com")
        #expect(message.references.last == "r79@example.com")
        #expect(message.references.count == 50)
    }

    @Test(arguments: ["", "same", "a b\r\n\"x\""])
    func boundariesAreLegalAndDiffer(_ boundary: String) throws {
        var builder = MessageBuilder(date: MailDate(secondsSince1970: 0), messageID: "a@b") { _ in boundary }
        builder.from = [MailAddress(address: "a@b.c")]
        builder.textBody = "t"
        builder.htmlBody = "h"
        builder.attachments = [Attachment(fileName: "a", mediaType: "a/b", content: .bytes([1]))]
        #expect(try Self.roundTrip(builder).outline == "multipart/mixed(multipart/alternative(text/plain text/html) a/b)")
    }

    @Test func embeddedMessageGoesAsItIs() throws {
        var builder = Self.builder()
        builder.textBody = "see below"
        builder.attachments = [
            Attachment(fileName: "m.eml", mediaType: "message/rfc822", content: .bytes(utf8("Subject: inner\n\nbody\n")))
        ]
        let message = try Self.roundTrip(builder)
        #expect(message.outline == "multipart/mixed(text/plain message/rfc822(text/plain))")
        #expect(message.headers(of: 3).first("Subject")?.asText == "inner")
        builder.attachments[0].content = .bytes(utf8("Subject: inner\n\nтело\n"))
        #expect(try Self.roundTrip(builder).outline == "multipart/mixed(text/plain application/octet-stream)")
        builder.allows8Bit = true
        #expect(try Self.roundTrip(builder).parts[2].transferEncoding == .eightBit)
    }

    @Test func streamsAreReadPieceByPieceAndNeverHeld() throws {
        let size = 3 * 1024 * 1024 + 17
        var builder = Self.builder()
        builder.textBody = "x"
        builder.attachments = [
            Attachment(
                fileName: "big.bin", mediaType: "application/octet-stream",
                content: .stream(open: {
                    var left = size
                    return {
                        guard left > 0 else { return nil }
                        let count = min(left, 10_007)
                        left -= count
                        return [UInt8](repeating: UInt8(truncatingIfNeeded: left), count: count)
                    }
                }))
        ]
        var chunks = builder.chunks(.wire)
        var whole: [UInt8] = []
        while let chunk = try chunks.next() {
            #expect(chunk.count <= 80 * 1024)
            whole += chunk
        }
        #expect(whole == (try builder.build(.wire)))
        let message = MIMEMessage.parse(whole)
        #expect(message.decodedBody(of: 2).count == size)
        #expect(message.allDefects().isEmpty)
    }

    struct Broken: Error {}

    @Test func brokenStreamThrows() {
        var builder = Self.builder()
        builder.attachments = [Attachment(fileName: "a", mediaType: "a/b", content: .stream(open: { { throw Broken() } }))]
        #expect(throws: Broken.self) { try builder.build(.wire) }
    }

    @Test(arguments: [
        "short", "", "\n", "line\n\nline\n", String(repeating: "word ", count: 200) + "end", "> quoted\n>> twice\n\nFrom here",
        " leading space", "-- \nsignature", String(repeating: "x", count: 3000),
        "Привет\n" + String(repeating: "очень длинная строка ", count: 30) + "конец", "trailing\n.\n..\n", "tabs\tand=equals =3D",
    ])
    func textsComeBack(_ text: String) throws {
        var builder = Self.builder()
        for isFlowed in [true, false] {
            for allows8Bit in [true, false] {
                builder.textBody = text
                builder.isFlowed = isFlowed
                builder.allows8Bit = allows8Bit
                let message = try Self.roundTrip(builder)
                let read = message.text(of: 0).text
                #expect((isFlowed ? FlowedText.unwrap(read) : read) == text)
            }
        }
    }

    @Test func replyKeepsTheThread() {
        let parent = MIMEMessage("Message-ID: <c@x>\nReferences: <a@x> <b@x>\nSubject: Hi\nFrom: a@x\nTo: me@y, b@z\nCc: c@z\n\n")
        var builder = Self.builder()
        builder.setReply(to: parent)
        #expect(builder.inReplyTo == ["c@x"])
        #expect(builder.references == ["a@x", "b@x", "c@x"])
        #expect(builder.subject == "Re: Hi")
        #expect(
            parent.replyRecipients(toAll: true, own: ["ME@y"])
                == ReplyRecipients(to: [MailAddress(address: "a@x")], cc: [MailAddress(address: "b@z"), MailAddress(address: "c@z")]))
        #expect(parent.replyRecipients(toAll: false, own: ["a@x"]).to.map(\.address) == ["me@y", "b@z"])
        builder.setReply(to: MIMEMessage("Message-ID: <c@x>\nSubject: RE: Hi\nIn-Reply-To: <b@x>\n\n"))
        #expect(builder.subject == "RE: Hi")
        #expect(builder.references == ["b@x", "c@x"])
        builder.setForward(of: parent)
        #expect(builder.subject == "Fwd: Hi")
        #expect(builder.inReplyTo.isEmpty)
    }
}
