import Hummingbird
import PostroomCore
import PostroomJMAP

/// An account's mail as a whole: messages that could not be fetched, threads worked out anew.
struct AccountMailRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("accounts/:id/quarantine") { _, context in
            let found = try await services.accounts.quarantined(AccountRoutes.id(context), by: context.user)
            let messages = found.emails.map { $0.json(showsMail: found.showsMail) }
            return Response.json(["messages": .array(messages), "total": .int(Int64(found.total))])
        }
        group.post("accounts/:id/quarantine/retry") { request, context in
            var body = try await RequestBody(request)
            let ids = body.strings("emailIds").map {
                $0.compactMap { Int64($0.hasPrefix("e") ? $0.dropFirst() : $0[...]) }.map { EmailID($0) }
            }
            try body.finish()
            let count = try await services.accounts.retryQuarantined(ids, of: AccountRoutes.id(context), by: context.user)
            return Response.json(["retried": .int(Int64(count))])
        }
        group.post("accounts/:id/rethread") { request, context in try await rethread(request, context) }
    }

    /// A part of the work, and where to go on: so the client shows how far it is, and may stop anywhere.
    private func rethread(_ request: Request, _ context: WebContext) async throws -> Response {
        var body = try await RequestBody(request)
        var position: RethreadPosition?
        if let text = body.string("position") {
            position = RethreadPosition(text: text)
            if position == nil {
                body.add(
                    Problem(
                        .invalidValue, field: "position",
                        details: ["field": "position", "value": text, "allowed": "null, or the answer's position"]))
            }
        }
        try body.finish()
        let step = try await services.accounts.rethread(position, of: AccountRoutes.id(context), by: context.user)
        return Response.json([
            "position": .text(step.next?.text), "done": .int(Int64(step.done)), "total": .int(Int64(step.total)),
            "moved": .int(Int64(step.moved)), "createdThreads": .int(Int64(step.createdThreads)),
            "destroyedThreads": .int(Int64(step.destroyedThreads)),
        ])
    }
}

extension QuarantinedEmail {
    fileprivate func json(showsMail: Bool) -> JSONValue {
        let sender = email.content.from.first.map { $0.name.flatMap { $0.isEmpty ? nil : $0 } ?? $0.address }
        return [
            "emailId": .string(email.id.jmap), "subject": showsMail ? .string(email.content.subject) : .null,
            "from": showsMail ? .text(sender) : .null, "receivedAt": .time(email.receivedAt), "size": .int(Int64(email.content.size)),
            "reason": .string(reason), "since": since.map { .time($0) } ?? .null,
            "copies": .array(
                copies.map { copy in
                    [
                        "folder": .string(copy.path), "name": .string(copy.name), "role": .text(copy.role?.rawValue),
                        "uid": copy.uid == 0 ? .null : .int(Int64(copy.uid)),
                    ]
                }),
        ]
    }
}
