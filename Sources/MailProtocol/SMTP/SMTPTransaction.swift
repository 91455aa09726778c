/// One MAIL transaction as a machine: it says what to do next, and is told what the server answered.
///
/// It knows nothing of sockets or time. The runner asks ``next()`` until it gives ``Step/finished(_:)``, writes what it is told to
/// write, and hands every reply to ``receive(_:)``. Commands go out together where the server offers PIPELINING (RFC 2920), save DATA,
/// which waits for the verdicts: a message that nobody will get is not sent.
public struct SMTPTransaction: Sendable {
    /// What the runner has to do.
    public enum Step: Sendable, Equatable {
        case write([UInt8])
        case readReply
        /// Tell the journal, and wait until it is durable.
        case report(SubmissionPhase)
        /// Stream the message with ``DotStuffing``; report ``SubmissionPhase/finalDotSent`` before its end goes out.
        case sendMessage(usingChunks: Bool)
        case finished(Result)
    }

    /// How it ended, as far as replies tell.
    public enum Result: Sendable, Equatable {
        case accepted(SMTPReply, [RecipientVerdict])
        /// Refused for good or for now; the verdicts are those known by then.
        case rejected(SMTPReply, SubmissionPhase, [RecipientVerdict])
    }

    private enum State: Equatable {
        case start, waitingForMail, waitingForRecipients, waitingForData, sending, waitingForVerdict, over(Result)
    }

    private let envelope: SMTPEnvelope
    private let capabilities: SMTPCapabilities
    private let pipelines: Bool
    private let usesChunks: Bool
    private let recipients: [SMTPEnvelope.Recipient]
    private var state = State.start
    private var steps: [Step] = []
    private var verdicts: [RecipientVerdict] = []
    private var sent = 0
    private var surplus: [RecipientVerdict] = []

    /// - Parameters:
    ///   - allowsPipelining, allowsChunks: false leaves an offered extension alone.
    public init(_ envelope: SMTPEnvelope, capabilities: SMTPCapabilities, allowsPipelining: Bool = true, allowsChunks: Bool = true) {
        self.envelope = envelope
        self.capabilities = capabilities
        pipelines = allowsPipelining && capabilities.pipelining
        usesChunks = allowsChunks && capabilities.chunking
        // Recipients, and domains, beyond the server's limits (RFC 9422) are put off, as its own 452 would put them off.
        let (most, mostDomains) = (capabilities.limit("RCPTMAX") ?? .max, capabilities.limit("RCPTDOMAINMAX") ?? .max)
        var domains = Set<String>()
        var taken: [SMTPEnvelope.Recipient] = []
        var put: [SMTPEnvelope.Recipient] = []
        for recipient in envelope.recipients {
            let domain = recipient.address.split(separator: "@").last.map { $0.lowercased() } ?? ""
            if taken.count < most, domains.count < mostDomains || domains.contains(domain) {
                domains.insert(domain)
                taken.append(recipient)
            } else {
                put.append(recipient)
            }
        }
        recipients = taken
        let reply = SMTPReply(code: 452, lines: ["4.5.3 More recipients than the server takes in one message"])
        surplus = put.map { RecipientVerdict(address: $0.address, verdict: .tryLater, reply: reply) }
    }

    /// What this server cannot do for this envelope, found without asking it.
    public static func obstacle(_ envelope: SMTPEnvelope, capabilities: SMTPCapabilities, isEncrypted: Bool) -> SubmissionObstacle? {
        if envelope.recipients.isEmpty { return .noRecipients }
        if let size = envelope.size, let limit = capabilities.largestMessage, size > limit { return .tooLarge(size: size, limit: limit) }
        if envelope.usesSMTPUTF8, !capabilities.smtputf8 { return .noSMTPUTF8 }
        if envelope.requireTLS, !capabilities.requireTLS || !isEncrypted { return .noRequireTLS }
        do throws(SMTPProtocolError) {
            _ = try SMTPCommand.mail(envelope, capabilities).encoded()
            for recipient in envelope.recipients { _ = try SMTPCommand.rcpt(recipient, capabilities).encoded() }
        } catch {
            return .unsafeAddress
        }
        return nil
    }

