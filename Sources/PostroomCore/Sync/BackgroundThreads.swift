import Dispatch
import Foundation
import Synchronization

/// Threads of their own for long work that nobody waits for: reading, packing and indexing the messages of a first synchronisation.
///
/// Swift's pool has one thread a core, and each of these pieces holds one for tens of milliseconds: a person's request would stand in line behind them
/// at each of its steps. Beside the pool, and at a lower priority, they take what the processors have left over; where nobody asks for anything, that is
/// all there is, as before.
public final class BackgroundThreads: Sendable {
    public static let shared = BackgroundThreads(count: max(2, ProcessInfo.processInfo.activeProcessorCount))

    /// Octets of mail that are read or packed where the caller is: that takes less than a few milliseconds.
    public static let fewOctets = 128 << 10

    /// How much lower: a tenth of what a thread of ordinary priority gets beside it: whoever wakes to answer a person goes first, and where other programs take every
    /// processor, this still gets on.
    private static let niceness: CInt = 10

    /// A person waits for what this task does: nothing of it goes behind others' work.
    @TaskLocal public static var isHurried = false

    private struct Queue {
        var jobs: [(@Sendable () -> Void)?] = []
        /// Places in `jobs` that were taken already; given back in bulk.
        var head = 0
        var hasThreads = false

        mutating func next() -> (@Sendable () -> Void)? {
            guard head < jobs.count else { return nil }
            // Nothing of a job may outlive it here: it holds megabytes of mail.
            let job = jobs[head].take()
            head += 1
            if head > 32, head * 2 > jobs.count {
                jobs.removeFirst(head)
                head = 0
            }
            return job
        }
    }

    private let count: Int
    private let queue = Mutex(Queue())
    private let ready = DispatchSemaphore(value: 0)

    private init(count: Int) { self.count = count }

    /// Does `work` on one of the threads, first come first served.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let result = await run { Result { try work() } }
        return try result.get()
    }

    public func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        if Self.isHurried { return work() }
        return await withCheckedContinuation { continuation in add { continuation.resume(returning: work()) } }
    }

    private func add(_ job: @escaping @Sendable () -> Void) {
        let isFirst = queue.withLock { queue in
            queue.jobs.append(job)
            defer { queue.hasThreads = true }
            return !queue.hasThreads
        }
        if isFirst { start() }
        ready.signal()
    }

    /// They live as long as the program does.
    private func start() {
        for _ in 0..<count {
            let thread = Thread { [self] in
                #if os(Linux)
                    // Not by `Thread.name`, which is lost where `start` has not yet written down what it began.
                    try? FileHandle(forWritingAtPath: "/proc/thread-self/comm")?.write(contentsOf: Array("background".utf8))
                    // Of the calling thread alone: to Linux each one is a process in this.
                    let processes = __priority_which_t(PRIO_PROCESS.rawValue)
                    setpriority(processes, 0, getpriority(processes, 0) + Self.niceness)
                #endif
                while true {
                    ready.wait()
                    queue.withLock { $0.next() }?()
                }
            }
            #if !os(Linux)
                thread.name = "background"
                thread.qualityOfService = .utility
            #endif
            thread.start()
        }
    }
}
