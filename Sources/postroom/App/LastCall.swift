import Foundation
import ServiceLifecycle
import Synchronization

/// Ends the process at its time after the end was asked for, whatever is still at work: all that counts is in the store.
///
/// The service group's own limit is a fatal error, which on a busy machine made a crash with a long report of an end that took a moment longer.
final class LastCall: Service {
    private let delay: DispatchTimeInterval
    private let beforeExit: @Sendable () -> Void
    private let isAnswered = Mutex(false)

    init(after delay: DispatchTimeInterval, beforeExit: @escaping @Sendable () -> Void) {
        self.delay = delay
        self.beforeExit = beforeExit
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await gracefulShutdown()
        } onGracefulShutdown: { [self] in
            DispatchQueue.global(qos: .userInteractive).asyncAfter(deadline: .now() + delay) { [self] in
                guard !isAnswered.withLock({ $0 }) else { return }
                beforeExit()
                _exit(0)
            }
        }
    }

    /// Everything has ended by itself.
    func answered() { isAnswered.withLock { $0 = true } }
}
