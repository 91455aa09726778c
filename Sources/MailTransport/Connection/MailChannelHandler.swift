import NIOCore
import NIOSSL
import NIOTLS

/// The last handler of a connection: fills the ``Inbox``, keeps the alarm, carries TLS in. Lives on the event loop.
final class MailChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let inbox: Inbox
    /// Whether the server has said anything yet.
    private(set) var hasReceived = false
    private var context: ChannelHandlerContext?
    private var alarm: Scheduled<Void>?
    private var burst = Burst()
    private var handshake:
        (promise: EventLoopPromise<Void>, verdict: VerificationVerdict, timer: Scheduled<Void>, firstRecord: FirstRecordHandler)?

    init(inbox: Inbox) { self.inbox = inbox }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        alarm?.cancel()
        failHandshake(with: TransportError(.tls, .closedByPeer))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasReceived = true
        // TLS goes on to decrypt into the storage that it has handed on: where somebody still holds it, it first copies all of it, used
        // or not, up to half a megabyte each time.
        let received = unwrapInboundIn(data)
        var own = context.channel.allocator.buffer(capacity: received.readableBytes)
        own.writeImmutableBuffer(received)
        burst.octets += received.readableBytes
        if inbox.deliver(own) { setAutoRead(false) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Where the inbox is full, its reader ends that.
        guard burst.isLong(at: .now()), !inbox.isPaused else { return }
        setAutoRead(false)
        context.eventLoop.assumeIsolated().scheduleTask(in: Burst.pause) { [weak self] in
            if let self, !self.inbox.isPaused { self.setAutoRead(true) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        failHandshake(with: TransportError(.tls, .tls(TLSFailure(.handshakeFailed("the server closed the connection")))))
        inbox.end(nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Many servers hang up without the TLS closing alert; mail protocols have their own ends.
        if handshake == nil, error as? NIOSSLError == .uncleanShutdown { return }
        if let handshake {
            let verdict = handshake.verdict
            let failure =
                verdict.failure ?? TLSFailure(handshakeError: error, chain: CertificateSummary.summaries(of: verdict.presented))
            failHandshake(with: TransportError(.tls, .tls(failure)))
        }
        inbox.end(TransportError(error, stage: .transfer))
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent, let handshake {
            self.handshake = nil
            handshake.timer.cancel()
            handshake.promise.succeed()
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Puts TLS under the connection; the future ends with the handshake.
    func startTLS(_ makeHandler: () throws -> (NIOSSLClientHandler, VerificationVerdict), timeout: TimeAmount) -> EventLoopFuture<Void>? {
        guard let context, context.channel.isActive else { return nil }
        let promise = context.eventLoop.makePromise(of: Void.self)
        do {
            let (handler, verdict) = try makeHandler()
            let timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in
                self?.failHandshake(with: TransportError(.tls, .timedOut))
                self?.abort(TransportError(.tls, .timedOut))
            }
            let firstRecord = FirstRecordHandler()
            handshake = (promise, verdict, timer, firstRecord)
            try context.pipeline.syncOperations.addHandlers([firstRecord, handler], position: .first)
        } catch {
            handshake = nil
            promise.fail(TransportError(error, stage: .tls))
        }
        return promise.futureResult
    }

    /// Ends the connection for a reason of ours.
    func abort(_ error: TransportError?) {
        inbox.end(error)
        context?.close(promise: nil)
    }

    func setAutoRead(_ isOn: Bool) {
        guard let context else { return }
        _ = try? context.channel.syncOptions?.setOption(.autoRead, value: isOn)
    }

    /// Looks for an overdue reader now or when its time comes.
    func checkAlarm() {
        guard let context else { return }
        switch inbox.alarm(at: .now()) {
        case .idle: alarm = nil
        case .expired: abort(TransportError(.transfer, .timedOut))
        case .later(let deadline):
            alarm?.cancel()
            alarm = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.checkAlarm() }
        }
    }

    /// What comes without a stop. A server that sends all that it can wakes us for each record; where it goes on for long, reading waits for
    /// some records each time: fewer calls, fewer tasks to begin and end.
    private struct Burst {
        var octets = 0
        private var lastRead = NIODeadline.now()

        /// From here on it is long: the first answer to anything that a person waits for is shorter.
        static let long = 512 * 1024
        static let pause = TimeAmount.microseconds(500)
        private static let stop = TimeAmount.milliseconds(5)

        mutating func isLong(at now: NIODeadline) -> Bool {
            if now - lastRead > Self.stop { octets = 0 }
            lastRead = now
            return octets > Self.long
        }
    }

    private func failHandshake(with error: TransportError) {
        guard let handshake else { return }
        self.handshake = nil
        handshake.timer.cancel()
        let wasPlaintext = handshake.firstRecord.isTLS == false
        handshake.promise.fail(wasPlaintext ? TransportError(.tls, .tls(TLSFailure(.plaintextOnTLSPort))) : error)
    }
}
