import MailProtocol
import NIOCore

/// Sends mail through one submission server with one account (RFC 6409, RFC 8314).
///
/// Calls run one after another, each on the open session where it is still good, else on a new one. Nothing here repeats a message
/// whose outcome is unknown; a session that turns out dead before the message was complete is replaced once.
public actor SMTPClient {
    public nonisolated let endpoint: ServerEndpoint
    private let credentials: Credentials?
    private let options: SMTPOptions
    private var session: SMTPSession?
    private var isBusy = false
    private var turns: [CheckedContinuation<Void, Never>] = []

    /// - Parameter credentials: nil sends without signing in.
    public init(endpoint: ServerEndpoint, credentials: Credentials?, options: SMTPOptions) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.options = options
    }

    deinit { session?.connection.close() }

    /// What the open session offers, nil where none is open: lets a caller build the message for this server.
    public var sessionInfo: SMTPSessionInfo? { session?.info }

    /// Opens a session, signed in, unless a good one is open.
    @discardableResult
    public func connect() async throws(SMTPError) -> SMTPSessionInfo {
        await takeTurn()
        defer { endTurn() }
        return try await readySession().info
    }

    /// Proves that the account works: connects anew, signs in, tries the sender where one is given, asks NOOP, leaves with QUIT. Sends nothing.
    public func verify(sender: String? = nil) async throws(SMTPError) -> SMTPSessionInfo {
        await takeTurn()
        defer { endTurn() }
        var fresh = try await SMTPSession.open(endpoint, credentials: credentials, options: options)
        defer { fresh.connection.close() }
        if let sender { try await fresh.trySender(sender) }
        let answer = try await fresh.command(.noop, stage: .ready)
        guard answer.isPositive else { throw SMTPError(.ready, .reply(answer)) }
        _ = try? await fresh.command(.quit, stage: .ready, within: .seconds(5))
        return fresh.info
    }

    /// Says QUIT and closes.
    public func close() async {
        await takeTurn()
        defer { endTurn() }
        await leave()
    }

    /// Sends one message and waits for its outcome.
    ///
    /// - Parameters:
    ///   - message: the message in pieces; line ends are brought to CRLF and dots doubled on the way.
    ///   - onPhase: the journal, awaited at each phase, before the bytes that follow it leave. When it throws, nothing more is sent.
    public func send<Message: AsyncSequence & Sendable>(
        _ envelope: SMTPEnvelope, message: Message, onPhase: @Sendable (SubmissionPhase) async throws -> Void = { _ in }
    ) async -> SubmissionOutcome where Message.Element == [UInt8] {
        await takeTurn()
        defer { endTurn() }
        var isRetry = false
        while true {
            let previous = session?.connection
            do throws(SMTPError) {
                _ = try await readySession()
            } catch {
                return Self.outcome(.session(error), phase: .connected, isRetryable: error.isRetryable)
            }
            let wasOpen = previous != nil && session?.connection === previous
            let outcome = await transact(envelope, message: message, onPhase: onPhase)
            // A kept session may have died while nobody looked; nothing of this message was taken then.
            if wasOpen, !isRetry, case .tryLater(let rejection) = outcome, rejection.phase == .mailFrom, Self.isDead(rejection.fault),
                !Task.isCancelled
            {
                isRetry = true
                continue
            }
            return outcome
        }
    }

    /// Sends a message that is in memory.
    public func send(
        _ envelope: SMTPEnvelope, message: [UInt8], onPhase: @Sendable (SubmissionPhase) async throws -> Void = { _ in }
    ) async -> SubmissionOutcome {
        await send(envelope, message: MessagePieces(message), onPhase: onPhase)
    }

    private static func isDead(_ fault: SubmissionFault) -> Bool {
        switch fault {
        case .transport: true
        case .reply(let reply): reply.code == 421
        default: false
        }
    }

    // MARK: One transaction

    private func transact<Message: AsyncSequence & Sendable>(
        _ envelope: SMTPEnvelope, message: Message, onPhase: @Sendable (SubmissionPhase) async throws -> Void
    ) async -> SubmissionOutcome where Message.Element == [UInt8] {
        guard var session else {
            return Self.outcome(.transport(TransportError(.connect, .closedByPeer)), phase: .connected, isRetryable: true)
        }
        let capabilities = session.info.capabilities
        if let obstacle = SMTPTransaction.obstacle(envelope, capabilities: capabilities, isEncrypted: session.connection.isEncrypted) {
            return Self.outcome(.obstacle(obstacle), phase: .authenticated, isRetryable: false)
        }
        var run = SMTPTransactionRun(
            session: session,
            transaction: SMTPTransaction(
                envelope, capabilities: capabilities, allowsPipelining: options.usesPipelining, allowsChunks: options.usesChunking))
        let outcome = await run.outcome(of: message, onPhase: onPhase)
        session = run.session
        session.messages += 1
        let isSpent = capabilities.limit("MAILMAX").map { session.messages >= $0 } ?? false
        if run.isUsable, !session.connection.hasEnded, !isSpent {
            self.session = session
            session.connection.expire(after: options.reuseLimit, saying: Array("QUIT\r\n".utf8))
        } else {
            session.connection.close()
            self.session = nil
        }
        return outcome
    }

    private static func outcome(_ fault: SubmissionFault, phase: SubmissionPhase, isRetryable: Bool) -> SubmissionOutcome {
        let rejection = SubmissionOutcome.Rejection(fault: fault, phase: phase, recipients: [])
        return isRetryable ? .tryLater(rejection) : .refused(rejection)
    }

    // MARK: The session

    private func readySession() async throws(SMTPError) -> SMTPSession {
        if var kept = session {
            session = nil
            kept.connection.keep()
            if await kept.makeReady() {
                session = kept
                return kept
            }
            kept.connection.close()
        }
        let fresh = try await SMTPSession.open(endpoint, credentials: credentials, options: options)
        session = fresh
        return fresh
    }

    private func leave() async {
        guard var last = session else { return }
        session = nil
        if !last.connection.hasEnded { _ = try? await last.command(.quit, stage: .ready, within: .seconds(5)) }
        last.connection.close()
    }

    // MARK: Turns

    /// An actor lets calls in while another waits for the server; commands of two calls must not mix on one line.
    private func takeTurn() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { turns.append($0) }
    }

    private func endTurn() {
        guard !turns.isEmpty else {
            isBusy = false
            return
        }
        turns.removeFirst().resume()
    }
}

/// A message in memory, cut into pieces for the network.
public struct MessagePieces: AsyncSequence, Sendable {
    private let bytes: [UInt8]
    private let pieceSize: Int

    public init(_ bytes: [UInt8], pieceSize: Int = 64 * 1024) {
        self.bytes = bytes
        self.pieceSize = Swift.max(1, pieceSize)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(bytes: bytes, pieceSize: pieceSize) }

    public struct Iterator: AsyncIteratorProtocol {
        let bytes: [UInt8]
        let pieceSize: Int
        var position = 0

        public mutating func next() async -> [UInt8]? {
            guard position < bytes.count else { return nil }
            let end = Swift.min(position + pieceSize, bytes.count)
            defer { position = end }
            return Array(bytes[position..<end])
        }
    }
}
