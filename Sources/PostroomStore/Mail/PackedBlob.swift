import CZlib
import CZstd
import Crypto
import PostroomCore

/// Bytes as they are stored: named by their SHA-256, compressed (Zstandard, RFC 8878) where that saves something.
struct PackedBlob: Sendable {
    let id: BlobID
    let size: Int
    let isCompressed: Bool
    let data: [UInt8]

    init(_ bytes: [UInt8]) {
        id = BlobID(sha256: Array(SHA256.hash(data: bytes)))
        size = bytes.count
        if let packed = Self.packed(bytes) {
            isCompressed = true
            data = packed
        } else {
            isCompressed = false
            data = bytes
        }
    }

    /// nil where it would not get smaller by an eighth.
    private static func packed(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 64 else { return nil }
        let limit = bytes.count - bytes.count / 8
        // With room for the worst case it need not watch for the end, which makes it a third faster.
        let packed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, initialized in
            // Out of memory: what is not compressed is stored as it is.
            let count = ZstdContexts.compressing.withOne { ZSTD_compress2($0, buffer.baseAddress, buffer.count, bytes, bytes.count) }
            initialized = ZSTD_isError(count) == 0 ? count : 0
        }
        return packed.isEmpty || packed.count > limit ? nil : packed
    }

    /// The first bytes of a Zstandard frame; zlib's begin otherwise.
    private static let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    /// The bytes of a stored row.
    static func unpack(_ data: [UInt8], size: Int, isCompressed: Bool) throws -> [UInt8] {
        guard isCompressed else { return data }
        var count = uLongf(size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            if data.starts(with: frame) {
                let count = ZstdContexts.unpacking.withOne {
                    ZSTD_decompressDCtx($0, buffer.baseAddress, buffer.count, data, data.count)
                }
                initialized = ZSTD_isError(count) == 0 ? count : 0
                return
            }
            let code = uncompress(buffer.baseAddress, &count, data, uLong(data.count))
            initialized = code == Z_OK ? Int(count) : 0
        }
        guard bytes.count == size else { throw StoreError.failed("a stored message does not unpack: the database file is damaged") }
        return bytes
    }
}
