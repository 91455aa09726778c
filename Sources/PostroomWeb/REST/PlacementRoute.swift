import Hummingbird
import PostroomCore
import PostroomJMAP

/// Where emails lie on their server: folder and UID, for support and for scripts that talk IMAP beside us.
struct PlacementRoute {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("accounts/:id/placements") { request, context in
            let account = try await services.accounts.account(AccountRoutes.id(context), of: context.user)
            let ids = Self.ids(request)
            let paths = Dictionary(
                uniqueKeysWithValues: try await services.mail.mailboxes(of: account.id).map { ($0.id, $0.path) })
            let placements = try await services.mail.placements(of: ids, account: account.id).map { placement -> JSONValue in
                [
                    "emailId": .string(placement.emailID.jmap), "mailboxId": .string(placement.mailboxID.jmap),
                    "folder": .text(paths[placement.mailboxID]), "uidValidity": .int(Int64(placement.uidValidity)),
                    "uid": .int(Int64(placement.uid)),
                ]
            }
            return Response.json(["placements": .array(placements)])
        }
        group.get("accounts/:id/email-ids") { request, context in
            let account = try await services.accounts.account(AccountRoutes.id(context), of: context.user)
            let ids = Self.ids(request)
            let present = try await services.mail.presentIDs(of: ids, account: account.id)
            let there = Set(try await services.mail.emails(ids.map { present[$0] ?? $0 }, of: account.id).map(\.id))
            let members = ids.map { id -> (String, JSONValue) in
                let now = present[id] ?? id
                return (id.jmap, there.contains(now) ? .string(now.jmap) : .null)
            }
            return Response.json(["emailIds": .object(JSONObject(members))])
        }
    }

    private static func ids(_ request: Request) -> [EmailID] {
        let texts = request.uri.queryParameters["ids"].map(String.init) ?? ""
        return texts.split(separator: ",").compactMap { Int64($0.hasPrefix("e") ? $0.dropFirst() : $0) }.map { EmailID($0) }
    }
}
