import Hummingbird
import PostroomCore
import PostroomJMAP

/// With whom an account is shared, and for what.
struct ShareRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("accounts/:id/shares") { _, context in try await list(context) }
        group.post("accounts/:id/shares") { request, context in try await share(request, context) }
        group.delete("accounts/:id/shares/:user") { _, context in
            let user = try UserID(context.parameters.require("user", as: Int64.self))
            try await services.accounts.unshare(AccountRoutes.id(context), with: user, by: context.user)
            return Response.noContent
        }
    }

    private func list(_ context: WebContext) async throws -> Response {
        let shares = try await services.accounts.shares(of: AccountRoutes.id(context), by: context.user)
        let users = Dictionary(uniqueKeysWithValues: try await services.directory.users().map { ($0.id, $0) })
        return Response.json(["shares": .array(shares.map { Self.json($0, users[$0.userID]) })])
    }

    private func share(_ request: Request, _ context: WebContext) async throws -> Response {
        let actor = try context.user
        var body = try await RequestBody(request)
        let name = body.required("user")
        if !body.hasText("right") { _ = body.required("right") }
        let right = body.choice("right", ShareRight.self)
        try body.finish()
        let (share, user) = try await services.accounts.share(AccountRoutes.id(context), with: name, right: right ?? .read, by: actor)
        return Response.json(Self.json(share, user), status: .created)
    }

    private static func json(_ share: AccountShare, _ user: User?) -> JSONValue {
        [
            "userId": .id(share.userID), "userName": .text(user?.name), "displayName": .text(user?.displayName),
            "right": .string(share.right.rawValue), "createdAt": .time(share.createdAt),
        ]
    }
}
