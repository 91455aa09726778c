import Foundation
import Hummingbird
import PostroomCore
import PostroomJMAP

/// One's own settings, password and tokens.
struct ProfileRoutes {
    let services: WebServices
    static let dateFormats = ["auto", "yyyy-MM-dd", "dd.MM.yyyy", "MM/dd/yyyy", "dd/MM/yyyy"]
    static let timeFormats = ["auto", "24h", "12h"]

    func add(to group: RouterGroup<WebContext>) {
        group.get("profile") { _, context in Response.json(.object(try context.user.json)) }
        group.patch("profile") { request, context in try await update(request, context) }
        group.post("profile/password") { request, context in try await changePassword(request, context) }
        group.get("tokens") { _, context in
            Response.json(["tokens": .array(try await services.directory.tokens(of: context.user.id).map(\.json))])
        }
        group.post("tokens") { request, context in try await addToken(request, context) }
        group.delete("tokens/:id") { _, context in
            let id = try ID<AccessToken>(context.parameters.require("id", as: Int64.self))
            guard try await services.directory.removeToken(id, of: context.user.id) else {
                throw Problem(.notFound, details: ["what": "token"])
            }
            return Response.noContent
        }
    }

    private func update(_ request: Request, _ context: WebContext) async throws -> Response {
        var user = try context.user
        var body = try await RequestBody(request)
        if let displayName = body.string("displayName") { user.displayName = displayName }
        user.profile.language = choice(&body, "language", ["", "en", "ru"]) ?? user.profile.language
        user.profile.dateFormat = choice(&body, "dateFormat", Self.dateFormats) ?? user.profile.dateFormat
        user.profile.timeFormat = choice(&body, "timeFormat", Self.timeFormats) ?? user.profile.timeFormat
        if let zone = body.string("timeZone") {
            if !zone.isEmpty, TimeZone(identifier: zone) == nil {
                body.add(
                    Problem(.invalidValue, field: "timeZone", details: ["field": "timeZone", "value": zone, "allowed": "Europe/Moscow, …"]))
            }
            user.profile.timeZone = zone
        }
        try body.finish()
        try await services.directory.updateUser(user)
        return Response.json(.object(user.json))
    }

    private func choice(_ body: inout RequestBody, _ name: String, _ allowed: [String]) -> String? {
        guard let value = body.string(name) else { return nil }
        if !allowed.contains(value) {
            body.add(
                Problem(
                    .invalidValue, field: name,
                    details: ["field": name, "value": value, "allowed": allowed.filter { !$0.isEmpty }.joined(separator: ", ")]))
        }
        return value
    }

    private func changePassword(_ request: Request, _ context: WebContext) async throws -> Response {
        var body = try await RequestBody(request)
        let (current, new) = (body.required("current"), body.required("new"))
        try body.finish()
        do {
            try await services.access.changePassword(of: context.user, current: current, new: new, sessionToken: context.sessionToken)
        } catch let problem as Problem where problem.code == .wrongCredentials {
            // 401 would make a browser think that its session is over.
            return ProblemMiddleware.document(problem, status: .forbidden, language: context.language)
        }
        return .noContent
    }

    private func addToken(_ request: Request, _ context: WebContext) async throws -> Response {
        var body = try await RequestBody(request)
        let name = body.required("name")
        let expiresAt = body.time("expiresAt")
        try body.finish()
        let (token, secret) = try await services.access.addToken(of: context.user, name: name, expiresAt: expiresAt)
        return Response.json(["token": token.json, "secret": .string(secret)], status: .created)
    }
}
