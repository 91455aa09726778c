import HTTPTypes
import Hummingbird
import NIOCore
import PostroomCore
import PostroomJMAP

/// JMAP over HTTP (RFC 8620): session, API, upload, download, event source.
func addJMAPRoutes(to router: Router<WebContext>, services: WebServices) {
    JMAPRoutes(services: services).add(to: router)
    JMAPBlobRoutes(services: services).add(to: router)
    JMAPEventRoute(services: services).add(to: router)
}

/// The session resource and the API endpoint.
struct JMAPRoutes {
    let services: WebServices

    func add(to router: Router<WebContext>) {
        router.get(".well-known/jmap") { request, context in try await session(request, context) }
        router.get("jmap/session") { request, context in try await session(request, context) }
        router.post("jmap/api") { request, context in try await api(request, context) }
        // Where Cyrus and Stalwart have both: clients that were told that address by hand.
        router.get("jmap") { request, context in try await session(request, context) }
        router.post("jmap") { request, context in try await api(request, context) }
    }

    private func session(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await services.jmap.session(of: context.user, baseURL: Self.baseURL(request))
        // RFC 8620 §2: it must not be cached, its state tells when it has changed.
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache, no-store, must-revalidate"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// As the client sees us: through a proxy, what the proxy says of it.
    static func baseURL(_ request: Request) -> String {
        func first(_ name: String) -> String? {
            HTTPField.Name(name).flatMap { request.headers[$0] }?.split(separator: ",").first.map { $0.filter { $0 != " " } }
        }
        let scheme = first("X-Forwarded-Proto") == "https" ? "https" : "http"
        let host = first("X-Forwarded-Host") ?? request.head.authority ?? "localhost"
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: ".-:[]".utf8.contains(byte)
            }
        }
        return scheme + "://" + (isPlain ? host : "localhost")
    }

    private func api(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        do {
            let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() }
            guard type == "application/json" else {
                throw RequestProblem("notJSON", "The content type of a request must be application/json.")
            }
            let limit = services.jmap.limits.maxSizeRequest
            let body = try await Self.collect(request, upTo: limit)
            guard body.count <= limit else { throw RequestProblem.limit("maxSizeRequest", "A request may have \(limit) octets.") }
            // RFC 8620 §3.8: what is said to people is said in the language that they ask for, and that is told.
            let language = Language(preferences: request.headers[.acceptLanguage] ?? "")
            let run = try await services.jmap.begin(body, user: user, credential: context.credential, language: language)
            var response = await Self.response(of: run)
            response.headers[.contentLanguage] = language.rawValue
            return response
        } catch let problem as RequestProblem {
            return Self.problem(problem)
        }
    }

    /// Octets that are answered in one piece, with their length told and compressed; what is longer is streamed.
    private static let wholeAnswer = 1 << 20

    private static func response(of run: JMAPRun) async -> Response {
        var begun: [UInt8] = []
        var isComplete = false
        while begun.count < wholeAnswer, !isComplete {
            if let piece = await run.next() { begun += piece } else { isComplete = true }
        }
        let head = begun
        let body =
            isComplete
            ? ResponseBody(byteBuffer: ByteBuffer(bytes: head))
            : ResponseBody { writer in
                do {
                    try await writer.write(ByteBuffer(bytes: head))
                    while let piece = await run.next() { try await writer.write(ByteBuffer(bytes: piece)) }
                    try await writer.finish(nil)
                } catch {
                    await run.end()
                    throw error
                }
            }
        return Response(status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"], body: body)
    }

    /// The body, at most one octet more than `limit` where it is longer.
    static func collect(_ request: Request, upTo limit: Int) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit { return [UInt8](repeating: 0, count: limit + 1) }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            bytes += buffer.readableBytesView
            if bytes.count > limit { return Array(bytes.prefix(limit + 1)) }
        }
        return bytes
    }

    static func problem(_ problem: RequestProblem) -> Response {
        Response(
            status: HTTPResponse.Status(code: problem.status),
            headers: [.contentType: "application/problem+json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: problem.json())))
    }
}
