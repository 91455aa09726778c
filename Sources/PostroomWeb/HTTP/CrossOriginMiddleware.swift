import HTTPTypes
import Hummingbird

/// Lets pages of other origins use JMAP (the Fetch standard's CORS protocol): webmail clients are mostly served from elsewhere.
///
/// Never with the cookie: "*" forbids a browser to read what it asked for with cookies, and the header that a change by cookie needs
/// (`AuthenticationMiddleware.ownPage`) is not allowed. A foreign page has the credentials that its user gave it, and no others.
struct CrossOriginMiddleware: RouterMiddleware {
    func handle(_ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response) async throws -> Response {
        let path = request.uri.path
        guard path == "/jmap" || path.hasPrefix("/jmap/") || path == "/.well-known/jmap" else { return try await next(request, context) }
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            // The question before the request carries no sign-in, so it is answered before anybody asks for one.
            return Response(
                status: .noContent,
                headers: [
                    .accessControlAllowOrigin: "*", .accessControlAllowMethods: "GET, HEAD, POST",
                    .accessControlAllowHeaders:
                        "Accept, Accept-Language, Authorization, Content-Type, If-None-Match, If-Range, Last-Event-ID, Range",
                    .accessControlMaxAge: "86400",
                ])
        }
        var response = try await next(request, context)
        response.headers[.accessControlAllowOrigin] = "*"
        response.headers[.accessControlExposeHeaders] = "Content-Disposition, Content-Length, Content-Range, ETag, Retry-After"
        return response
    }
}
