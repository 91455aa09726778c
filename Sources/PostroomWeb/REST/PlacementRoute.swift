import Hummingbird
import PostroomCore
import PostroomJMAP

/// Where emails lie on their server: folder and UID, for support and for scripts that talk IMAP beside us.
struct PlacementRoute {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("accounts/:id/placements") { request, context in
            let account = try await services.accounts.account(AccountRoutes.id(context), of: context.user)
            let texts = request.uri.queryParameters["ids"].map(String.init) ?? ""
            let ids = texts.split(separator: ",").compactMap { Int64($0.hasPrefix("e") ? $0.dropFirst() : $0) }.map { EmailID($0) }
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
    }
}
