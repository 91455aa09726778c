import CZlib
import NIOCore

/// Raw DEFLATE in both directions for one connection (RFC 4978, RFC 1951).
///
/// Inflating happens piece by piece on the reader's demand, so that a small packet that grows a thousandfold costs one piece of
/// memory at a time.
final class DeflateCodec {
    /// What one call of ``inflateNext()`` gives at most.
    static let pieceSize = 64 * 1024

    private let inflater: UnsafeMutablePointer<z_stream>
    private let deflater: UnsafeMutablePointer<z_stream>
    private var input = ByteBuffer()
    private var hasMoreOutput = false

    init() throws(TransportError) {
        inflater = .allocate(capacity: 1)
        deflater = .allocate(capacity: 1)
        inflater.initialize(to: z_stream())
        deflater.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        // Window bits below zero: no zlib header. A memory level of 6 halves the state for commands of a few bytes.
        let isReady =
            inflateInit2_(inflater, -15, ZLIB_VERSION, size) == Z_OK
            && deflateInit2_(deflater, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 6, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        guard isReady else { throw TransportError(.transfer, .system("zlib")) }
    }

    deinit {
        inflateEnd(inflater)
        deflateEnd(deflater)
        inflater.deallocate()
        deflater.deallocate()
    }

    /// Adds compressed bytes from the network.
    func push(_ buffer: ByteBuffer) {
        var buffer = buffer
        if input.readableBytes == 0 { input = buffer } else { input.writeBuffer(&buffer) }
    }

    /// The next piece of plain bytes, nil where more input is needed.
    func inflateNext() throws(TransportError) -> ByteBuffer? {
        guard input.readableBytes > 0 || hasMoreOutput else { return nil }
        var output = ByteBuffer()
        var status = Z_OK
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceSize) { target in
            let room = min(target.count, Self.pieceSize)
            return input.readWithUnsafeMutableReadableBytes { source -> (Int, Int) in
                inflater.pointee.next_in = source.baseAddress?.assumingMemoryBound(to: UInt8.self)
                inflater.pointee.avail_in = UInt32(source.count)
                inflater.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                inflater.pointee.avail_out = UInt32(room)
                status = inflate(inflater, Z_SYNC_FLUSH)
                return (source.count - Int(inflater.pointee.avail_in), room - Int(inflater.pointee.avail_out))
            }
        }
        hasMoreOutput = inflater.pointee.avail_out == 0
        guard status == Z_OK || status == Z_BUF_ERROR else { throw TransportError(.transfer, .corruptCompression) }
        return output.readableBytes > 0 ? output : nil
    }

    /// The compressed form, flushed so that the server can read all of it.
    func deflate(_ buffer: ByteBuffer) -> ByteBuffer {
        var output = ByteBuffer()
        var source = buffer
        source.readWithUnsafeMutableReadableBytes { bytes -> Int in
            deflater.pointee.next_in = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            deflater.pointee.avail_in = UInt32(bytes.count)
            repeat {
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: 4096) { target in
                    deflater.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    deflater.pointee.avail_out = UInt32(target.count)
                    _ = CZlib.deflate(deflater, Z_SYNC_FLUSH)
                    return target.count - Int(deflater.pointee.avail_out)
                }
            } while deflater.pointee.avail_out == 0
            return bytes.count
        }
        return output
    }
}
