import MailProtocol
import NIOCore

extension CommandPipeline {
    /// So many bytes without a whole response still count as progress.
    static let minimumProgress = 4_096

    /// Takes what has come, until nothing more has; what comes next begins this anew, in a task of its own.
    ///
    /// A task that waited instead would hold its memory, some kilobytes, for as long as the line is quiet. Silence is judged by the
    /// alarm, which knows what is waited for; the line itself may be quiet for days.
    func receive() async {
        do throws(TransportError) {
            while true {
                switch try connection.poll(orWake: { [weak self] in self?.beginReceiving() }) {
                case .bytes(let buffer): guard await take(buffer) else { return }
                case .nothing: return
                case .end:
                    let isExpected = state.withLock { $0.isLoggingOut }
                    return end(isExpected ? nil : IMAPError(.bye(nil)))
                }
            }
        } catch {
            end(IMAPError(.transport(error)))
        }
    }

    /// There is one such task at a time, since nobody is told of new bytes before the last one has found nothing; it ends when it has.
    func beginReceiving() { Task { await receive() } }

    /// Takes what was read; false: the connection is over.
    private func take(_ input: ByteBuffer) async -> Bool {
        var buffer = input
        while buffer.readableBytes > 0 {
            var outcome = Outcome()
            do {
                let taken = try state.withLock { state in
                    try buffer.withUnsafeReadableBytes { bytes in
                        // A line or literal may be long; but who drips single bytes does not get on.
                        state.received += bytes.count
                        if state.received >= Self.minimumProgress {
                            state.received = 0
                            state.progress = .now()
                        }
                        return try ingest(bytes, &state, &outcome)
                    }
                }
                buffer.moveReaderIndex(forwardBy: taken)
            } catch {
                outcome.deliver()
                end(Self.error(of: error))
                return false
            }
            outcome.deliver()
            for (event, cost) in outcome.events { events.push(event, cost: cost) }
            if let ending = outcome.ending {
                end(ending)
                return false
            }
            if let upgraded = outcome.upgraded {
                guard await upgrade(upgraded.run, upgraded.status, leftover: &buffer) else { return false }
            }
            await startIdleIfWanted()
            // A refused IDLE leaves NOOP to ask for news: its first turn must not wait for an alarm set for IDLE.
            if outcome.refusedIdle { scheduleAlarm() }
            for channel in outcome.channels where channel.isFull { await holdBack(channel) }
        }
        return true
    }

    private func holdBack(_ channel: FetchChannel) async {
        state.withLock { $0.isHeldBack = true }
        await channel.waitForRoom()
        state.withLock { state in
            state.isHeldBack = false
            state.progress = .now()
        }
    }

    private func upgrade(_ run: CommandRun, _ status: IMAP.Status, leftover: inout ByteBuffer) async -> Bool {
        do throws(TransportError) {
            switch run.upgrade {
            case .none: break
            case .startTLS:
                switch IMAP.UpgradeDialogue.startTLS(answer: status, leftover: leftover.readableBytes) {
                case .beginHandshake, .injected: try await connection.startTLS(leftover: leftover.readableBytes)
                case .refused(let status): throw TransportError(.startTLS, .startTLSRefused(status.text))
                }
                // Whatever was said before TLS may have been said by anybody: capabilities, what is enabled, news.
                state.withLock { state in
                    state.capabilities = IMAP.Capabilities()
                    state.knowsCapabilities = false
                    state.encoding = IMAP.EncodingOptions()
                }
                events.clear()
            case .compress:
                guard IMAP.UpgradeDialogue.compress(answer: status) == .begin else { break }
                try connection.startCompression(leftover: leftover)
                leftover.clear()
            }
        } catch {
            let failure = IMAPError(.transport(error), command: run.name)
            run.complete(.failure(failure))
            end(failure)
            return false
        }
        run.complete(.success(status))
        return true
    }

    private static func error(of error: any Error) -> IMAPError {
        switch error {
        case IMAP.FramingError.lineTooLong(let limit): IMAPError(.limitExceeded("line of \(limit) bytes"))
        case IMAP.FramingError.literalTooLarge(_, let limit): IMAPError(.limitExceeded("literal of \(limit) bytes"))
        case IMAP.FramingError.tooManyLiterals(let limit): IMAPError(.limitExceeded("\(limit) literals in one response"))
        case let error as IMAPError: error
        default: IMAPError(.protocolViolation("\(error)"))
        }
    }

