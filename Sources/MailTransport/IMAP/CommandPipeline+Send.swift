import MailProtocol
import NIOCore
import Synchronization

extension CommandPipeline {
    /// How a command is sent.
    struct SendOptions: Sendable {
        var priority = IMAPPriority.normal
        /// Nothing else is in flight with it: it changes what other commands mean.
        var isExclusive = false
        var upgrade = CommandRun.Upgrade.none
        var channel: FetchChannel?
    }

    /// The message of APPEND: bytes in pieces of any size.
    typealias Source = @Sendable (_ write: (IMAP.Bytes) async throws(IMAPError) -> Void) async throws -> Void

    /// Sends a command and waits for its tagged response.
    func run<C: ResponseCollector>(
        _ command: IMAP.Command, collecting collector: C, options: SendOptions = SendOptions(), source: Source? = nil
    ) async throws(IMAPError) -> (IMAP.Status, C) {
        let run = try await send(command, collector: collector, options: options, source: source)
        let result = await run.completion.value(ifCancelled: .failure(IMAPError(.cancelled, command: command.name)))
        if options.isExclusive { releaseWriter() }
        await startIdleIfWanted()
        let status = try result.get()
        guard let collected = run.collected as? C else { throw IMAPError(.closed, command: command.name) }
        return (status, collected)
    }

    /// As ``run(_:collecting:options:source:)``, and anything but OK is an error.
    func require<C: ResponseCollector>(
        _ command: IMAP.Command, collecting collector: C, options: SendOptions = SendOptions(), source: Source? = nil
    ) async throws(IMAPError) -> (IMAP.Status, C) {
        let (status, collected) = try await run(command, collecting: collector, options: options, source: source)
        try status.requireOK(command.name)
        return (status, collected)
    }

    /// Sends commands one behind the other, with nothing else in flight, and waits for all of them: each one's end, in order. Only for those
    /// of which none needs to know how the one before it ended (RFC 9051, section 5.5).
    func runTogether(
        _ commands: [(command: IMAP.Command, collector: any ResponseCollector)]
    ) async throws(IMAPError) -> [(status: IMAP.Status, collected: any ResponseCollector)] {
        try await beginSending(commands.first?.command.name ?? "", SendOptions(isExclusive: true))
        var runs: [CommandRun] = []
        do throws(IMAPError) {
            for (command, collector) in commands {
                let started = try start(command, collector: collector, options: SendOptions())
                try await write(started.command, of: started.run, source: nil)
                runs.append(started.run)
            }
        } catch {
            releaseWriter()
            throw error
        }
        var results: [Result<IMAP.Status, IMAPError>] = []
        for run in runs { results.append(await run.completion.value(ifCancelled: .failure(IMAPError(.cancelled, command: run.name)))) }
        releaseWriter()
        await startIdleIfWanted()
        var answers: [(IMAP.Status, any ResponseCollector)] = []
        for (run, result) in zip(runs, results) { answers.append((try result.get(), run.collected)) }
        return answers
    }

    /// Writes a command; its run completes later. An exclusive command keeps the writer: the caller releases it.
    func send(
        _ command: IMAP.Command, collector: any ResponseCollector, options: SendOptions, source: Source? = nil
    ) async throws(IMAPError) -> CommandRun {
        try await beginSending(command.name, options)
        var keepsWriter = false
        defer { if !keepsWriter { releaseWriter() } }
        let run = try start(command, collector: collector, options: options)
        try await write(run.command, of: run.run, source: source)
        keepsWriter = options.isExclusive
        return run.run
    }

    /// Gets the writer's turn, with IDLE ended and, for an exclusive command, everything before it answered.
    func beginSending(_ name: String, _ options: SendOptions) async throws(IMAPError) {
        if Task.isCancelled { throw IMAPError(.cancelled, command: name) }
        guard await acquireWriter(options.priority) else {
            throw Task.isCancelled ? IMAPError(.cancelled, command: name) : endError(command: name)
        }
        guard await interruptIdle() else {
            releaseWriter()
            throw Task.isCancelled ? IMAPError(.cancelled, command: name) : endError(command: name)
        }
        guard options.isExclusive else { return }
        guard await drain() else {
            releaseWriter()
            throw Task.isCancelled ? IMAPError(.cancelled, command: name) : endError(command: name)
        }
    }

