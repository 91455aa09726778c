import CZlib
import HTTPTypes
import Hummingbird
import NIOCore

/// gzip (RFC 9110 §8.4.1.3) for whole bodies of text; event streams and small answers pass as they are.
struct CompressionMiddleware: RouterMiddleware {
    static let smallest = 1024
    static let largest = 16 << 20

    func handle(_ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response) async throws -> Response {
        var response = try await next(request, context)
        guard Self.isWanted(request.headers[.acceptEncoding] ?? ""), request.method != .head, response.status == .ok,
            response.headers[.contentEncoding] == nil, let length = response.body.contentLength,
            (Self.smallest...Self.largest).contains(length), Self.isText(response.headers[.contentType] ?? "")
        else { return response }
        let collector = BodyCollector()
        try await response.body.write(collector)
        let plain = collector.bytes
        guard let packed = Self.gzip(plain), packed.count < plain.count else {
            response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: plain))
            return response
        }
        response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: packed))
        response.headers[.contentEncoding] = "gzip"
        response.headers[.contentLength] = String(packed.count)
        response.headers[.vary] = "Accept-Encoding"
        // The same content, other octets (RFC 9110 §8.8.3.3).
        if let tag = response.headers[.eTag], !tag.hasPrefix("W/") { response.headers[.eTag] = "W/" + tag }
        return response
    }

    /// Whether Accept-Encoding has gzip, and not only to refuse it (RFC 9110 §12.5.3).
    static func isWanted(_ header: String) -> Bool {
        header.lowercased().split(separator: ",").contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " } }
            guard parts.first == "gzip" || parts.first == "x-gzip" else { return false }
            return !parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
        }
    }

    private static func isText(_ type: String) -> Bool {
        !type.hasPrefix("text/event-stream")
            && (type.hasPrefix("text/") || type.hasPrefix("application/json") || type.hasPrefix("application/problem+json")
                || type.contains("javascript") || type.hasPrefix("image/svg"))
    }

    static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 15 window bits and 16 for the gzip wrapper.
        guard
            deflateInit2_(&stream, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var out = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        var input = bytes
        let result = input.withUnsafeMutableBufferPointer { source in
            out.withUnsafeMutableBufferPointer { target -> Int32 in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        guard result == Z_STREAM_END else { return nil }
        out.removeLast(out.count - Int(stream.total_out))
        return out
    }
}

/// Gathers a body that is known to be small; used by one task at a time.
private final class BodyCollector: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws { bytes += buffer.readableBytesView }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