    /// What is to be done outside the lock.
    struct Outcome {
        var completed: [(CommandRun, IMAP.Status)] = []
        var continuations: [(CommandRun, IMAP.Text)] = []
        var upgraded: (run: CommandRun, status: IMAP.Status)?
        var greeting: (Promise<Result<IMAP.Status, IMAPError>>, IMAP.Status)?
        var events: [(event: IMAPEvent, cost: Int)] = []
        var channels: [FetchChannel] = []
        var drained: [Promise<Bool>] = []
        var idleEnded: [Promise<Bool>] = []
        var refusedIdle = false
        var ending: IMAPError?

        func deliver() {
            if let greeting { greeting.0.fulfil(.success(greeting.1)) }
            for (run, text) in continuations { run.continuation(text) }
            for channel in channels { channel.wake() }
            for (run, status) in completed { run.complete(.success(status)) }
            for promise in drained + idleEnded { promise.fulfil(true) }
        }
    }

    /// Cuts the bytes and gives each response to whom it belongs; returns how many bytes were taken.
    private func ingest(_ bytes: UnsafeRawBufferPointer, _ state: inout State, _ outcome: inout Outcome) throws -> Int {
        // The framer is taken out so that the state stays free for what it emits.
        var framer = state.framer
        state.framer = IMAP.Framer(limits: limits)
        defer { state.framer = framer }
        return try framer.feed(bytes) { event in
            switch event {
            case .response(let frame):
                state.progress = .now()
                try route(frame, &state, &outcome)
            case .literal(let literal):
                state.literalChannel = fetchChannel(for: literal, state)
                push(.literal(literal), &state, &outcome)
            case .literalBytes(let piece):
                state.useful = .now()
                push(.literalBytes(piece), &state, &outcome)
            case .literalEnd:
                push(.literalEnd, &state, &outcome)
                state.literalChannel = nil
            }
            return outcome.upgraded == nil && outcome.ending == nil
        }
    }

    private func fetchChannel(for literal: IMAP.StreamedLiteral, _ state: State) -> FetchChannel? {
        let run = state.inFlight.first { run in
            guard run.channel != nil, let collector = run.collected as? FetchCollector else { return false }
            return literal.uid.map { collector.covers($0) } ?? true
        }
        guard let channel = run?.channel, channel.wantsLiterals else { return nil }
        return channel
    }

    private func push(_ event: FetchEvent, _ state: inout State, _ outcome: inout Outcome) {
        guard let channel = state.literalChannel else { return }
        channel.push(event)
        if !outcome.channels.contains(where: { $0 === channel }) { outcome.channels.append(channel) }
    }

    // MARK: Routing

    private func route(_ frame: IMAP.Frame, _ state: inout State, _ outcome: inout Outcome) throws {
        let response: IMAP.Response
        do throws(IMAP.ParseError) {
            response = try IMAP.Parser.parse(frame, limits: limits, utf8Names: state.encoding.utf8)
        } catch {
            return try malformed(frame, error, &state, &outcome)
        }
        if let greeting = state.greeting {
            return try greet(response, greeting, &state, &outcome)
        }
        switch response {
        case .continuation(let text):
            try countUnsolicited(&state)
            if let dialogue = state.idle.run, state.speaking === dialogue {
                outcome.idleContinuation(&state)
            } else if let run = state.speaking {
                outcome.continuations.append((run, text))
            }
        case .tagged(let tag, let status): try complete(tag, status, &state, &outcome)
        case .untagged(let untagged): try route(untagged, size: frame.bytes.count, &state, &outcome)
        }
    }

    private func greet(
        _ response: IMAP.Response, _ greeting: Promise<Result<IMAP.Status, IMAPError>>, _ state: inout State, _ outcome: inout Outcome
    ) throws {
        guard case .untagged(.status(let status)) = response, status.condition != .no, status.condition != .bad else {
            throw IMAPError(.protocolViolation("greeting"))
        }
        guard status.condition != .bye else {
            outcome.ending = IMAPError(.bye(status))
            return
        }
        state.greeting = nil
        learn(status, &state)
        outcome.greeting = (greeting, status)
    }

    private func malformed(_ frame: IMAP.Frame, _ error: IMAP.ParseError, _ state: inout State, _ outcome: inout Outcome) throws {
        if state.greeting != nil { throw IMAPError(.protocolViolation("greeting: \(error)")) }
        state.malformed += 1
        guard state.malformed <= limits.malformedResponses else {
            throw IMAPError(.limitExceeded("\(limits.malformedResponses) malformed responses"))
        }
        let line = String(decoding: frame.bytes.prefix(200), as: UTF8.self)
        // The end of a command that can't be read leaves its caller waiting for nothing.
        if let run = state.inFlight.first(where: { line.hasPrefix($0.tag + " ") }) {
            throw IMAPError(.protocolViolation("tagged response: \(error)"), command: run.name)
        }
        outcome.events.append((.malformed(error, line: line), line.utf8.count))
    }

