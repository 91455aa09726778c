import CZstd
import Synchronization

/// Zstandard's working memory, kept from message to message: to make and clear it anew costs as much as to compress a short one.
///
/// `@unchecked` because a pointer of C is never `Sendable` to the compiler: a context may be used by any thread, by one at a time (zstd.h,
/// "Explicit context"), and whoever takes one out of `idle` has it alone until it is given back.
struct Compressor: @unchecked Sendable {
    private let context: OpaquePointer

    private init(new context: OpaquePointer) {
        self.context = context
        // Level 1 as it is for large inputs, going on faster where nothing repeats: two thirds of the time, 3 to 9 % more bytes. What does not
        // repeat, as attachments in base64, must be coded all the same; a library that does not know the parameter keeps to its level 1.
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1)
        let codesLiterals = ZSTD_CCtx_setParameter(context, Self.literalCompressionMode, 1)
        guard ZSTD_isError(codesLiterals) == 0 else { return }
        ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 14)
        ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, 7)
        ZSTD_CCtx_setParameter(context, ZSTD_c_targetLength, 4)
    }

    /// `ZSTD_c_literalCompressionMode`, which zstd.h has among what may change.
    private static let literalCompressionMode = ZSTD_cParameter(1_002)

    /// Those that nobody uses now: never more than were at work at the same time, which is one a core.
    private static let idle = Mutex<[Compressor]>([])

    static func withOne(_ body: (OpaquePointer?) -> Int) -> Int {
        guard let compressor = idle.withLock({ $0.popLast() }) ?? ZSTD_createCCtx().map({ Compressor(new: $0) }) else {
            // Out of memory: what is not compressed is stored as it is.
            return 0
        }
        defer { idle.withLock { $0.append(compressor) } }
        return body(compressor.context)
    }
}
