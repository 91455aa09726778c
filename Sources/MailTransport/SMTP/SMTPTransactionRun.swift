import MailProtocol
import NIOCore

/// Acts out one ``SMTPTransaction`` on one session and finds the outcome.
struct SMTPTransactionRun {
    var session: SMTPSession
    var transaction: SMTPTransaction
    /// Whether the session can take another message afterwards.
    private(set) var isUsable = false
    private var isComplete = false

    init(session: SMTPSession, transaction: SMTPTransaction) {
        self.session = session
        self.transaction = transaction
    }

    /// From here on a lost connection leaves the outcome unknown.
    mutating func outcome<Message: AsyncSequence & Sendable>(
        of message: Message, onPhase: @Sendable (SubmissionPhase) async throws -> Void
    ) async -> SubmissionOutcome where Message.Element == [UInt8] {
        do throws(SubmissionFault) {
            try await report(.connected, onPhase)
            try await report(.authenticated, onPhase)
            while true {
                switch try step() {
                case .write(let bytes): try await write(bytes)
                case .report(let phase): try await report(phase, onPhase)
                case .readReply:
                    let limit = isComplete ? session.options.finalReplyTimeout : session.options.replyTimeout
                    try receive(try await session.nextReply(within: limit))
                case .sendMessage(let usingChunks): try await send(message, usingChunks: usingChunks, onPhase)
                case .finished(let result): return await conclude(result, onPhase)
                }
            }
        } catch {
            return failed(error)
        }
    }

    private mutating func conclude(
        _ result: SMTPTransaction.Result, _ onPhase: @Sendable (SubmissionPhase) async throws -> Void
    ) async -> SubmissionOutcome {
        switch result {
        case .accepted(let reply, let verdicts):
            isUsable = true
            // The message is out whatever the journal says now; the outcome itself is what the caller records.
            try? await onPhase(.replied)
            return .accepted(
                .init(recipients: verdicts, serverText: reply.text, queueID: QueueIdentifier.find(in: reply), reply: reply))
        case .rejected(let reply, let phase, let verdicts):
            if isComplete { try? await onPhase(.replied) }
            let rejection = SubmissionOutcome.Rejection(fault: .reply(reply), phase: phase, recipients: verdicts)
            isUsable = reply.code != 421 && (phase != .dataStarted || isComplete)
            session.needsReset = true
            session.staleReplies += transaction.outstandingReplies
            // One recipient that may be taken later is reason enough to keep the message.
            let isTransient = reply.severity == .transient || phase == .rcpt && verdicts.contains { $0.verdict == .tryLater }
            return isTransient ? .tryLater(rejection) : .refused(rejection)
        }
    }

    private func failed(_ fault: SubmissionFault) -> SubmissionOutcome {
        if isComplete { return .unknown(fault) }
        let rejection = SubmissionOutcome.Rejection(fault: fault, phase: transaction.phase, recipients: transaction.recipientVerdicts)
        switch fault {
        case .transport(let error) where !error.isRetryable && error.cause != .cancelled: return .refused(rejection)
        case .reply(let reply) where reply.severity == .permanent: return .refused(rejection)
        case .violation(.unsafeArgument), .obstacle: return .refused(rejection)
        default: return .tryLater(rejection)
        }
    }

    // MARK: The message

    private mutating func send<Message: AsyncSequence & Sendable>(
        _ message: Message, usingChunks: Bool, _ onPhase: @Sendable (SubmissionPhase) async throws -> Void
    ) async throws(SubmissionFault) where Message.Element == [UInt8] {
        var stuffing = DotStuffing(doublesDots: !usingChunks)
        var held: [UInt8] = []
        var unanswered = 0
        var iterator = message.makeAsyncIterator()
        while true {
            let piece: [UInt8]?
            do {
                piece = try await iterator.next()
            } catch {
                session.connection.close()
                throw .source("\(error)")
            }
            guard let piece else { break }
            held += stuffing.encode(piece)
            guard held.count >= Self.chunkSize else { continue }
            if usingChunks {
                try await write(try chunk(held.count, isLast: false) + held)
                unanswered += 1
                // One chunk may be on its way unanswered where the server pipelines; never more, so that a refusal stops us early.
                while unanswered > (session.options.usesPipelining && session.info.capabilities.pipelining ? 1 : 0) {
                    if try await isRejected(session.nextReply(within: session.options.replyTimeout)) { return }
                    unanswered -= 1
                }
            } else {
                try await write(held)
                if try await isRefusedEarly() { return }
            }
            held = []
        }
        held += stuffing.finish()
        while unanswered > 0 {
            if try await isRejected(session.nextReply(within: session.options.replyTimeout)) { return }
            unanswered -= 1
        }
        if usingChunks { held = try chunk(held.count, isLast: true) + held }
        try await report(.finalDotSent, onPhase)
        // A connection known dead before its end was written never carried the message.
        guard !session.connection.hasEnded else {
            throw .transport(session.connection.inbox.failure ?? TransportError(.transfer, .closedByPeer))
        }
        isComplete = true
        transaction.messageSent()
        try await write(held)
    }

    private static let chunkSize = 64 * 1024

    private func chunk(_ length: Int, isLast: Bool) throws(SubmissionFault) -> [UInt8] {
        do {
            return try SMTPCommand.bdat(length: length, isLast: isLast).encoded()
        } catch {
            throw .violation(error)
        }
    }

    private mutating func isRejected(_ reply: SMTPReply) throws(SubmissionFault) -> Bool {
        try receive(reply)
        return !reply.isPositive
    }

    /// A server that gives its refusal before the dot has stopped reading; what it said is the outcome.
    private mutating func isRefusedEarly() async throws(SubmissionFault) -> Bool {
        guard session.connection.bufferedBytes > 0 else { return false }
        try receive(try await session.nextReply(within: session.options.replyTimeout))
        session.connection.close()
        return true
    }

    // MARK: Steps

    private mutating func step() throws(SubmissionFault) -> SMTPTransaction.Step {
        do {
            return try transaction.next()
        } catch {
            throw .violation(error)
        }
    }

    private mutating func receive(_ reply: SMTPReply) throws(SubmissionFault) {
        do {
            try transaction.receive(reply)
        } catch {
            session.connection.close()
            throw .violation(error)
        }
    }

    private mutating func write(_ bytes: [UInt8]) async throws(SubmissionFault) {
        do throws(TransportError) {
            try await session.connection.write(bytes)
        } catch {
            // A server that hangs up on us in mid-message has often said why.
            if !isComplete, let reply = try? await session.nextReply(within: .milliseconds(200)) { throw .reply(reply) }
            throw .transport(error)
        }
    }

    private func report(_ phase: SubmissionPhase, _ onPhase: @Sendable (SubmissionPhase) async throws -> Void) async throws(SubmissionFault)
    {
        do {
            try await onPhase(phase)
        } catch {
            session.connection.close()
            throw .journal("\(error)")
        }
    }
}
