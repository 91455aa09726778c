// Whatever a server sends: replies or a named error, the same whether bytes come together or one by one, and bounded.

private func replies(_ pieces: [ArraySlice<UInt8>]) -> (replies: [SMTPReply], error: SMTPProtocolError?) {
    var parser = SMTPReplyParser()
    var found: [SMTPReply] = []
    for piece in pieces {
        parser.append(piece)
        do throws(SMTPProtocolError) {
            while let reply = try parser.next() { found.append(reply) }
        } catch {
            return (found, error)
        }
    }
    return (found, nil)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSMTPReply(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let whole = replies([bytes[...]])
    let single = replies(bytes.indices.map { bytes[$0...$0] })
    precondition(whole.replies == single.replies)
    precondition((whole.error == nil) == (single.error == nil))
    for reply in whole.replies {
        precondition((200...599).contains(reply.code))
        _ = reply.text
        let capabilities = SMTPCapabilities(ehlo: reply)
        _ = (capabilities.authentication, capabilities.largestMessage, capabilities.limit("RCPTMAX"), capabilities.shortestDeliverBy)
    }
    drive(whole.replies)
    return 0
}

/// The same replies through a transaction: it ends or asks for more, and never skips the journal.
private func drive(_ replies: [SMTPReply]) {
    let envelope = SMTPEnvelope(mailFrom: "a@x", recipients: [.init("b@x"), .init("c@x")])
    let capabilities = replies.first.map { SMTPCapabilities(ehlo: $0) } ?? SMTPCapabilities()
    var transaction = SMTPTransaction(envelope, capabilities: capabilities)
    var rest = replies.dropFirst()
    var reported: [SubmissionPhase] = []
    do throws(SMTPProtocolError) {
        for _ in 0..<100 {
            switch try transaction.next() {
            case .write: break
            case .report(let phase): reported.append(phase)
            case .sendMessage:
                precondition(reported == [.mailFrom, .rcpt, .dataStarted])
                transaction.messageSent()
            case .readReply:
                guard let reply = rest.popFirst() else { return }
                try transaction.receive(reply)
            case .finished(.accepted(_, let verdicts)):
                precondition(reported.contains(.dataStarted) && verdicts.contains { $0.verdict == .accepted })
                return
            case .finished(.rejected): return
            }
        }
        preconditionFailure("the transaction does not end")
    } catch {}
}