    /// Gives the command a tag and a place among those in flight.
    func start(
        _ command: IMAP.Command, collector: any ResponseCollector, options: SendOptions
    ) throws(IMAPError) -> (run: CommandRun, command: IMAP.EncodedCommand) {
        let started = state.withLock { state -> (CommandRun, IMAP.EncodedCommand)? in
            guard !state.hasEnded else { return nil }
            let tag = "P\(state.nextTag)"
            state.nextTag += 1
            let run = CommandRun(tag: tag, name: command.name, collector: collector, channel: options.channel, upgrade: options.upgrade)
            if state.inFlight.isEmpty { state.began = .now() }
            state.inFlight.append(run)
            state.speaking = run
            state.unsolicited = 0
            return (run, command.encoded(tag: tag, options: state.encoding))
        }
        guard let started else { throw endError(command: command.name) }
        scheduleAlarm()
        connection.options.logger?.trace("imap command", metadata: ["tag": "\(started.0.tag)", "command": "\(command.name)"])
        return started
    }

    private func write(_ command: IMAP.EncodedCommand, of run: CommandRun, source: Source?) async throws(IMAPError) {
        var dialogue = IMAP.SendDialogue(command)
        while true {
            switch dialogue.next() {
            case .send(let bytes): try await write(bytes[...], command: run.name)
            case .stream(let count): try await stream(count, of: run, from: source)
            case .wait:
                if await run.nextContinuation() != nil { _ = dialogue.continuation() } else { dialogue.tagged() }
            case .done, .refused: return
            }
        }
    }

    /// What a command mostly is. More of it, and each piece of a message, waits until the kernel has taken it, so that nothing piles up here.
    private static let fewBytes = 4_096

    func write(_ bytes: IMAP.Bytes, command: String, isPiece: Bool = false) async throws(IMAPError) {
        do throws(TransportError) {
            if !isPiece, bytes.count <= Self.fewBytes {
                try connection.post(ByteBuffer(bytes: bytes))
            } else {
                try await connection.write(ByteBuffer(bytes: bytes))
            }
        } catch {
            end(IMAPError(.transport(error), command: command))
            // The reader may have seen the end first: everybody is told the same reason.
            throw endError(command: command)
        }
    }

    /// Copies the caller's bytes to the line; a wrong number of them leaves a line that no command can follow.
    private func stream(_ count: UInt64, of run: CommandRun, from source: Source?) async throws(IMAPError) {
        let sent = Counter()
        var failure: IMAPError?
        do {
            try await source? { (bytes: IMAP.Bytes) async throws(IMAPError) in
                guard sent.add(UInt64(bytes.count)) <= count else { throw IMAPError(.wrongSize(expected: count), command: run.name) }
                try await self.write(bytes, command: run.name, isPiece: true)
                // Sending is progress too: a slow line up is not a silent server.
                self.state.withLock { state in
                    state.progress = .now()
                    state.useful = state.progress
                }
            }
        } catch let error as IMAPError {
            failure = error
        } catch is CancellationError {
            failure = IMAPError(.cancelled, command: run.name)
        } catch {
            failure = IMAPError(.wrongSize(expected: count), command: run.name)
        }
        if failure == nil, sent.value != count { failure = IMAPError(.wrongSize(expected: count), command: run.name) }
        guard let failure else { return }
        end(failure)
        throw failure
    }
}

/// Counts bytes inside one task.
private final class Counter: Sendable {
    private let total = Mutex<UInt64>(0)

    func add(_ count: UInt64) -> UInt64 {
        total.withLock {
            $0 += count
            return $0
        }
    }

    var value: UInt64 { total.withLock { $0 } }
}

extension IMAP.Status {
    func requireOK(_ command: String) throws(IMAPError) {
        switch condition {
        case .ok, .preauth: return
        case .no: throw IMAPError(.refused(self), command: command)
        case .bad: throw IMAPError(.rejected(self), command: command)
        case .bye: throw IMAPError(.bye(self), command: command)
        }
    }
}
