import MailProtocol
import Testing

@Suite("SMTP commands")
struct SMTPCommandTests {
    private func text(_ command: SMTPCommand) throws -> String { String(decoding: try command.encoded(), as: UTF8.self) }

    private let everything = SMTPCapabilities(
        ehlo: SMTPReply(
            code: 250,
            lines: [
                "mail.example.test greets you", "SIZE 1000", "8BITMIME", "SMTPUTF8", "DSN", "REQUIRETLS", "DELIVERBY 60",
                "AUTH PLAIN login",
                "AUTH=LOGIN", "LIMITS RCPTMAX=20 MAILMAX=5", "CHUNKING",
            ]))

    @Test("capabilities are read with their parameters")
    func capabilities() {
        #expect(everything.serverName == "mail.example.test")
        #expect(everything.largestMessage == 1000)
        #expect(everything.authentication == ["PLAIN", "LOGIN"])
        #expect(everything.limit("RCPTMAX") == 20)
        #expect(everything.limit("MAILMAX") == 5)
        #expect(everything.limit("RCPTDOMAINMAX") == nil)
        #expect(everything.shortestDeliverBy == 60)
        #expect(everything.chunking && !everything.pipelining)
        #expect(SMTPCapabilities(ehlo: SMTPReply(code: 250, lines: ["x", "SIZE 0"])).largestMessage == nil)
    }

    @Test("MAIL and RCPT carry what is wanted and offered")
    func parameters() throws {
        var envelope = SMTPEnvelope(
            mailFrom: "alice@example.test",
            recipients: [.init("bob@example.test", notify: [.failure, .success], originalRecipient: "b+b=1@example.test")], size: 42)
        envelope.is8Bit = true
        envelope.requireTLS = true
        envelope.deliverBy = .init(seconds: 120, returnsWhenLate: true)
        envelope.dsnReturn = .headers
        envelope.envelopeID = "Q+1"
        #expect(
            try text(.mail(envelope, everything))
                == "MAIL FROM:<alice@example.test> SIZE=42 BODY=8BITMIME REQUIRETLS BY=120;R RET=HDRS ENVID=Q+2B1\r\n")
        #expect(
            try text(.rcpt(envelope.recipients[0], everything))
                == "RCPT TO:<bob@example.test> NOTIFY=FAILURE,SUCCESS ORCPT=rfc822;b+2Bb+3D1@example.test\r\n")
        #expect(try text(.mail(envelope, SMTPCapabilities())) == "MAIL FROM:<alice@example.test>\r\n")
        #expect(try text(.rcpt(envelope.recipients[0], SMTPCapabilities())) == "RCPT TO:<bob@example.test>\r\n")
    }

    @Test("An address beyond ASCII asks for SMTPUTF8 by itself")
    func internationalAddress() throws {
        let envelope = SMTPEnvelope(mailFrom: "alice@example.test", recipients: [.init("δοκιμή@example.test", originalRecipient: "δ@x")])
        #expect(try text(.mail(envelope, everything)) == "MAIL FROM:<alice@example.test> BODY=8BITMIME SMTPUTF8\r\n")
        #expect(try text(.rcpt(envelope.recipients[0], everything)) == "RCPT TO:<δοκιμή@example.test> ORCPT=utf-8;\\x{3B4}@x\r\n")
    }

    @Test("The null reverse path and a quoted local part pass")
    func oddAddresses() throws {
        #expect(try text(.mail(SMTPEnvelope(mailFrom: "", recipients: []), SMTPCapabilities())) == "MAIL FROM:<>\r\n")
        #expect(try text(.rcpt(.init(#""a >b"@example.test"#), SMTPCapabilities())) == "RCPT TO:<\"a >b\"@example.test>\r\n")
    }

    @Test(
        "What could end the line or the path early is refused",
        arguments: ["a@b>\r\nRCPT TO:<evil@x", "a@b> SIZE=0", "a b@c", "a\u{0}@b", "a@b\n", "\"open@b", "a<b@c", "\"x\\"])
    func injection(_ address: String) {
        #expect(throws: SMTPProtocolError.unsafeArgument) { try SMTPCommand.rcpt(.init(address), SMTPCapabilities()).encoded() }
        #expect(
            SMTPTransaction.obstacle(
                SMTPEnvelope(mailFrom: "a@b", recipients: [.init(address)]), capabilities: SMTPCapabilities(), isEncrypted: true)
                == .unsafeAddress)
    }

    @Test("AUTH writes an empty initial response as an equals sign")
    func auth() throws {
        #expect(try text(.auth(.external, initialResponse: [])) == "AUTH EXTERNAL =\r\n")
        #expect(try text(.auth(.login, initialResponse: nil)) == "AUTH LOGIN\r\n")
        #expect(try text(.auth(.plain, initialResponse: Array("\0u\0p".utf8))) == "AUTH PLAIN AHUAcA==\r\n")
        #expect(try text(.authResponse(nil)) == "*\r\n")
        #expect(try text(.authResponse([])) == "\r\n")
    }

    @Test(
        "obstacles are found without asking",
        arguments: [
            ("small@x", 900, false, nil), ("big@x", 1001, false, SubmissionObstacle.tooLarge(size: 1001, limit: 1000)),
            ("tls@x", 1, true, .noRequireTLS),
        ] as [(String, Int, Bool, SubmissionObstacle?)])
    func obstacles(_ address: String, _ size: Int, _ requireTLS: Bool, _ expected: SubmissionObstacle?) {
        var envelope = SMTPEnvelope(mailFrom: "a@b", recipients: [.init(address)], size: size)
        envelope.requireTLS = requireTLS
        #expect(SMTPTransaction.obstacle(envelope, capabilities: everything, isEncrypted: false) == expected)
    }

    @Test("No SMTPUTF8, no recipients")
    func moreObstacles() {
        let envelope = SMTPEnvelope(mailFrom: "я@x", recipients: [.init("b@x")])
        #expect(SMTPTransaction.obstacle(envelope, capabilities: SMTPCapabilities(), isEncrypted: true) == .noSMTPUTF8)
        #expect(
            SMTPTransaction.obstacle(SMTPEnvelope(mailFrom: "a@x", recipients: []), capabilities: SMTPCapabilities(), isEncrypted: true)
                == .noRecipients)
    }
}
