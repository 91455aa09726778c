import CZlib
import Crypto
import PostroomCore

/// Bytes as they are stored: named by their SHA-256, deflated at the fast level where that saves something.
struct PackedBlob: Sendable {
    let id: BlobID
    let size: Int
    let isCompressed: Bool
    let data: [UInt8]

    init(_ bytes: [UInt8]) {
        id = BlobID(sha256: Array(SHA256.hash(data: bytes)))
        size = bytes.count
        if let packed = Self.deflated(bytes) {
            isCompressed = true
            data = packed
        } else {
            isCompressed = false
            data = bytes
        }
    }

    /// nil where it would not get smaller by an eighth.
    private static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 64 else { return nil }
        let limit = bytes.count - bytes.count / 8
        var count = uLongf(limit)
        let packed = [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
            let code = compress2(buffer.baseAddress, &count, bytes, uLong(bytes.count), 1)
            initialized = code == Z_OK ? Int(count) : 0
        }
        return packed.isEmpty ? nil : packed
    }

    /// The bytes of a stored row.
    static func unpack(_ data: [UInt8], size: Int, isCompressed: Bool) throws -> [UInt8] {
        guard isCompressed else { return data }
        var count = uLongf(size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            let code = uncompress(buffer.baseAddress, &count, data, uLong(data.count))
            initialized = code == Z_OK ? Int(count) : 0
        }
        guard bytes.count == size else { throw StoreError.failed("a stored message does not unpack: the database file is damaged") }
        return bytes
    }
}
