import Hummingbird
import PostroomCore
import PostroomJMAP

/// "Accounts in external resources": what people allowed Postroom, and who must sign in again.
struct GrantRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("grants") { _, context in
            let user = try context.user
            let providers = try await providers()
            let grants = try await services.accounts.grants(of: user).filter { $0.grant.state != .disconnected }
            return Response.json([
                "grants": .array(grants.map { $0.grant.json($0.account, providers[$0.account.providerID], in: context.language) })
            ])
        }
        group.delete("grants/:id") { _, context in
            try await services.accounts.disconnect(AccountRoutes.id(context), by: context.user)
            return Response.noContent
        }
        group.get("reauthorizations") { request, context in try await campaign(request, context) }
    }

    private func providers() async throws -> [ProviderID: Provider] {
        Dictionary(uniqueKeysWithValues: try await services.directory.providers().map { ($0.id, $0) })
    }

    /// For administrators: everybody who must sign in again, with a link to send to each.
    private func campaign(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.administrator
        let providers = try await providers()
        let people = Dictionary(uniqueKeysWithValues: try await services.directory.users().map { ($0.id, $0) })
        let origin = try await RedirectAddress(directory: services.directory).origin(for: request)
        let waiting = try await services.accounts.grants(of: user, all: true).filter { $0.grant.state != .active }
        let accounts = waiting.map { grant, account -> JSONValue in
            [
                "accountId": .id(account.id), "address": .string(account.address), "userId": .id(account.userID),
                "userName": .text(people[account.userID].map { $0.displayName.isEmpty ? $0.name : $0.displayName }),
                "providerId": .id(account.providerID), "providerName": .text(providers[account.providerID]?.settings.name),
                "state": .string(grant.state.rawValue), "expiresAt": .time(grant.expiresAt),
                "diagnosis": grant.diagnosis.map { .object($0.json(in: context.language)) } ?? .null,
                "link": .string("\(origin)/#/accounts/\(account.id)?sign-in=1"),
            ]
        }
        return Response.json(["accounts": .array(accounts)])
    }
}
