import Hummingbird
import PostroomCore
import PostroomJMAP

/// The directory of provider domains, and wishes for providers.
struct DomainRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("domains") { _, context in
            let domains = try await services.providers.domains(for: context.user).map { Self.json($0.domain, $0.provider) }
            return Response.json(["domains": .array(domains)])
        }
        group.post("domains") { request, context in
            let user = try context.user
            var body = try await RequestBody(request)
            let domain = body.required("domain")
            let id = body.required("providerId")
            try body.finish()
            let provider = try await services.providers.provider(ProviderID(Int64(id) ?? 0), for: user)
            return Response.json(
                Self.json(try await services.providers.addDomain(domain, to: provider.id, by: user), provider), status: .created)
        }
        group.delete("domains/:domain") { request, context in
            let provider = request.uri.queryParameters["provider"].flatMap { Int64($0) }.map { ProviderID($0) }
            let domain = try context.parameters.require("domain")
            try await services.providers.removeDomain(domain.removingPercentEncoding ?? domain, from: provider, by: context.user)
            return Response.noContent
        }
        group.get("provider-requests") { _, context in try await requests(context) }
        group.post("provider-requests") { request, context in
            var body = try await RequestBody(request)
            let (address, note) = (body.required("address"), body.string("note") ?? "")
            try body.finish()
            let wish = try await services.providers.request(address: address, note: note, by: context.user)
            return Response.json(Self.json(wish, userName: try context.user.displayName), status: .created)
        }
        group.post("provider-requests/:id/resolve") { _, context in
            let id = try ID<ProviderRequest>(context.parameters.require("id", as: Int64.self))
            try await services.providers.resolveRequest(id, by: context.user)
            return Response.noContent
        }
    }

    private func requests(_ context: WebContext) async throws -> Response {
        let names = Dictionary(uniqueKeysWithValues: try await services.directory.users().map { ($0.id, $0.displayName) })
        let list = try await services.providers.requests(for: context.user).map { Self.json($0, userName: names[$0.userID]) }
        return Response.json(["requests": .array(list)])
    }

    private static func json(_ domain: ProviderDomain, _ provider: Provider) -> JSONValue {
        ["domain": .string(domain.domain), "providerId": .id(domain.providerID), "providerName": .string(provider.settings.name)]
    }

    private static func json(_ wish: ProviderRequest, userName: String?) -> JSONValue {
        [
            "id": .id(wish.id), "userId": .id(wish.userID), "userName": .text(userName), "address": .string(wish.address),
            "note": .string(wish.note), "createdAt": .time(wish.createdAt), "resolvedAt": .time(wish.resolvedAt),
        ]
    }
}