    private func complete(_ tag: String, _ status: IMAP.Status, _ state: inout State, _ outcome: inout Outcome) throws {
        guard let index = state.inFlight.firstIndex(where: { $0.tag == tag }) else {
            state.malformed += 1
            guard state.malformed <= limits.malformedResponses else {
                throw IMAPError(.limitExceeded("\(limits.malformedResponses) malformed responses"))
            }
            return
        }
        let run = state.inFlight.remove(at: index)
        if state.speaking === run { state.speaking = nil }
        state.unsolicited = 0
        state.collected = 0
        state.began = .now()
        learn(status, &state)
        if state.idle.run === run {
            outcome.idleEnded += state.idle.ended(status)
            outcome.refusedIdle = state.idle.isRefused
        }
        if state.inFlight.isEmpty {
            outcome.drained += state.drained
            state.drained = []
        }
        if run.upgrade != .none {
            outcome.upgraded = (run, status)
        } else {
            outcome.completed.append((run, status))
        }
    }

    private func route(_ untagged: IMAP.Untagged, size: Int, _ state: inout State, _ outcome: inout Outcome) throws {
        learn(untagged, &state)
        for run in state.inFlight where run.take(untagged) {
            state.useful = .now()
            if let channel = run.channel {
                channel.charge(size)
                if !outcome.channels.contains(where: { $0 === channel }) { outcome.channels.append(channel) }
            } else {
                state.collected += size
                guard state.collected <= limits.collectedBytes else {
                    throw IMAPError(.limitExceeded("\(limits.collectedBytes) bytes of answers"), command: run.name)
                }
            }
            return
        }
        if case .status(let status) = untagged, status.condition == .bye {
            if !state.isLoggingOut { outcome.ending = IMAPError(.bye(status)) }
            return
        }
        try countUnsolicited(&state)
        if let event = IMAPEvent(untagged) { outcome.events.append((event, size)) }
    }

    private func countUnsolicited(_ state: inout State) throws {
        state.unsolicited += 1
        guard state.unsolicited <= limits.unsolicitedResponses else {
            throw IMAPError(.limitExceeded("\(limits.unsolicitedResponses) unsolicited responses"))
        }
    }

    /// Keeps what the connection needs to know of itself.
    private func learn(_ untagged: IMAP.Untagged, _ state: inout State) {
        switch untagged {
        case .capability(let capabilities): learn(capabilities, &state)
        case .enabled(let names): if names.contains(where: { $0.uppercased() == "UTF8=ACCEPT" }) { state.encoding.utf8 = true }
        case .status(let status): learn(status, &state)
        default: break
        }
    }

    private func learn(_ status: IMAP.Status, _ state: inout State) {
        if case .capability(let capabilities) = status.code { learn(capabilities, &state) }
    }

    private func learn(_ capabilities: IMAP.Capabilities, _ state: inout State) {
        state.capabilities = capabilities
        state.knowsCapabilities = true
        state.encoding.literalPlus = capabilities.hasLiteralPlus
        state.encoding.literalMinus = capabilities.hasLiteralMinus
    }
}

extension CommandPipeline.Outcome {
    /// The server agreed to IDLE; if the wish to end it came first, DONE is due.
    mutating func idleContinuation(_ state: inout CommandPipeline.State) {
        state.speaking = nil
        if state.idle.dialogue?.continuation() == .sendDone { state.idle.owesDone = true }
    }
}

extension IMAPEvent {
    /// The news in a response that no command asked for; nil where there is none.
    init?(_ untagged: IMAP.Untagged) {
        switch untagged {
        case .exists(let count): self = .exists(count)
        case .recent(let count): self = .recent(count)
        case .expunge(let sequence): self = .expunged(sequence: sequence)
        case .vanished(let uids, earlier: false): self = .vanished(uids)
        case .fetch(let message): self = .changed(message)
        case .mailboxStatus(let name, let status): self = .mailboxStatus(name, status)
        case .list(let mailbox, _): self = .mailboxListed(mailbox)
        case .metadata(let name, let entries): self = .metadataChanged(name, entries)
        case .flags(let flags): self = .flags(flags)
        case .status(let status):
            switch status.code {
            case .alert, .webAlert: self = .alert(status.text)
            case .notificationOverflow: self = .notificationsLost
            case nil: return nil
            default: self = .status(status)
            }
        default: return nil
        }
    }
}
