import MailMIME
import PostroomCore

/// Email/import and Email/copy (RFC 8621 §4.8, §4.7).
extension EmailMethods {
    static func importEmails(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: ["accountId", "ifInState", "emails"])
        let account = try context.account(arguments, for: .write)
        guard arguments["emails"] != nil else { throw MethodError.invalidArguments("\"emails\" is missing.") }
        let emails = try arguments.objects("emails")
        try checkCount(emails.count, context)
        let current = try await account.state(of: .email)
        let ifInState = try arguments.string("ifInState")
        if let ifInState, State.number(ifInState) != current { throw MethodError("stateMismatch") }
        let mailboxes = Set(try await context.mail.mailboxes(of: account.id).map(\.id))
        let reader = BlobReader(context, account: account.id)
        var outcome = SetOutcome()
        var batch = EmailBatch(account, context, ifInState: ifInState == nil ? nil : current)
        for (key, value) in emails {
            do {
                guard JMAPID.isValid(key) else { throw MethodError.invalidArguments("\"\(key)\" is no creation id.") }
                let blob = value["blobId"]?.string.flatMap(context.resolve)
                let source = if let blob { try await reader.bytes(blob) } else { nil as [UInt8]? }
                var wrong = value.entries.map(\.key).filter { !["blobId", "mailboxIds", "keywords", "receivedAt"].contains($0) }
                if source == nil { wrong.append("blobId") }
                let refusal = SetError.invalidProperties(wrong, "There are no such properties, or no such blob.")
                var (placement, bytes) = try SetError.both(
                    Result { try EmailPlacement(value, mailboxes: mailboxes, context) },
                    Result { if wrong.isEmpty, let source { source } else { throw refusal } })
                let message = MIMEMessage.opened(bytes)
                guard message.isMail else { throw SetError("invalidEmail", "The blob is no message of RFC 5322.") }
                placement.receivedAt = placement.receivedAt ?? received(message)
                try await batch.add(key, bytes, placement)
            } catch {
                outcome.notCreated.append((key, try MailboxMethods.setError(error)))
            }
        }
        try await batch.store()
        take(batch, &outcome, context)
        var json = JSONWriter()
        json.beginObject()
        json.member("accountId", account.jmap)
        json.member("oldState", String(batch.states?.old ?? current))
        json.member("newState", String(batch.states?.new ?? current))
        json.key("created")
        SetOutcome.map(outcome.created, &json) { $1.raw($0) }
        json.key("notCreated")
        SetOutcome.map(outcome.notCreated, &json) { $0.write(to: &$1) }
        json.endObject()
        return json.bytes
    }

    /// The time of the most recent Received field (RFC 8621 §4.8): the first in the header.
    private static func received(_ message: MIMEMessage) -> Timestamp? {
        guard let field = message.headers.first("Received") else { return nil }
        guard let date = field.asRaw.split(separator: ";").last else { return nil }
        let line = MIMEMessage.parseHeaders(Array("Date:\(date)\r\n\r\n".utf8))
        return line.date.map { Timestamp(seconds: $0.secondsSince1970) }
    }

    private static func take(_ batch: EmailBatch, _ outcome: inout SetOutcome, _ context: RequestContext) {
        for item in batch.stored {
            switch item.email {
            case .success(let email):
                context.createdIDs[item.key] = email.id.jmap
                outcome.created.append((item.key, created(email)))
            case .failure(let error): outcome.notCreated.append((item.key, error))
            }
        }
    }

    private static func created(_ email: EmailRecord) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("id", email.id.jmap)
        serverSet(email, &json)
        json.endObject()
        return json.bytes
    }

    private static func checkCount(_ count: Int, _ context: RequestContext) throws {
        guard count <= context.limits.maxObjectsInSet else { throw MethodError("requestTooLarge") }
    }

    static func copy(_ object: JSONObject, _ context: RequestContext) async throws -> [MethodResponse] {
        let arguments = try Arguments(
            object,
            allowing: [
                "fromAccountId", "ifFromInState", "accountId", "ifInState", "create", "onSuccessDestroyOriginal", "destroyFromIfInState",
            ])
        let origin = try context.account(arguments, "fromAccountId")
        let account = try context.account(arguments, for: .write)
        guard origin.id != account.id else { throw MethodError.invalidArguments("\"fromAccountId\" and \"accountId\" must differ.") }
        guard arguments["create"] != nil else { throw MethodError.invalidArguments("\"create\" is missing.") }
        let create = try arguments.objects("create")
        try checkCount(create.count, context)
        let destroysOriginal = try arguments.bool("onSuccessDestroyOriginal")
        let current = try await account.state(of: .email)
        let ifInState = try arguments.string("ifInState")
        if let ifInState, State.number(ifInState) != current { throw MethodError("stateMismatch") }
        if let state = try arguments.string("ifFromInState"), State.number(state) != (try await origin.state(of: .email)) {
            throw MethodError("stateMismatch")
        }
        let mailboxes = Set(try await context.mail.mailboxes(of: account.id).map(\.id))
        let reader = BlobReader(context, account: origin.id)
        var outcome = SetOutcome()
        var originals: [String: String] = [:]
        var batch = EmailBatch(account, context, ifInState: ifInState == nil ? nil : current)
        for (key, value) in create {
            do {
                guard JMAPID.isValid(key) else { throw MethodError.invalidArguments("\"\(key)\" is no creation id.") }
                let unknown = value.entries.map(\.key).filter { !["id", "mailboxIds", "keywords", "receivedAt"].contains($0) }
                guard unknown.isEmpty else { throw SetError.invalidProperties(unknown, "There are no such properties.") }
                guard let reference = value["id"]?.string else { throw SetError.invalidProperties(["id"], "It is an email's id.") }
                guard let id = context.resolve(reference).flatMap(JMAPID.email),
                    let email = try await context.mail.emails([id], of: origin.id).first, let source = try await reader.bytes(.message(id))
                else { throw SetError.notFound }
                var placement = try EmailPlacement(value, mailboxes: mailboxes, context)
                if value["keywords"] == nil { placement.keywords = email.keywords }
                placement.receivedAt = placement.receivedAt ?? email.receivedAt
                originals[key] = id.jmap
                try await batch.add(key, source, placement)
            } catch {
                outcome.notCreated.append((key, try MailboxMethods.setError(error)))
            }
        }
        try await batch.store()
        take(batch, &outcome, context)
        let copied = outcome.created.compactMap { originals[$0.0] }
        var json = JSONWriter()
        json.beginObject()
        json.member("fromAccountId", origin.jmap)
        json.member("accountId", account.jmap)
        json.member("oldState", String(batch.states?.old ?? current))
        json.member("newState", String(batch.states?.new ?? current))
        json.key("created")
        SetOutcome.map(outcome.created, &json) { $1.raw($0) }
        json.key("notCreated")
        SetOutcome.map(outcome.notCreated, &json) { $0.write(to: &$1) }
        json.endObject()
        var responses = [MethodResponse(name: "Email/copy", arguments: json.bytes)]
        if destroysOriginal, !copied.isEmpty {
            var destroy = JSONObject([("accountId", .string(origin.jmap)), ("destroy", .array(copied.map { .string($0) }))])
            if let state = arguments["destroyFromIfInState"] { destroy.set("ifInState", to: state) }
            responses.append(await implicitSet(destroy, context))
        }
        return responses
    }

    /// The Email/set that another method makes on success (RFC 8620 §5.4, RFC 8621 §7.5).
    static func implicitSet(_ arguments: JSONObject, _ context: RequestContext) async -> MethodResponse {
        do {
            return MethodResponse(name: "Email/set", arguments: try await set(arguments, context))
        } catch {
            return MethodResponse(name: "error", arguments: MethodError(error).json())
        }
    }
}
