/// A method: the capability that it belongs to, and what it does.
struct Method: Sendable {
    typealias Body = @Sendable (_ arguments: JSONObject, _ context: RequestContext) async throws -> [MethodResponse]

    var capability: Capability
    var run: Body

    /// Every method by its name.
    static let all: [String: Method] = {
        var methods: [String: Method] = [:]
        func add(_ capability: Capability, _ name: String, _ body: @escaping @Sendable (JSONObject, RequestContext) async throws -> [UInt8])
        {
            methods[name] = Method(capability: capability) { [MethodResponse(name: name, arguments: try await body($0, $1))] }
        }
        add(.core, "Core/echo") { arguments, _ in
            var json = JSONWriter()
            json.value(.object(arguments))
            return json.bytes
        }
        add(.core, "Blob/copy", BlobMethods.copy)
        add(.core, "PushSubscription/get", PushMethods.get)
        add(.core, "PushSubscription/set", PushMethods.set)
        add(.blob, "Blob/upload", BlobMethods.upload)
        add(.blob, "Blob/get", BlobMethods.get)
        add(.blob, "Blob/lookup", BlobMethods.lookup)
        add(.mail, "Mailbox/get", MailboxMethods.get)
        add(.mail, "Mailbox/changes", MailboxMethods.changes)
        add(.mail, "Mailbox/query", MailboxMethods.query)
        add(.mail, "Mailbox/queryChanges", MailboxMethods.queryChanges)
        add(.mail, "Mailbox/set", MailboxMethods.set)
        add(.mail, "Thread/get", ThreadMethods.get)
        add(.mail, "Thread/changes", ThreadMethods.changes)
        add(.mail, "Email/get", EmailMethods.get)
        add(.mail, "Email/changes", EmailMethods.changes)
        add(.mail, "Email/query", EmailMethods.query)
        add(.mail, "Email/queryChanges", EmailMethods.queryChanges)
        add(.mail, "Email/set", EmailMethods.set)
        add(.mail, "Email/import", EmailMethods.importEmails)
        add(.mail, "Email/parse", EmailMethods.parse)
        methods["Email/copy"] = Method(capability: .mail, run: EmailMethods.copy)
        add(.mail, "SearchSnippet/get", SnippetMethods.get)
        add(.submission, "Identity/get", IdentityMethods.get)
        add(.submission, "Identity/changes", IdentityMethods.changes)
        add(.submission, "Identity/set", IdentityMethods.set)
        add(.submission, "EmailSubmission/get", SubmissionMethods.get)
        add(.submission, "EmailSubmission/changes", SubmissionMethods.changes)
        add(.submission, "EmailSubmission/query", SubmissionMethods.query)
        add(.submission, "EmailSubmission/queryChanges", SubmissionMethods.queryChanges)
        methods["EmailSubmission/set"] = Method(capability: .submission, run: SubmissionMethods.set)
        add(.quota, "Quota/get", QuotaMethods.get)
        add(.quota, "Quota/changes", QuotaMethods.changes)
        add(.quota, "Quota/query", QuotaMethods.query)
        add(.quota, "Quota/queryChanges", QuotaMethods.queryChanges)
        return methods
    }()
}