    /// The next thing to do.
    public mutating func next() throws(SMTPProtocolError) -> Step {
        if !steps.isEmpty { return steps.removeFirst() }
        switch state {
        case .start:
            var bytes = try SMTPCommand.mail(envelope, capabilities).encoded()
            if pipelines {
                for recipient in recipients { bytes += try SMTPCommand.rcpt(recipient, capabilities).encoded() }
                sent = recipients.count
            }
            state = .waitingForMail
            return .write(bytes)
        case .waitingForMail, .waitingForData, .waitingForVerdict: return .readReply
        case .waitingForRecipients:
            guard verdicts.count == sent, sent < recipients.count else { return .readReply }
            sent += 1
            return .write(try SMTPCommand.rcpt(recipients[sent - 1], capabilities).encoded())
        case .sending: return .sendMessage(usingChunks: usesChunks)
        case .over(let result): return .finished(result)
        }
    }

    /// Takes the reply that ``Step/readReply`` asked for, or one that came while the message was on its way.
    public mutating func receive(_ reply: SMTPReply) throws(SMTPProtocolError) {
        // 421 may come at any time and ends the connection (RFC 5321, section 3.8).
        if reply.code == 421 {
            finish(.rejected(reply, phase, verdicts + surplus))
            return
        }
        switch state {
        case .waitingForMail:
            guard reply.isPositive else {
                // The answers to pipelined RCPTs are still to come; they only repeat this one.
                finish(.rejected(reply, .mailFrom, []))
                return
            }
            steps.append(.report(.mailFrom))
            state = .waitingForRecipients
        case .waitingForRecipients: try receiveVerdict(reply)
        case .waitingForData:
            guard reply.severity == .intermediate else {
                finish(.rejected(reply, .dataStarted, verdicts + surplus))
                return
            }
            beginMessage()
        case .sending:
            // A chunk before the last was refused, or the server could not wait for the dot.
            guard !(reply.isPositive && usesChunks) else { return }
            finish(.rejected(reply, .dataStarted, verdicts + surplus))
        case .waitingForVerdict:
            finish(reply.isPositive ? .accepted(reply, verdicts + surplus) : .rejected(reply, .finalDotSent, verdicts + surplus))
        case .start, .over: throw .unexpectedReply(reply)
        }
    }

    private mutating func receiveVerdict(_ reply: SMTPReply) throws(SMTPProtocolError) {
        guard verdicts.count < sent else { throw .unexpectedReply(reply) }
        let verdict: RecipientVerdict.Verdict =
            switch reply.severity {
            case .completed: .accepted
            case .transient: .tryLater
            // 552 here is an old server's "too many recipients" (RFC 5321, section 4.5.3.1.10).
            case .intermediate, .permanent: reply.code == 552 && verdicts.contains { $0.verdict == .accepted } ? .tryLater : .refused
            }
        verdicts.append(RecipientVerdict(address: recipients[verdicts.count].address, verdict: verdict, reply: reply))
        guard verdicts.count == recipients.count else { return }
        guard verdicts.contains(where: { $0.verdict == .accepted }) else {
            // Worth another try as soon as one recipient is.
            let telling = verdicts.first { $0.verdict == .tryLater } ?? verdicts[0]
            finish(.rejected(telling.reply, .rcpt, verdicts + surplus))
            return
        }
        steps.append(.report(.rcpt))
        if usesChunks {
            beginMessage()
        } else {
            steps.append(.write(Array("DATA\r\n".utf8)))
            state = .waitingForData
        }
    }

    private mutating func beginMessage() {
        steps.append(.report(.dataStarted))
        state = .sending
    }

    /// The end of the message is on its way: the next reply is the verdict on it.
    public mutating func messageSent() { if state == .sending { state = .waitingForVerdict } }

    /// How far the transaction has come, for an error that no reply explains.
    public var phase: SubmissionPhase {
        switch state {
        case .start, .waitingForMail: .mailFrom
        case .waitingForRecipients: .rcpt
        case .waitingForData, .sending: .dataStarted
        case .waitingForVerdict: .finalDotSent
        case .over(.rejected(_, let phase, _)): phase
        case .over(.accepted): .replied
        }
    }

    /// The verdicts known so far.
    public var recipientVerdicts: [RecipientVerdict] { verdicts + surplus }

    /// Replies to commands already sent that nobody will read any more; the connection must read them before its next use.
    public var outstandingReplies: Int {
        guard case .over(.rejected(_, .mailFrom, _)) = state else { return max(0, sent - verdicts.count) }
        return sent
    }

    private mutating func finish(_ result: Result) {
        steps = []
        state = .over(result)
    }
}
