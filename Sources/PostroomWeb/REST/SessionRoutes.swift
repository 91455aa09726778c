import Foundation
import HTTPTypes
import Hummingbird
import PostroomCore
import PostroomJMAP

/// Signing in and out, and the first run.
struct SessionRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("session") { request, context in try await show(request, context) }
        group.post("session") { request, context in try await signIn(request, context) }
        group.delete("session") { request, context in try await signOut(request, context) }
        group.get("setup") { request, context in try await checkSetup(request) }
        group.post("setup") { request, context in try await setUp(request, context) }
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        Response.json([
            "user": context.identity.map { .object($0.json) } ?? .null,
            "setupRequired": .bool(try await services.access.needsSetup()), "version": .string(services.version),
            "policy": ["providersByAdministrators": .bool(try await services.providers.isLimitedToAdministrators())],
        ])
    }

    private func signIn(_ request: Request, _ context: WebContext) async throws -> Response {
        try Self.requireOwnPage(request)
        var body = try await RequestBody(request)
        let (name, password) = (body.required("name"), body.required("password"))
        try body.finish()
        let (user, token) = try await services.access.signIn(name: name, password: password, client: context.client)
        return Self.signedIn(user, token: token, isSecure: Self.isSecure(request))
    }

    private func signOut(_ request: Request, _ context: WebContext) async throws -> Response {
        if let token = context.sessionToken { try await services.access.signOut(token: token) }
        var response = Response.noContent
        response.setCookie(Cookie(name: AuthenticationMiddleware.cookie, value: "", maxAge: 0, path: "/", httpOnly: true, sameSite: .lax))
        return response
    }

    private func checkSetup(_ request: Request) async throws -> Response {
        guard try await services.access.isSetupTokenValid(request.uri.queryParameters["token"].map(String.init) ?? "") else {
            throw Problem(.setupLinkUsed)
        }
        return Response.json(["valid": true])
    }

    private func setUp(_ request: Request, _ context: WebContext) async throws -> Response {
        try Self.requireOwnPage(request)
        var body = try await RequestBody(request)
        let (token, name, password) = (body.required("token"), body.required("name"), body.required("password"))
        let displayName = body.string("displayName") ?? ""
        let language = UserRoutes.language(&body)
        try body.finish()
        let (user, session) = try await services.access.setUp(
            token: token, name: name, displayName: displayName, password: password, language: language)
        var response = Self.signedIn(user, token: session, isSecure: Self.isSecure(request))
        response.status = .created
        return response
    }

    /// Another site must not be able to sign somebody in, either.
    private static func requireOwnPage(_ request: Request) throws {
        let hostField = HTTPField.Name("Host").flatMap { request.headers[$0] }
        if let origin = request.headers[.origin], let host = request.head.authority ?? hostField {
            guard URL(string: origin).map({ url in url.port.map { "\(url.host ?? ""):\($0)" } ?? url.host ?? "" }) == host else {
                throw Problem(.crossSite)
            }
        }
    }

    /// Behind a proxy that ends TLS the cookie is for encrypted lines only.
    private static func isSecure(_ request: Request) -> Bool {
        request.headers[.init("X-Forwarded-Proto")!]?.lowercased() == "https"  // Legal characters.
    }

    private static func signedIn(_ user: User, token: String, isSecure: Bool) -> Response {
        var response = Response.json(["user": .object(user.json)])
        response.setCookie(
            Cookie(
                name: AuthenticationMiddleware.cookie, value: token, maxAge: Int(AccessService.sessionLifetime), path: "/",
                secure: isSecure, httpOnly: true, sameSite: .lax))
        return response
    }
}
