import Testing

@testable import MailMIME

@Suite struct StructureTests {
    @Test func emptySourceHasOnePart() {
        let message = MIMEMessage("")
        #expect(message.parts.count == 1)
        #expect(message.outline == "text/plain")
        #expect(message.subject == nil)
        #expect(message.decodedBody(of: 0).isEmpty)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func anyLineEndEndsLines(_ end: String) {
        let text = [
            "Subject: a", " b", "Content-Type: multipart/mixed; boundary=x", "", "--x", "", "one", "--x", "Content-Type: text/html", "",
            "two", "--x--", "",
        ]
        let message = MIMEMessage(text.joined(separator: end))
        #expect(message.outline == "multipart/mixed(text/plain text/html)")
        #expect(message.subject == "a b")
        #expect(message.decodedBody(of: 1) == utf8("one"))
        #expect(message.decodedBody(of: 2) == utf8("two"))
        #expect(message.defects.isEmpty)
    }

    @Test func partIDsAreThoseOfIMAP() {
        let message = MIMEMessage(
            """
            Content-Type: multipart/mixed; boundary=a

            --a

            1
            --a
            Content-Type: message/rfc822

            Subject: inner
            Content-Type: multipart/alternative; boundary=b

            --b

            2.1
            --b
            Content-Type: text/html

            2.2
            --b--
            --a
            Content-Type: message/rfc822

            Subject: single

            3.1
            --a--
            """)
        #expect(message.parts.map(\.partID) == [nil, "1", "2", nil, "2.1", "2.2", "3", "3.1"])
        #expect(message.parts.map(\.depth) == [0, 1, 1, 2, 3, 3, 1, 2])
        for part in message.parts.filter({ !$0.isMultipart && !$0.isMessage }) {
            #expect(message.decodedBody(of: part) == utf8(part.partID ?? ""))
        }
    }

    @Test func singlePartIsOne() { #expect(MIMEMessage("Subject: x\n\nbody").parts[0].partID == "1") }

    @Test func missingClosingBoundaryIsADefect() {
        let message = MIMEMessage("Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\n\ntwo")
        #expect(message.parts.count == 3)
        #expect(message.decodedBody(of: 2) == utf8("two"))
        #expect(message.defects.map(\.kind) == [.missingClosingBoundary])
    }

    @Test func multipartWithoutBoundaryIsContent() {
        let message = MIMEMessage("Content-Type: multipart/mixed\n\nhello")
        #expect(message.parts.count == 1)
        #expect(message.decodedBody(of: 0) == utf8("hello"))
        #expect(message.defects.map(\.kind) == [.missingBoundaryParameter])
    }

    @Test func boundaryThatNeverComesIsADefect() {
        let message = MIMEMessage("Content-Type: multipart/mixed; boundary=x\n\nhello\n--y\n")
        #expect(message.parts.count == 1)
        #expect(message.defects.map(\.kind) == [.boundaryNotFound])
    }

    @Test func innerBoundaryThatExtendsTheOuterIsNotTheOuter() {
        let message = MIMEMessage(
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\nx\n--ab--\n--a\n\ny\n--a--\n"
        )
        #expect(message.outline == "multipart/mixed(multipart/mixed(text/plain) text/plain)")
    }

    @Test func outerBoundaryClosesWhatIsOpenInside() {
        let message = MIMEMessage(
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--a\n\ny\n--a--\n")
        #expect(message.outline == "multipart/mixed(multipart/mixed(text/plain) text/plain)")
        #expect(message.defects.map(\.kind) == [.missingClosingBoundary])
    }

    @Test func headerThatRunsIntoABoundary() {
        let message = MIMEMessage("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n--a\n\ny\n--a--\n")
        #expect(message.outline == "multipart/mixed(text/html text/plain)")
        #expect(message.defects.map(\.kind) == [.missingHeaderEnd])
    }

    @Test func digestPartsAreMessages() {
        let message = MIMEMessage(
            "Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: one\n\nx\n--a\nContent-Type: text/plain\n\ny\n--a--\n")
        #expect(message.outline == "multipart/digest(message/rfc822(text/plain) text/plain)")
        #expect(message.headers(of: 2).first("Subject")?.asText == "one")
    }

    @Test func encodedEmbeddedMessageIsDecodedAndParsed() {
        // "Subject: hidden\n\nbody"
        let message = MIMEMessage("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogaGlkZGVuCgpib2R5\n")
        #expect(message.outline == "message/rfc822(text/plain)")
        #expect(message.headers(of: 1).first("subject")?.asText == "hidden")
        #expect(message.decodedBody(of: 1) == utf8("body"))
        #expect(message.parts[1].isDerived)
    }

    @Test func mboxLineIsPassedOver() {
        let message = MIMEMessage("From someone@example.com Thu Jan  1 00:00:00 1970\nSubject: x\n\nbody")
        #expect(message.subject == "x")
        #expect(message.defects.map(\.kind) == [.mboxFromLine])
    }

    @Test func badLineAmongFieldsIsPassedOver() {
        let message = MIMEMessage("From: a@b\nthis is no field\nSubject: x\n\nbody")
        #expect(message.subject == "x")
        #expect(message.decodedBody(of: 0) == utf8("body"))
    }

    @Test func contentWithoutEmptyLineBegins() {
        let message = MIMEMessage("Subject: x\nfirst line of content\nsecond\n")
        #expect(message.decodedBody(of: 0) == utf8("first line of content\nsecond\n"))
    }

    @Test func headersOnlyStopsAtTheEmptyLine() {
        let message = MIMEMessage.parseHeaders(utf8("Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\nbody\n--a--\n"))
        #expect(message.isHeaderOnly)
        #expect(message.parts.count == 1)
        #expect(message.subject == "x")
        #expect(message.parts[0].bodyRange.isEmpty)
    }

    @Test func rangesPointIntoTheSource() {
        let source = utf8("A: 1\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\npre\r\n--q\r\nB: 2\r\n\r\nbody\r\n--q--\r\npost")
        let message = MIMEMessage.parse(source)
        #expect(Array(source[message.parts[1].headerRange]) == utf8("B: 2\r\n"))
        #expect(Array(source[message.parts[1].bodyRange]) == utf8("body"))
        #expect(message.parts[0].bodyRange.upperBound == source.count)
    }

    @Test func parameterThatLostItsIndentIsRead() {
        let message = MIMEMessage("Content-Type: multipart/mixed;\nboundary=\"a\"\nSubject: x\n\n--a\n\nhi\n--a--\n")
        #expect(message.outline == "multipart/mixed(text/plain)")
        #expect(message.subject == "x")
    }
}
