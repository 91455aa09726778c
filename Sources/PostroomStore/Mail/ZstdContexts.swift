import CZstd
import Synchronization

/// Zstandard's working memory, kept from message to message: to make and clear it anew costs as much as to compress or unpack a short one.
final class ZstdContexts: Sendable {
    /// `@unchecked` because a pointer of C is never `Sendable` to the compiler: a context may be used by any thread, by one at a time (zstd.h,
    /// "Explicit context"), and whoever takes one out of `idle` has it alone until it is given back.
    private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    static let compressing = ZstdContexts {
        guard let context = ZSTD_createCCtx() else { return nil }
        // Level 1 as it is for large inputs, going on faster where nothing repeats: half of the time, 12 % more bytes. What does not
        // repeat, as attachments in base64, must be coded all the same; a library that does not know the parameter keeps to its level 1.
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1)
        let codesLiterals = ZSTD_CCtx_setParameter(context, literalCompressionMode, 1)
        guard ZSTD_isError(codesLiterals) == 0 else { return context }
        ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 14)
        ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, 7)
        ZSTD_CCtx_setParameter(context, ZSTD_c_targetLength, 6)
        return context
    }

    static let unpacking = ZstdContexts { ZSTD_createDCtx() }

    /// `ZSTD_c_literalCompressionMode`, which zstd.h has among what may change.
    private static let literalCompressionMode = ZSTD_cParameter(1_002)

    private let make: @Sendable () -> OpaquePointer?
    /// Those that nobody uses now: never more than were at work at the same time, which is one a core.
    private let idle = Mutex<[Context]>([])

    private init(_ make: @escaping @Sendable () -> OpaquePointer?) { self.make = make }

    /// What `body` returns; 0 where there is no memory for a context.
    func withOne(_ body: (OpaquePointer) -> Int) -> Int {
        guard let context = idle.withLock({ $0.popLast() }) ?? make().map({ Context(pointer: $0) }) else { return 0 }
        defer { idle.withLock { $0.append(context) } }
        return body(context.pointer)
    }
}
