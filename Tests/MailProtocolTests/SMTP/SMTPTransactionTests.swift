import MailProtocol
import Testing

@Suite("One SMTP transaction")
struct SMTPTransactionTests {
    private let envelope = SMTPEnvelope(mailFrom: "a@x", recipients: [.init("b@x"), .init("c@x")])

    /// Drives the machine with the server's codes and writes down what it does.
    @Test("a reply in words: its lines are one, and an enhanced code that each repeats is there once (RFC 8621 §7, smtpReply)")
    func replies() {
        func text(_ lines: String...) -> String { SMTPReply(code: 550, lines: lines).description }
        #expect(text("5.7.1 Our system has doubts", "5.7.1 about this.") == "550 5.7.1 Our system has doubts about this.")
        #expect(text("5.7.1 One", "5.7.2 two", "three") == "550 5.7.1 One 5.7.2 two three")
        #expect(text("No", "5.7.1 code first") == "550 No 5.7.1 code first")
    }

    private func run(_ transaction: SMTPTransaction, _ replies: [String]) throws -> (log: [String], result: SMTPTransaction.Result?) {
        var transaction = transaction
        var replies = replies[...]
        var log: [String] = []
        while true {
            switch try transaction.next() {
            case .write(let bytes): log.append(String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "|"))
            case .report(let phase): log.append("(\(phase.rawValue))")
            case .sendMessage(let usingChunks):
                log.append(usingChunks ? "BDAT" : "message.")
                transaction.messageSent()
            case .readReply:
                guard let line = replies.popFirst() else { return (log, nil) }
                try transaction.receive(SMTPReply(code: Int(line.prefix(3)) ?? 0, lines: [String(line.dropFirst(4))]))
            case .finished(let result): return (log, result)
            }
        }
    }

    private func capabilities(_ keywords: String...) -> SMTPCapabilities {
        SMTPCapabilities(ehlo: SMTPReply(code: 250, lines: ["x"] + keywords))
    }

    @Test("Without PIPELINING each command waits for its reply")
    func lockstep() throws {
        let (log, result) = try run(
            SMTPTransaction(envelope, capabilities: capabilities()), ["250 ok", "250 b", "250 c", "354 go", "250 queued"])
        #expect(
            log == ["MAIL FROM:<a@x>|", "(mailFrom)", "RCPT TO:<b@x>|", "RCPT TO:<c@x>|", "(rcpt)", "DATA|", "(dataStarted)", "message."])
        guard case .accepted(let reply, let verdicts) = result else { throw Unexpected() }
        #expect(reply.text == "queued")
        #expect(verdicts.map(\.verdict) == [.accepted, .accepted])
    }

    @Test("With PIPELINING the envelope goes in one write, DATA after the verdicts")
    func pipelined() throws {
        let (log, result) = try run(
            SMTPTransaction(envelope, capabilities: capabilities("PIPELINING")),
            ["250 ok", "250 b", "550 5.1.1 no", "354 go", "250 queued"])
        #expect(log == ["MAIL FROM:<a@x>|RCPT TO:<b@x>|RCPT TO:<c@x>|", "(mailFrom)", "(rcpt)", "DATA|", "(dataStarted)", "message."])
        guard case .accepted(_, let verdicts) = result else { throw Unexpected() }
        #expect(verdicts.map(\.verdict) == [.accepted, .refused])
    }

    @Test("With CHUNKING there is no DATA")
    func chunked() throws {
        let (log, result) = try run(
            SMTPTransaction(envelope, capabilities: capabilities("PIPELINING", "CHUNKING")), ["250 ok", "250 b", "250 c", "250 queued"])
        #expect(log.suffix(3) == ["(rcpt)", "(dataStarted)", "BDAT"])
        #expect(result != nil)
    }

    @Test("A refused sender ends it, and the pipelined answers are still owed")
    func mailRefused() throws {
        var transaction = SMTPTransaction(envelope, capabilities: capabilities("PIPELINING"))
        _ = try transaction.next()
        try transaction.receive(SMTPReply(code: 553, lines: ["not yours"]))
        #expect(try transaction.next() == .finished(.rejected(SMTPReply(code: 553, lines: ["not yours"]), .mailFrom, [])))
        #expect(transaction.outstandingReplies == 2)
    }

    @Test("Nobody accepted: the message is not sent, and one 'later' keeps hope")
    func nobody() throws {
        let (log, result) = try run(
            SMTPTransaction(envelope, capabilities: capabilities("PIPELINING")), ["250 ok", "550 no", "450 4.2.1 later"])
        #expect(!log.contains("DATA|"))
        guard case .rejected(let reply, .rcpt, let verdicts) = result else { throw Unexpected() }
        #expect(reply.code == 450)
        #expect(verdicts.map(\.verdict) == [.refused, .tryLater])
    }

    @Test("552 after an accepted recipient means too many recipients, alone it is final")
    func tooMany() throws {
        let (_, first) = try run(
            SMTPTransaction(envelope, capabilities: capabilities()), ["250 ok", "250 b", "552 too many", "354 go", "250 ok"])
        guard case .accepted(_, let verdicts) = first else { throw Unexpected() }
        #expect(verdicts.map(\.verdict) == [.accepted, .tryLater])
        let (_, second) = try run(SMTPTransaction(envelope, capabilities: capabilities()), ["250 ok", "552 full", "552 full"])
        guard case .rejected(_, .rcpt, let all) = second else { throw Unexpected() }
        #expect(all.map(\.verdict) == [.refused, .refused])
    }

    @Test("421 ends the transaction wherever it comes", arguments: [0, 1, 3, 4])
    func closing(_ position: Int) throws {
        var replies = Array(["250 ok", "250 b", "250 c", "354 go", "250 queued"].prefix(position))
        replies.append("421 4.3.2 shutting down")
        let (_, result) = try run(SMTPTransaction(envelope, capabilities: capabilities()), replies)
        guard case .rejected(let reply, let phase, _) = result else { throw Unexpected() }
        #expect(reply.code == 421)
        #expect(phase == [0: .mailFrom, 1: .rcpt, 3: .dataStarted, 4: .finalDotSent][position])
    }

    @Test("A refusal of the whole message after the dot")
    func afterDot() throws {
        let (_, result) = try run(
            SMTPTransaction(envelope, capabilities: capabilities()), ["250 ok", "250 b", "250 c", "354 go", "550 5.7.1 spam"])
        guard case .rejected(let reply, .finalDotSent, _) = result else { throw Unexpected() }
        #expect(reply.enhancedStatus == EnhancedStatusCode(5, 7, 1))
    }

    @Test("Recipients beyond RCPTMAX are put off, not lost")
    func recipientLimit() throws {
        let (log, result) = try run(
            SMTPTransaction(envelope, capabilities: capabilities("LIMITS RCPTMAX=1")), ["250 ok", "250 b", "354 go", "250 queued"])
        #expect(!log.contains("RCPT TO:<c@x>|"))
        guard case .accepted(_, let verdicts) = result else { throw Unexpected() }
        #expect(verdicts.map(\.verdict) == [.accepted, .tryLater])
        #expect(verdicts[1].address == "c@x")
    }

    @Test("Domains beyond RCPTDOMAINMAX are put off, more of a taken one are not")
    func domainLimit() throws {
        let envelope = SMTPEnvelope(mailFrom: "a@x", recipients: [.init("b@x"), .init("c@y"), .init("d@X")])
        let (log, result) = try run(
            SMTPTransaction(envelope, capabilities: capabilities("LIMITS RCPTDOMAINMAX=1")),
            ["250 ok", "250 b", "250 d", "354 go", "250 queued"])
        #expect(!log.contains("RCPT TO:<c@y>|"))
        guard case .accepted(_, let verdicts) = result else { throw Unexpected() }
        #expect(verdicts.filter { $0.verdict == .tryLater }.map(\.address) == ["c@y"])
        #expect(verdicts.filter { $0.verdict == .accepted }.map(\.address) == ["b@x", "d@X"])
    }

    private struct Unexpected: Error {}
}
