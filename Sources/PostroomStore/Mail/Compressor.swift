import CZstd
import Synchronization

/// Zstandard's working memory, kept from message to message: to make and clear it anew costs as much as to compress a short one.
///
/// `@unchecked` because a pointer of C is never `Sendable` to the compiler: a context may be used by any thread, by one at a time (zstd.h,
/// "Explicit context"), and whoever takes one out of `idle` has it alone until it is given back.
struct Compressor: @unchecked Sendable {
    private let context: OpaquePointer

    /// Those that nobody uses now: never more than were at work at the same time, which is one a core.
    private static let idle = Mutex<[Compressor]>([])

    static func withOne(_ body: (OpaquePointer?) -> Int) -> Int {
        guard let compressor = idle.withLock({ $0.popLast() }) ?? ZSTD_createCCtx().map({ Compressor(context: $0) }) else {
            // Out of memory: what is not compressed is stored as it is.
            return 0
        }
        defer { idle.withLock { $0.append(compressor) } }
        return body(compressor.context)
    }
}
