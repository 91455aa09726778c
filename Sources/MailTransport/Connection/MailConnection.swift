import Logging
import MailProtocol
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One connection to a mail server: bytes in and out, with TLS, compression, time limits and back-pressure.
///
/// One task reads; writes may come from any task and keep their order. Every call ends: with bytes, or with a ``TransportError``
/// when the server, the network, a limit or the caller's cancellation ends the connection. After an error the connection is of no
/// further use.
public final class MailConnection: Sendable {
    /// Where it was asked to connect to.
    public let endpoint: ServerEndpoint
    let options: ConnectionOptions
    let channel: any Channel
    let inbox: Inbox
    let handler: NIOLoopBound<MailChannelHandler>
    let session = Mutex(Session())

    struct Session {
        var tls: TLSInfo?
        var codec: DeflateCodec?
        var expiry: Scheduled<Void>?
        var timings = Timings()
    }

    /// How long each step to the first byte took.
    public struct Timings: Sendable, Equatable {
        public var connect = Duration.zero
        /// Zero on a line without TLS.
        public var tls = Duration.zero

        public init() {}
    }

    private init(
        endpoint: ServerEndpoint, options: ConnectionOptions, channel: any Channel, handler: NIOLoopBound<MailChannelHandler>, inbox: Inbox
    ) {
        self.endpoint = endpoint
        self.options = options
        self.channel = channel
        self.handler = handler
        self.inbox = inbox
    }

    deinit {
        // A connection that nobody holds is closed rather than leaked.
        channel.close(promise: nil)
    }

    /// Resolves, checks and connects, and for ``ConnectionSecurity/tls`` completes the handshake.
    ///
    /// The address that was checked is the address that is connected to. Several addresses are tried as RFC 8305 describes.
    public static func open(to endpoint: ServerEndpoint, options: ConnectionOptions) async throws(TransportError) -> MailConnection {
        let limit = TimeAmount(options.timeouts.connect)
        let started = NIODeadline.now()
        let addresses = try await permittedAddresses(of: endpoint, options: options, timeout: limit)
        let resolved = NIODeadline.now()
        let left = max(limit - (resolved - started), .milliseconds(1))
        let connection = try await connect(to: endpoint, addresses: addresses, options: options, timeout: left)
        connection.session.withLock { $0.timings.connect = .nanoseconds((NIODeadline.now() - resolved).nanoseconds) }
        options.logger?.debug(
            "connected", metadata: ["host": "\(endpoint.host)", "port": "\(endpoint.port)", "address": "\(connection.remoteAddress ?? "")"])
        if endpoint.security == .tls {
            try await connection.handshake()
        } else {
            connection.watchForSilence()
        }
        return connection
    }

    /// The addresses of an endpoint that the policy permits, in the order to try.
    ///
    /// For callers that time the look-up on its own: ``HostResolver/fixed(_:)`` then brings the same addresses to ``open(to:options:)``.
    public static func addresses(of endpoint: ServerEndpoint, options: ConnectionOptions) async throws(TransportError) -> [IPAddress] {
        try await permittedAddresses(of: endpoint, options: options, timeout: TimeAmount(options.timeouts.connect)).compactMap {
            IPAddress($0)
        }
    }

    private static func permittedAddresses(
        of endpoint: ServerEndpoint, options: ConnectionOptions, timeout: TimeAmount
    ) async throws(TransportError) -> [SocketAddress] {
        guard (1...65535).contains(endpoint.port) else { throw TransportError(.connect, .system("no such port")) }
        let found = try await options.resolver.addresses(of: endpoint.host, port: endpoint.port, timeout: timeout)
        let policy = options.addressPolicy.current
        let judged = found.compactMap { address in IPAddress(address).map { (address, $0, policy.verdict(for: $0)) } }
        let permitted = judged.filter { $0.2 == .allowed }.map(\.0)
        guard !permitted.isEmpty else {
            throw TransportError(
                .resolve,
                .noAddressAllowed(addresses: judged.map { $0.1.description }, canBeAllowed: judged.contains { $0.2 == .notListed }))
        }
        return permitted
    }

