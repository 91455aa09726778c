import Synchronization

/// Whether the kernel has taken what was written.
final class WriteMark: Sendable {
    let isDone = Atomic(false)
}
