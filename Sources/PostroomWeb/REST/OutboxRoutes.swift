import Hummingbird
import PostroomCore
import PostroomJMAP

/// The outbox with every outcome, and a person's decisions about it.
struct OutboxRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("accounts/:id/submissions") { _, context in try await list(context) }
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

    private func list(_ context: WebContext) async throws -> Response {
        let account = try await account(context)
        let submissions = try await services.mail.submissions(nil, of: account).sorted { $0.id > $1.id }.prefix(200)
        let emails = try await services.mail.emails(submissions.compactMap(\.emailID), of: account)
        let subjects = Dictionary(emails.map { ($0.id, $0.content.subject) }, uniquingKeysWith: { first, _ in first })
        let rendered = submissions.map { submission in
            submission.json(subject: submission.emailID.flatMap { subjects[$0] } ?? "", in: context.language)
        }
        return Response.json(["submissions": .array(rendered)])
    }
}
