import NIOCore

/// Ending a wait for events from outside: a timer of the event loop and a flag, where tasks that wait beside it would cost kilobytes a connection.
extension IMAPClient {
    /// Who waits for the next of ``events`` gets nil, though the connection is open; where nobody waits, the next one does who would have to.
    public func interruptEvents() { pipeline.events.interrupt() }

    /// The same after a while, unless it is called off.
    public func interruptEvents(after pause: Duration) -> EventsTimer {
        EventsTimer(
            timer: pipeline.connection.channel.eventLoop.scheduleTask(in: TimeAmount(pause)) { [events = pipeline.events] in
                events.interrupt()
            })
    }

    public struct EventsTimer: Sendable {
        fileprivate let timer: Scheduled<Void>

        public func cancel() { timer.cancel() }
    }
}
