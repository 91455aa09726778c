import HTTPTypes
import Hummingbird
import Logging
import PostroomCore

/// The static page, and the headers that keep strangers' code out of it.
struct PageMiddleware: RouterMiddleware {
    private let files = FileMiddleware<WebContext, LocalFileSystem>(
        WebApplication.assets.path,
        cacheControl: CacheControl([
            (.init(type: .any), [.public, .noCache])
        ]), searchForIndexHtml: true, logger: Self.quietLogger)

    /// Where the files lie is nobody's news: a command's standard error is for what went wrong.
    private static var quietLogger: Logger {
        var logger = Logger(label: "postroom.files")
        logger.logLevel = .warning
        return logger
    }

    func handle(_ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response) async throws -> Response {
        let path = request.uri.path
        let isPage = !path.hasPrefix("/api/") && !path.hasPrefix("/jmap") && !path.hasPrefix("/.well-known/")
        var response: Response
        if isPage, request.method == .get || request.method == .head, !["/healthz", "/readyz", "/metrics"].contains(path) {
            // The page's own modules lie below /mail/ too: they have an ending, the view's addresses have none.
            let isMailView = path == "/mail" || path.hasPrefix("/mail/") && !path.contains(".")
            response = try await page(isMailView ? Self.index(for: request) : request, context)
        } else {
            response = try await next(request, context)
        }
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = Self.policy
        }
        return response
    }

    /// The full-page mail view is the same page; it reads its address.
    private static func index(for request: Request) -> Request {
        var head = request.head
        head.path = "/index.html"
        return Request(head: head, body: request.body)
    }

    private func page(_ request: Request, _ context: WebContext) async throws -> Response {
        do {
            return try await files.handle(request, context: context) { _, _ in throw HTTPError(.notFound) }
        } catch {
            return ProblemMiddleware.response(
                to: error, language: Language(preferences: request.headers[.acceptLanguage] ?? ""), logger: context.logger)
        }
    }

    /// Own files only; mail is shown in frames under a stricter policy of their own.
    static let policy =
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-src 'self' blob: data:; "
        + "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
}
