import Logging
import MailProtocol
import NIOCore

/// One IMAP connection: sign-in, mailboxes, messages, news.
///
/// All calls may come from any task; commands that don't disturb each other are in flight together. A call whose task is cancelled
/// returns at once, its answer is dropped. After an error that is not ``IMAPError/connectionIsUsable`` every call fails with the
/// reason, and ``events`` ends with it.
///
/// Do not call the client from inside a loop over one of its own fetch streams when the stream may be large: the answer stands in
/// line behind what the loop has not taken yet.
public final class IMAPClient: Sendable {
    public let endpoint: ServerEndpoint
    /// The server's greeting.
    public let greeting: IMAP.Status
    let pipeline: CommandPipeline

    private init(endpoint: ServerEndpoint, greeting: IMAP.Status, pipeline: CommandPipeline) {
        self.endpoint = endpoint
        self.greeting = greeting
        self.pipeline = pipeline
    }

    deinit { pipeline.end(IMAPError(.closed)) }

    /// Connects, reads the greeting, turns on TLS where the endpoint says STARTTLS, and asks for the capabilities.
    public static func connect(
        to endpoint: ServerEndpoint, options: ConnectionOptions, limits: IMAP.Limits = .standard
    ) async throws(IMAPError) -> IMAPClient {
        let connection: MailConnection
        do throws(TransportError) {
            connection = try await MailConnection.open(to: endpoint, options: options)
        } catch {
            throw IMAPError(.transport(error))
        }
        return try await open(on: connection, limits: limits)
    }

    /// Speaks IMAP on a connection that is open already, its greeting still unread.
    public static func open(on connection: MailConnection, limits: IMAP.Limits = .standard) async throws(IMAPError) -> IMAPClient {
        let pipeline = CommandPipeline(connection: connection, limits: limits)
        let greeting = Promise<Result<IMAP.Status, IMAPError>>()
        pipeline.state.withLock { $0.greeting = greeting }
        pipeline.scheduleAlarm()
        pipeline.beginReceiving()
        let status: IMAP.Status
        do throws(IMAPError) {
            status = try await greeting.value(ifCancelled: .failure(IMAPError(.cancelled))).get()
        } catch {
            pipeline.end(error)
            throw error
        }
        let client = IMAPClient(endpoint: connection.endpoint, greeting: status, pipeline: pipeline)
        do throws(IMAPError) {
            try await client.secure()
            if !pipeline.state.withLock({ $0.knowsCapabilities }) { try await client.refreshCapabilities() }
        } catch {
            pipeline.end(error)
            throw error
        }
        return client
    }

    private func secure() async throws(IMAPError) {
        guard endpoint.security == .startTLS else { return }
        // Whose session that is, somebody on the way may have decided.
        guard greeting.condition != .preauth else { throw IMAPError(.preauthBeforeTLS) }
        if !pipeline.state.withLock({ $0.knowsCapabilities }) { try await refreshCapabilities() }
        guard capabilities.hasStartTLS else { throw IMAPError(.transport(TransportError(.startTLS, .startTLSNotOffered))) }
        let options = CommandPipeline.SendOptions(isExclusive: true, upgrade: .startTLS)
        _ = try await pipeline.run(.startTLS, collecting: NoCollector(), options: options)
        try await refreshCapabilities()
    }

    // MARK: What is known

    /// What the server offers, as it said last.
    public var capabilities: IMAP.Capabilities { pipeline.state.withLock { $0.capabilities } }

    /// News, whatever command they came with. For one reader.
    public var events: IMAPEvents { IMAPEvents(queue: pipeline.events) }

    /// Whether the greeting said that nobody needs to sign in.
    public var isPreauthenticated: Bool { greeting.condition == .preauth }

    public var isOpen: Bool { pipeline.state.withLock { !$0.hasEnded } }

    public var tlsInfo: TLSInfo? { pipeline.connection.tlsInfo }

    /// How long connecting and TLS took.
    public var timings: MailConnection.Timings { pipeline.connection.timings }

    /// Whether UTF8=ACCEPT is on: names and headers are UTF-8.
    public var isUTF8Enabled: Bool { pipeline.state.withLock { $0.encoding.utf8 } }

    /// A mailbox's name as this connection spells it.
    public func mailboxName(_ path: String) -> IMAP.MailboxName { IMAP.MailboxName(path, utf8: isUTF8Enabled) }

    @discardableResult
    public func refreshCapabilities() async throws(IMAPError) -> IMAP.Capabilities {
        let (_, collected) = try await pipeline.require(
            .capability,
            collecting: FirstCollector { response in if case .capability(let capabilities) = response { capabilities } else { nil } })
        guard collected.value != nil else { throw IMAPError(.protocolViolation("no capabilities"), command: "CAPABILITY") }
        return capabilities
    }

    // MARK: Small commands

    /// Asks for news and proves that the server lives.
    public func noop(priority: IMAPPriority = .normal) async throws(IMAPError) {
        _ = try await pipeline.require(.noop, collecting: NoCollector(), options: .init(priority: priority))
    }

    /// Says goodbye and closes; never fails, and never takes longer than ``IMAP/Limits/logout``.
    public func logout() async {
        let isOpen = pipeline.state.withLock { state in
            defer { state.isLoggingOut = true }
            return !state.hasEnded
        }
        if isOpen {
            let loop = pipeline.connection.channel.eventLoop
            let timer = loop.scheduleTask(in: TimeAmount(pipeline.limits.logout)) { [pipeline] in pipeline.end(nil) }
            _ = try? await pipeline.run(.logout, collecting: NoCollector())
            timer.cancel()
        }
        pipeline.end(nil)
    }

    /// Closes at once, without a word.
    public func close() { pipeline.end(nil) }
}
