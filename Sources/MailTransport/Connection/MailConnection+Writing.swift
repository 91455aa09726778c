import NIOCore
import Synchronization

extension MailConnection {
    /// Writes and waits until the kernel has taken the bytes; compressed where compression is on.
    ///
    /// Cancelled before that it ends the connection: a part of a command may be on the line. Once the bytes are gone it leaves it be.
    public func write(_ bytes: ByteBuffer) async throws(TransportError) {
        guard bytes.readableBytes > 0 else { return }
        if let failure = inbox.failure { throw failure }
        let written = WriteMark()
        let answer = OneAnswer<Result<Void, any Error>>()
        enqueue(bytes, written) { answer.give($0) }
        let outcome = await withTaskCancellationHandler {
            await answer.value()
        } onCancel: {
            // On the loop, behind what is being written now.
            channel.eventLoop.execute {
                if !written.isDone.load(ordering: .relaxed) { self.end(with: TransportError(.transfer, .cancelled)) }
            }
        }
        if case .failure(let error) = outcome { throw inbox.failure ?? TransportError(error, stage: .transfer) }
    }

    /// Writes and waits until the kernel has taken the bytes.
    public func write(_ bytes: some Sequence<UInt8>) async throws(TransportError) { try await write(ByteBuffer(bytes: bytes)) }

    /// Writes a few bytes that nobody need wait for: to be told that they are gone takes two turns of threads. Where they can't be written, or not within
    /// the time for that, the connection ends, which its reader is told.
    func post(_ bytes: ByteBuffer) throws(TransportError) {
        if let failure = inbox.failure { throw failure }
        enqueue(bytes, WriteMark()) { _ in }
    }

    /// All of it in one turn of the loop. A timer is set only for what the kernel does not take at once.
    private func enqueue(_ bytes: ByteBuffer, _ written: WriteMark, then tell: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        let loop = channel.eventLoop
        let limit = TimeAmount(options.timeouts.write)
        // Compressing and queueing under one lock keeps concurrent writers in order.
        session.withLock { session in
            let bytes = session.codec?.deflate(bytes) ?? bytes
            loop.execute { [channel, handler] in
                let promise = loop.makePromise(of: Void.self)
                promise.futureResult.whenComplete { result in
                    written.isDone.store(true, ordering: .relaxed)
                    tell(result)
                }
                channel.writeAndFlush(bytes, promise: promise)
                guard !written.isDone.load(ordering: .relaxed) else { return }
                let timer = loop.scheduleTask(in: limit) { handler.value.abort(TransportError(.transfer, .timedOut)) }
                promise.futureResult.whenComplete { _ in timer.cancel() }
            }
        }
    }
}
