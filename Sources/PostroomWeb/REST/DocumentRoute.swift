import Foundation
import Hummingbird
import NIOCore
import PostroomCore

/// The API's own description (OpenAPI 3.1), as it lies among the page's files.
struct DocumentRoute {
    func add(to group: RouterGroup<WebContext>) {
        group.get("openapi.json") { _, _ in
            guard let data = FileManager.default.contents(atPath: WebApplication.assets.appendingPathComponent("openapi.json").path) else {
                throw Problem(.notFound, details: ["what": "openapi.json"])
            }
            return Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: Array(data))))
        }
    }
}