    private static func connect(
        to endpoint: ServerEndpoint, addresses: [SocketAddress], options: ConnectionOptions, timeout: TimeAmount
    ) async throws(TransportError) -> MailConnection {
        let loop = options.eventLoopGroup.next()
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.maxMessagesPerRead, value: 4)
            .connectTimeout(timeout)
            .resolver(CheckedAddresses(addresses: addresses, eventLoop: loop))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(MailChannelHandler(inbox: Inbox()))
                }
            }
        // One address leaves nothing to choose.
        let connected =
            addresses.count == 1 ? bootstrap.connect(to: addresses[0]) : bootstrap.connect(host: endpoint.host, port: endpoint.port)
        let attempt = connected.flatMapThrowing { channel in
            let handler = try channel.pipeline.syncOperations.handler(type: MailChannelHandler.self)
            return MailConnection(
                endpoint: endpoint, options: options, channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
                inbox: handler.inbox)
        }
        let outcome = OneAnswer<Result<MailConnection, TransportError>>()
        // A connection that comes after the caller has gone is dropped here, and with that closed.
        attempt.whenComplete { outcome.give($0.mapError { TransportError($0, stage: .connect) }) }
        let result = await withTaskCancellationHandler {
            await outcome.value()
        } onCancel: {
            outcome.give(.failure(TransportError(.connect, .cancelled)))
        }
        return try result.get()
    }

    /// Where the server does not greet, finds out whether it waits for TLS, and then ends the connection with that cause.
    ///
    /// Mail servers speak first. One that does not may be slow; the probe takes nothing away from it.
    private func watchForSilence() {
        let patience = min(.seconds(5), options.timeouts.greeting / 2)
        channel.eventLoop.scheduleTask(in: TimeAmount(patience)) { [weak self, handler] in
            guard !handler.value.hasReceived, let self, !self.hasEnded else { return }
            // The probe's own time limits bound this task, and it holds the connection only weakly.
            Task { [weak self, endpoint = self.endpoint, options = self.options] in
                guard await Self.speaksTLS(endpoint, options: options) else { return }
                self?.end(with: TransportError(.greeting, .tlsOnPlaintextPort))
            }
        }
    }

    /// Whether a TLS handshake at this port gets as far as certificates, good or bad.
    private static func speaksTLS(_ endpoint: ServerEndpoint, options: ConnectionOptions) async -> Bool {
        do {
            try await open(to: ServerEndpoint(host: endpoint.host, port: endpoint.port, security: .tls), options: options).close()
            return true
        } catch {
            guard case .tls(let failure) = error.cause else { return false }
            return !failure.chain.isEmpty
        }
    }

    // MARK: Reading

    /// The next bytes, nil when the server has closed in good order.
    ///
    /// - Parameter limit: how long to wait, ``ConnectionOptions/Timeouts/silence`` where nil; when it passes the connection ends with
    ///   ``TransportError/Cause/timedOut``.
    public func read(within limit: Duration? = nil) async throws(TransportError) -> ByteBuffer? {
        while true {
            if let inflated = try session.withLock({ session throws(TransportError) in try session.codec?.inflateNext() }) {
                return inflated
            }
            guard let raw = try await readRaw(within: limit) else { return nil }
            let isPlain = session.withLock { session in
                session.codec?.push(raw)
                return session.codec == nil
            }
            if isPlain { return raw }
        }
    }

    /// What has come; for a reader that would hold a task's memory for hours only to wait.
    enum Arrival {
        case bytes(ByteBuffer)
        /// Nothing has: `wake` is called once, as soon as something has, or the end.
        case nothing
        /// The server has closed in good order.
        case end
    }

    /// As ``read(within:)`` without waiting. The caller judges silence by a clock of its own.
    func poll(orWake wake: @escaping @Sendable () -> Void) throws(TransportError) -> Arrival {
        while true {
            if let inflated = try session.withLock({ session throws(TransportError) in try session.codec?.inflateNext() }) {
                return .bytes(inflated)
            }
            guard let (delivery, resume) = inbox.take(orTell: wake) else { return .nothing }
            if resume { channel.eventLoop.execute { [handler] in handler.value.setAutoRead(true) } }
            guard let raw = try delivery.get() else { return .end }
            let isPlain = session.withLock { session in
                session.codec?.push(raw)
                return session.codec == nil
            }
            if isPlain { return .bytes(raw) }
        }
    }

    private func readRaw(within limit: Duration?) async throws(TransportError) -> ByteBuffer? {
        if let (delivery, resume) = inbox.take() {
            if resume { channel.eventLoop.execute { [handler] in handler.value.setAutoRead(true) } }
            return try delivery.get()
        }
        let deadline = NIODeadline.now() + TimeAmount(limit ?? options.timeouts.silence)
        let delivery = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if inbox.wait(continuation, until: deadline) {
                    channel.eventLoop.execute { [handler] in handler.value.checkAlarm() }
                }
            }
        } onCancel: {
            end(with: TransportError(.transfer, .cancelled))
        }
        return try delivery.get()
    }

    /// Bytes that have come and that nobody has read.
    public var bufferedBytes: Int { inbox.bufferedBytes }

    // MARK: TLS

    /// Turns the line into TLS after the server has agreed to STARTTLS.
    ///
    /// - Parameter leftover: bytes the caller has read and not yet used. Any such byte, here or in the connection, was injected before
    ///   the handshake: ``TransportError/Cause/startTLSInjection``, and the connection ends.
    public func startTLS(leftover: Int = 0) async throws(TransportError) {
        guard leftover == 0, inbox.bufferedBytes == 0 else {
            let error = TransportError(.startTLS, .startTLSInjection)
            end(with: error)
            throw error
        }
        try await handshake()
    }

    private func handshake() async throws(TransportError) {
        let began = ContinuousClock.now
        defer { session.withLock { $0.timings.tls = ContinuousClock.now - began } }
        let verdict = VerificationVerdict()
        let verifier = CertificateVerifier(host: endpoint.host, trust: options.trust, pinned: options.pinnedCertificate)
        let identity = options.clientIdentity
        let serverName = IPAddress(endpoint.host) == nil ? endpoint.host : nil
        let limit = TimeAmount(options.timeouts.tls)
        let isFirst = endpoint.security == .tls
        let shaken = channel.eventLoop.flatSubmit { [channel, handler, inbox] () -> EventLoopFuture<Void> in
            // Checked here again: between the caller's check and this turn of the loop more may have come.
            guard inbox.bufferedBytes == 0 else {
                let error =
                    isFirst ? TransportError(.tls, .tls(TLSFailure(.plaintextOnTLSPort))) : TransportError(.startTLS, .startTLSInjection)
                return channel.eventLoop.makeFailedFuture(error)
            }
            let started = handler.value.startTLS(
                {
                    let context = try TLSContexts.context(for: identity)
                    let tls = try NIOSSLClientHandler(
                        context: context, serverHostname: serverName,
                        customVerificationCallback: { verdict.judge($0, by: verifier, promise: $1) })
                    return (tls, verdict)
                }, timeout: limit)
            return started ?? channel.eventLoop.makeFailedFuture(inbox.failure ?? TransportError(.tls, .closedByPeer))
        }
        // Asked on the way, where it costs no turn of its own.
        let future = shaken.flatMap { [channel] in channel.nioSSL_tlsVersion().recover { _ in nil } }
        let outcome: Result<TLSVersion?, any Error> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in future.whenComplete { continuation.resume(returning: $0) } }
        } onCancel: {
            end(with: TransportError(.tls, .cancelled))
        }
        let version: TLSVersion?
        switch outcome {
        case .success(let found): version = found
        case .failure(let error):
            let mapped = TransportError(error, stage: .tls)
            let cause = if case .cancelled = inbox.failure?.cause { TransportError(.tls, .cancelled) } else { mapped }
            end(with: cause)
            options.logger?.debug("TLS failed", metadata: ["host": "\(endpoint.host)", "cause": "\(cause.code)"])
            throw cause
        }
        let info = TLSInfo(
            version: TLSInfo.name(of: version), certificates: verdict.presented,
            channelBinding: ChannelBindingMemory.isRefused(endpoint) ? nil : verdict.binding)
        session.withLock { $0.tls = info }
    }

    /// Remembers that this server does not take our kind of channel binding, so that later sessions do not begin with a failed sign-in.
    ///
    /// Called when a -PLUS mechanism failed and another one then succeeded with the same credentials.
    public func channelBindingWasRefused() { ChannelBindingMemory.refuse(endpoint) }

    /// How long it took to get here.
    public var timings: Timings { session.withLock { $0.timings } }

    /// The TLS session, nil on a plaintext line.
    public var tlsInfo: TLSInfo? { session.withLock { $0.tls } }

    public var isEncrypted: Bool { tlsInfo != nil }

    // MARK: Compression

    /// Turns on DEFLATE in both directions after the server has agreed (RFC 4978).
    ///
    /// - Parameter leftover: bytes the caller has read beyond the server's agreement: they are already compressed.
    public func startCompression(leftover: ByteBuffer = ByteBuffer()) throws(TransportError) {
        try session.withLock { session throws(TransportError) in
            let codec = try DeflateCodec()
            codec.push(leftover)
            session.codec = codec
        }
    }

    // MARK: Ending

    /// The address that was connected to, as text.
    public var remoteAddress: String? { channel.remoteAddress.flatMap { IPAddress($0)?.description } }

    /// Whether no more bytes can come, apart from those still to be read.
    public var hasEnded: Bool { inbox.hasEnded }

    /// Closes; a waiting reader gets nil. Safe to call twice.
    public func close() { end(with: nil) }

    /// Closes with a last word when nobody has called ``keep()`` by then.
    public func expire(after idle: Duration, saying farewell: [UInt8]) {
        let timer = channel.eventLoop.scheduleTask(in: TimeAmount(idle)) { [weak self] in
            guard let self, !self.hasEnded else { return }
            self.channel.writeAndFlush(ByteBuffer(bytes: farewell), promise: nil)
            self.close()
        }
        session.withLock { session in
            session.expiry?.cancel()
            session.expiry = timer
        }
    }

    /// Takes back ``expire(after:saying:)``.
    public func keep() {
        session.withLock { session in
            session.expiry?.cancel()
            session.expiry = nil
        }
    }

    /// Closes for a reason: waiting and later calls end with this error.
    public func end(with error: TransportError?) {
        inbox.end(error)
        channel.close(promise: nil)
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self = overflow ? .nanoseconds(.max / 4) : .nanoseconds(min(nanoseconds, .max / 4) + attoseconds / 1_000_000_000)
    }
}
