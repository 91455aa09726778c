import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PostroomCore
import PostroomJMAP

/// Upload and download of binary data (RFC 8620 §6).
struct JMAPBlobRoutes {
    let services: WebServices

    func add(to router: Router<WebContext>) {
        router.post("jmap/upload/:account") { request, context in try await upload(request, context) }
        router.get("jmap/download/:account/:blob/:name") { request, context in try await download(request, context) }
        router.head("jmap/download/:account/:blob/:name") { request, context in
            var response = try await download(request, context)
            response.headers[.contentLength] = response.body.contentLength.map(String.init)
            response.body = ResponseBody()
            return response
        }
    }

    private func upload(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        do {
            let limit = services.jmap.limits.maxSizeUpload
            let type = request.headers[.contentType] ?? "application/octet-stream"
            let account = try context.parameters.require("account")
            let json = try await services.jmap.upload(account: account, type: type, user: user) {
                let bytes = try await JMAPRoutes.collect(request, upTo: limit)
                guard bytes.count <= limit else {
                    throw RequestProblem.limit("maxSizeUpload", status: 413, "An upload may have \(limit) octets.")
                }
                return bytes
            }
            return Response(
                status: .created, headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
        } catch let problem as RequestProblem {
            return JMAPRoutes.problem(problem)
        }
    }

    private func download(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        do {
            let account = try context.parameters.require("account")
            let blob = try context.parameters.require("blob")
            let name = try context.parameters.require("name")
            let bytes = try await services.jmap.download(account: account, blob: blob, user: user)
            let type = request.uri.queryParameters["accept"].map(String.init) ?? "application/octet-stream"
            let tag = "\"\(blob.filter { $0.isASCII && $0 != "\"" })\""
            var headers: HTTPFields = [
                .contentType: Self.isMediaType(type) ? type : "application/octet-stream",
                .contentDisposition: Self.disposition(name.removingPercentEncoding ?? name),
                // RFC 8620 §6.2: a blob never changes.
                .cacheControl: "private, immutable, max-age=31536000", .eTag: tag, .acceptRanges: "bytes",
                // Whatever a stranger sent must not run as a page of ours.
                .contentSecurityPolicy: "default-src 'none'; sandbox", .xContentTypeOptions: "nosniff",
            ]
            if let known = request.headers[.ifNoneMatch], Self.matches(known, tag) {
                return Response(status: .notModified, headers: headers)
            }
            let mayBePart = request.headers[.ifRange].map { $0 == tag } ?? true
            switch ByteRange(mayBePart ? request.headers[.range] : nil, length: bytes.count) {
            case .whole: return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
            case .part(let range):
                headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)"
                return Response(status: .partialContent, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes[range])))
            case .unsatisfiable:
                headers[.contentRange] = "bytes */\(bytes.count)"
                return Response(status: .rangeNotSatisfiable, headers: headers)
            }
        } catch let problem as RequestProblem {
            return JMAPRoutes.problem(problem)
        }
    }

    /// If-None-Match (RFC 9110 §13.1.2): any of a list, weak or strong.
    private static func matches(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .contains { $0 == "*" || $0 == tag || $0 == "W/" + tag }
    }

    private static func isMediaType(_ text: String) -> Bool {
        text.contains("/") && text.utf8.count < 200 && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    /// RFC 6266: a plain name for old programs, the whole one for all others.
    static func disposition(_ name: String) -> String {
        let plain = String(
            name.unicodeScalars.map { $0.value >= 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "\\" && $0 != "/" ? Character($0) : "_" })
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        let legal = CharacterSet(charactersIn: Unicode.Scalar(0x21)...Unicode.Scalar(0x7E)).intersection(allowed)
        let encoded = name.addingPercentEncoding(withAllowedCharacters: legal) ?? "file"
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
    }
}
