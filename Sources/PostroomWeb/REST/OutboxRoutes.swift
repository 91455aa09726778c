import Hummingbird
import PostroomCore
import PostroomJMAP

/// The outbox with every outcome, and a person's decisions about it.
struct OutboxRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("accounts/:id/submissions") { request, context in try await list(request, context) }
        group.post("accounts/:id/submissions/:sid/resend") { _, context in
            try await services.outbox.resend(Self.submission(context), of: try await account(context, for: .manageSending))
            return Response.noContent
        }
        group.post("accounts/:id/submissions/:sid/dismiss") { _, context in
            try await services.outbox.dismiss(Self.submission(context), of: try await account(context, for: .manageSending))
            return Response.noContent
        }
    }

    private func account(_ context: WebContext, for need: AccountNeed = .read) async throws -> AccountID {
        try await services.accounts.account(AccountRoutes.id(context), of: context.user, for: need).id
    }

    private static func submission(_ context: WebContext) throws -> SubmissionID {
        let text = try context.parameters.require("sid")
        guard let number = Int64(text.hasPrefix("s") ? text.dropFirst() : text[...]) else {
            throw Problem(.notFound, details: ["what": "submission"])
        }
        return SubmissionID(number)
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let account = try await account(context)
        let found =
            if let thread = request.uri.queryParameters["thread"] {
                try await submissions(ofThread: String(thread), of: account)
            } else {
                try await services.mail.submissions(nil, of: account)
            }
        let submissions = found.sorted { $0.id > $1.id }.prefix(200)
        let present = try await services.mail.presentIDs(of: submissions.compactMap(\.emailID), account: account)
        let emails = try await services.mail.emails(submissions.compactMap { $0.emailID.map { present[$0] ?? $0 } }, of: account)
        let subjects = Dictionary(emails.map { ($0.id, $0.content.subject) }, uniquingKeysWith: { first, _ in first })
        let rendered = submissions.map { submission -> JSONValue in
            let email = submission.emailID.map { present[$0] ?? $0 }
            return submission.json(email: email, subject: email.flatMap { subjects[$0] } ?? "", in: context.language)
        }
        return Response.json(["submissions": .array(rendered)])
    }

    /// Those of the messages of one conversation, by their Message-IDs: a copy in Sent may be another email than the one submitted.
    private func submissions(ofThread thread: String, of account: AccountID) async throws -> [Submission] {
        guard let number = Int64(thread.hasPrefix("t") ? thread.dropFirst() : thread[...]) else { return [] }
        let emails = try await services.mail.threads([ThreadID(number)], of: account)[ThreadID(number)] ?? []
        let messages = try await services.mail.emails(emails, of: account).compactMap(\.content.messageID)
        return try await services.mail.submissions(of: messages, account: account)
    }
}
