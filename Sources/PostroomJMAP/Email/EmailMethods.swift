import MailMIME
import PostroomCore

/// Email/get, Email/changes and Email/parse (RFC 8621 §4).
enum EmailMethods {
    static func get(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try GetCall(object, context, also: BodyOptions.names)
        let writer = EmailWriter(
            properties: try Self.properties(call.properties, default: EmailProperty.defaults), body: try BodyOptions(call.arguments))
        let wanted: [EmailID]
        var notFound: [String] = []
        if let ids = call.ids {
            wanted = ids.compactMap(JMAPID.email)
        } else {
            let limit = context.limits.maxObjectsInGet
            let page = try await context.mail.query(EmailQuery(), window: QueryWindow(limit: limit + 1), of: call.account.id)
            guard page.ids.count <= limit else {
                throw MethodError("requestTooLarge", "There are more than \(limit) emails. Ask for them by id.")
            }
            wanted = page.ids
        }
        let emails: [EmailRecord]
        let state: Int64
        if wanted.isEmpty {
            emails = []
            state = try await call.account.state(of: .email)
        } else {
            (emails, state) = try await context.mail.emailsAndState(wanted, of: call.account.id)
        }
        if let ids = call.ids, emails.count < ids.count {
            let found = Set(emails.map(\.id))
            notFound = ids.filter { id in JMAPID.email(id).map { !found.contains($0) } ?? true }
        }
        guard writer.needsSource else {
            return call.response(state: state, list: emails, notFound: notFound) { writer.write($0, message: nil, to: &$1) }
        }
        let reader = BlobReader(context, account: call.account.id)
        var list: [[UInt8]] = []
        for email in emails {
            var json = JSONWriter(reserving: 4096)
            writer.write(email, message: try await reader.message(of: email), to: &json)
            list.append(json.bytes)
        }
        return call.response(state: state, list: list, notFound: notFound) { $1.raw($0) }
    }

    private static func properties(_ names: [String]?, default fallback: [EmailProperty]) throws -> [EmailProperty] {
        guard let names else { return fallback }
        var seen: Set<EmailProperty> = []
        return try names.map(EmailProperty.init).filter { seen.insert($0).inserted }
    }

    static func changes(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        try await ChangesCall.run(object, context, type: .email)
    }

    static func parse(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: BodyOptions.names.union(["accountId", "blobIds", "properties"]))
        let account = try context.account(arguments)
        guard let blobs = try arguments.distinctIDs("blobIds", context) else {
            throw MethodError.invalidArguments("\"blobIds\" is missing.")
        }
        guard blobs.count <= context.limits.maxObjectsInGet else { throw MethodError("requestTooLarge") }
        let writer = EmailWriter(
            properties: try properties(try arguments.strings("properties"), default: EmailProperty.parseDefaults),
            body: try BodyOptions(arguments))
        let reader = BlobReader(context, account: account.id)
        var parsed: [(String, [UInt8])] = []
        var notFound: [String] = []
        var notParsable: [String] = []
        for id in blobs {
            guard let name = BlobName(id), let bytes = try await reader.bytes(name) else {
                notFound.append(id)
                continue
            }
            let message = MIMEMessage.opened(bytes)
            guard message.isMail else {
                notParsable.append(id)
                continue
            }
            var json = JSONWriter(reserving: 2048)
            writer.write(message, blob: name, to: &json)
            parsed.append((id, json.bytes))
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("accountId", account.jmap)
        json.key("parsed")
        SetOutcome.map(parsed, &json) { $1.raw($0) }
        json.key("notParsable")
        write(notParsable, to: &json)
        json.key("notFound")
        write(notFound, to: &json)
        json.endObject()
        return json.bytes
    }

    /// An `Id[]|null` that is null where there is none.
    static func write(_ ids: [String], to json: inout JSONWriter) {
        guard !ids.isEmpty else { return json.null() }
        json.beginArray()
        for id in ids { json.string(id) }
        json.endArray()
    }
}

extension MIMEMessage {
    /// True for bytes that begin as a message does: with header fields, one of which a message has.
    ///
    /// The parser takes anything; RFC 8621 §4.8 and §4.9 want what is no message refused.
    var isMail: Bool {
        let known: Set<String> = [
            "from", "to", "cc", "bcc", "subject", "date", "message-id", "received", "return-path", "sender", "reply-to", "mime-version",
            "content-type",
        ]
        return headers.fields.contains { known.contains($0.name.lowercased()) }
    }
}
