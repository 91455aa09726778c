import Testing

@testable import MailMIME

@Suite struct LimitsTests {
    @Test func nestingStopsAtTheLimit() {
        var source = ""
        for level in 0..<5000 { source += "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n" }
        let message = MIMEMessage(source)
        #expect(message.parts.count == MIMELimits.standard.maxDepth)
        #expect(message.defects.contains { $0.kind == .tooDeep })
    }

    @Test func partsStopAtTheLimit() {
        let source = "Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: "--b\n\nx\n", count: 30_000)
        let message = MIMEMessage(source)
        #expect(message.parts.count == MIMELimits.standard.maxParts)
        #expect(message.defects.contains { $0.kind == .tooManyParts })
    }

    @Test func fieldsStopAtTheLimit() {
        var options = ParseOptions()
        options.limits.maxHeaderFields = 1000
        let message = MIMEMessage.parse(utf8(String(repeating: "a: b\n", count: 5000) + "\nbody"), options: options)
        #expect(message.headers.fields.count == 1000)
        #expect(message.decodedBody(of: 0) == utf8("body"))
        #expect(message.defects.map(\.kind) == [.tooManyHeaderFields])
    }

    @Test func sourceStopsAtTheLimit() {
        var options = ParseOptions()
        options.limits.maxSourceSize = 20
        let message = MIMEMessage.parse(utf8("Subject: x\n\n12345678901234567890"), options: options)
        #expect(message.decodedBody(of: 0) == utf8("12345678"))
        #expect(message.defects.map(\.kind) == [.tooLarge])
    }

    /// Inputs whose cost would grow with the square of their size in a careless parser.
    @Test(arguments: [
        "Subject: " + String(repeating: "=?", count: 200_000),
        "Subject: " + String(repeating: "=?utf-8?q?", count: 50_000),
        "To: " + String(repeating: "(", count: 300_000),
        "To: " + String(repeating: "\"", count: 300_001),
        "To: " + String(repeating: "<", count: 300_000),
        "To: " + String(repeating: "a@b,", count: 60_000),
        "To: " + String(repeating: "a ", count: 150_000),
        "To: " + String(repeating: "a:", count: 150_000),
        "References: " + String(repeating: "<a <", count: 80_000),
        "Content-Type: text/plain; " + String(repeating: "a*0*=", count: 60_000),
        "Content-Type: text/plain; " + String(repeating: "a;", count: 150_000),
        "Content-Disposition: attachment; " + String(repeating: "filename=x ", count: 30_000),
        "To: " + String(repeating: "a@ ", count: 60_000),
        "Date: " + String(repeating: "1", count: 300_000),
    ])
    func hostileFieldsEnd(_ header: String) {
        let message = MIMEMessage(header + "\n\nbody")
        for field in message.headers.fields {
            _ = field.asText
            _ = field.asGroupedAddresses
            _ = field.asMessageIDs
            _ = field.asDate
            _ = field.asURLs
            _ = field.asReceived
        }
        #expect(message.parts[0].mediaType.type == "text")
        _ = message.parts[0].filename
        #expect(message.decodedBody(of: 0) == utf8("body"))
    }

    @Test(arguments: [
        "Content-Type: text/html\n\n" + String(repeating: "<", count: 200_000),
        "Content-Type: text/html\n\n" + String(repeating: "<a \"", count: 50_000),
        "Content-Type: text/html\n\n" + String(repeating: "<!--", count: 50_000),
        "Content-Type: text/html\n\n" + String(repeating: "<script>", count: 30_000),
        "Content-Type: text/html\n\n" + String(repeating: "<script></", count: 30_000),
        "\n" + String(repeating: ">\n", count: 20_000),
        "\n" + String(repeating: "On 1 wrote\n", count: 5_000),
        "\n" + String(repeating: "From: a\n", count: 5_000),
        "\n" + String(repeating: "begin 644 a\n" + "M" + String(repeating: "a", count: 60) + "\n", count: 5_000),
        "Content-Type: message/delivery-status\n\n" + String(repeating: "Final-Recipient: a\n\n", count: 20_000),
        "From: MAILER-DAEMON@x\nSubject: fail\n\n" + String(repeating: "a@b.c\n", count: 20_000),
        String(repeating: "a\n", count: 100_000),
        "X: 1\n" + String(repeating: String(repeating: "a\n", count: 40) + "X: 2\n", count: 2_000),
        String(repeating: "X: é\n", count: 5_000) + "\n",
        String(repeating: "Content-Type: message/rfc822\n\n", count: 10_000),
    ])
    func hostileMessagesEnd(_ source: String) {
        let message = CorpusTests.exercise(utf8(source))
        #expect(!message.parts.isEmpty)
        #expect((message.deliveryReport?.recipients.count ?? 0) <= 1000)
    }

    @Test func manyBoundaryLikeLinesAreLinear() {
        var source = ""
        for level in 0..<90 {
            source +=
                "Content-Type: multipart/mixed; boundary=\(String(repeating: "-", count: 60))\(level)\n\n--\(String(repeating: "-", count: 60))\(level)\n"
        }
        source += "\n" + String(repeating: String(repeating: "-", count: 62) + "\n", count: 20_000)
        #expect(MIMEMessage(source).parts.count > 90)
    }

    @Test func nestedEncodedMessagesStayWithinTheBudget() {
        var inner = utf8("Subject: innermost\n\nx")
        for _ in 0..<12 {
            var text: [UInt8] = []
            inner.withUnsafeBufferPointer { Base64.encode($0, into: &text) }
            inner = utf8("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n") + text
        }
        var options = ParseOptions()
        #expect(MIMEMessage.parse(inner, options: options).parts.count == 13)
        options.limits.maxUnpackedSize = 3000
        #expect(MIMEMessage.parse(inner, options: options).parts.count < 13)
    }
}
