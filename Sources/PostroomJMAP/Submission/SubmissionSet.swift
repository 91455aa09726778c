import MailMIME
import PostroomCore

/// EmailSubmission/set (RFC 8621 §7.5).
extension SubmissionMethods {
    static func set(_ object: JSONObject, _ context: RequestContext) async throws -> [MethodResponse] {
        var call = try await SetCall(
            object, context, type: .submission, need: .write, also: ["onSuccessUpdateEmail", "onSuccessDestroyEmail"])
        let updateOnSuccess = try call.arguments.objects("onSuccessUpdateEmail")
        let destroyOnSuccess = try call.arguments.ids("onSuccessDestroyEmail") ?? []
        for (key, _) in updateOnSuccess where !JMAPID.isValidReference(key) {
            throw MethodError.invalidArguments("\"onSuccessUpdateEmail\" has \"\(key)\", which is no id.")
        }
        var ready: [Ready] = []
        for (key, value) in call.create {
            do {
                let wish = updateOnSuccess.first { $0.key == "#" + key }?.value
                let isDestroyed = destroyOnSuccess.contains("#" + key)
                ready.append(
                    try await prepare(value, call.account, context, wish: wish, isDestroyed: isDestroyed).named(key, given: value))
            } catch {
                call.outcome.notCreated.append((key, try MailboxMethods.setError(error)))
            }
        }
        guard !call.isEmpty else {
            return [MethodResponse(name: "EmailSubmission/set", arguments: call.response(newState: call.outcome.oldState))]
        }
        let (newState, emails) = try await call.edit(.submission, context, isDurable: true) { [ready] call, editing in
            try edit(&call, ready, editing, context)
        }
        var responses = [MethodResponse(name: "EmailSubmission/set", arguments: call.response(newState: newState))]
        if let implicit = onSuccess(updateOnSuccess, destroyOnSuccess, emails: emails, call.account, context) {
            responses.append(await EmailMethods.implicitSet(implicit, context))
        }
        return responses
    }

    /// A submission whose message was read, checked and packed.
    private struct Ready: Sendable {
        var key = ""
        var given = JSONObject()
        var submission: Submission
        var wire: any PreparedObject

        func named(_ key: String, given: JSONObject) -> Ready {
            Ready(key: key, given: given, submission: submission, wire: wire)
        }
    }

    /// Gives the email of each submission that was made, changed or removed, by its id and by what the client called it.
    private static func edit(
        _ call: inout SetCall, _ ready: [Ready], _ editing: any AccountEditing, _ context: RequestContext
    ) throws -> [String: EmailID] {
        var emails: [String: EmailID] = [:]
        for item in ready {
            do {
                let made = try editing.attempt { try editing.addSubmission(item.submission, wire: item.wire) }
                emails["#" + item.key] = made.emailID
                emails[made.id.jmap] = made.emailID
                call.created(item.key, id: made.id.jmap, context) { serverSet(made, given: item.given, to: &$0) }
            } catch {
                call.outcome.notCreated.append((item.key, try MailboxMethods.setError(error)))
            }
        }
        let mayDecide = call.account.access.mayManageSending
        for (key, id, patch) in call.resolvedUpdates(context) {
            do {
                guard mayDecide else { throw SetError("forbidden", "The account is not shared with you for sending.") }
                let changed = try editing.attempt { try update(id, patch, editing) }
                emails[key] = changed.emailID
                emails[id] = changed.emailID
                call.outcome.updated.append((id, nil))
            } catch {
                call.outcome.notUpdated.append((id, try MailboxMethods.setError(error)))
            }
        }
        for id in call.resolvedDestroys(context) {
            do {
                guard mayDecide else { throw SetError("forbidden", "The account is not shared with you for sending.") }
                emails[id] = try editing.attempt { try destroy(id, editing) }
                call.outcome.destroyed.append(id)
            } catch {
                call.outcome.notDestroyed.append((id, try MailboxMethods.setError(error)))
            }
        }
        let present = try editing.presentIDs(of: Array(emails.values))
        return emails.mapValues { present[$0] ?? $0 }
    }

    /// The one implicit Email/set, nil where nothing was asked for (RFC 8621 §7.5).
    private static func onSuccess(
        _ updates: [(key: String, value: JSONObject)], _ destroys: [String], emails: [String: EmailID], _ account: AccountContext,
        _ context: RequestContext
    ) -> JSONObject? {
        guard !updates.isEmpty || !destroys.isEmpty else { return nil }
        func email(_ reference: String) -> EmailID? { emails[reference] ?? context.resolve(reference).flatMap { emails[$0] } }
        var update = JSONObject()
        for (key, patch) in updates {
            guard let id = email(key) else { continue }
            update.set(id.jmap, to: .object(patch))
        }
        let destroy = destroys.compactMap(email).map { JSONValue.string($0.jmap) }
        guard !update.isEmpty || !destroy.isEmpty else { return nil }
        var arguments = JSONObject([("accountId", .string(account.jmap))])
        if !update.isEmpty { arguments.set("update", to: .object(update)) }
        if !destroy.isEmpty { arguments.set("destroy", to: .array(destroy)) }
        return arguments
    }

    private static func serverSet(_ submission: Submission, given: JSONObject, to json: inout JSONWriter) {
        var names = ["threadId", "sendAt", "undoStatus", "deliveryStatus", "dsnBlobIds", "mdnBlobIds"]
        names.append("envelope")
        var object = JSONWriter()
        write(submission, names, to: &object)
        guard let members = try? JSONParser.parse(object.bytes).object else { return }
        for (name, value) in members.entries where name != "envelope" || value != given["envelope"] {
            json.key(name)
            json.value(value)
        }
    }

    /// What the outbox does for the client should this server be stopped between the submission and its `onSuccessUpdateEmail` or
    /// `onSuccessDestroyEmail`.
    private static func wish(
        _ patch: JSONObject?, isDestroyed: Bool, _ email: EmailRecord, _ context: RequestContext
    ) -> Submission.OnSuccess {
        var wish = Submission.OnSuccess()
        wish.destroy = isDestroyed
        for (path, value) in patch?.entries ?? [] {
            let parts = path.split(separator: "/", maxSplits: 1).map(String.init)
            let isAdded = value.bool == true
            switch (parts.first, parts.count) {
            case ("keywords", 2):
                if isAdded { wish.addKeywords.append(parts[1].lowercased()) } else { wish.removeKeywords.append(parts[1].lowercased()) }
            case ("mailboxIds", 2):
                guard let mailbox = context.resolve(parts[1]).flatMap(JMAPID.mailbox) else { continue }
                if isAdded { wish.addMailboxes.append(mailbox) } else { wish.removeMailboxes.append(mailbox) }
            case ("mailboxIds", 1):
                let wanted = (value.object?.entries ?? []).compactMap { context.resolve($0.key).flatMap(JMAPID.mailbox) }
                wish.addMailboxes = wanted
                wish.removeMailboxes = email.mailboxIDs.filter { !wanted.contains($0) }
            default: continue
            }
        }
        return wish
    }

    private static func prepare(
        _ object: JSONObject, _ account: AccountContext, _ context: RequestContext, wish patch: JSONObject?, isDestroyed: Bool
    ) async throws -> Ready {
        guard account.access.maySend else {
            throw SetError("forbiddenToSend", Self.whyNot(account.access, context.language))
        }
        let identityID = object["identityId"]?.string.flatMap(context.resolve).flatMap(JMAPID.identity)
        let emailID = object["emailId"]?.string.flatMap(context.resolve).flatMap(JMAPID.email)
        let identity = try await context.mail.identities(of: account.id).first { $0.id == identityID }
        let email = if let emailID { try await context.mail.emails([emailID], of: account.id).first } else { nil as EmailRecord? }
        var wrong = object.entries.map(\.key).filter { !["identityId", "emailId", "envelope"].contains($0) }
        if identity == nil { wrong.append("identityId") }
        if email == nil { wrong.append("emailId") }
        guard wrong.isEmpty, let identity, let email, let emailID else {
            throw SetError.invalidProperties(wrong, "These are unknown, set by the server, or name what is not there.")
        }
        guard let source = try await BlobReader(context, account: account.id).bytes(.message(emailID)) else {
            throw SetError.invalidProperties(["emailId"], "The email's source can't be had.")
        }
        let message = MIMEMessage.opened(source)
        try check(message, identity: identity)
        let envelope = try Envelope(object["envelope"] ?? .null, message: message, identity: identity)
        let now = context.ports.clock.now()
        let sendAt = try envelope.sendAt(now: now, limit: context.limits.maxDelayedSend)
        let wire = try await context.mail.prepare(wire: WireForm.bytes(source))
        let submission = Submission(
            id: SubmissionID(0), identityID: identity.id, emailID: emailID, threadID: email.threadID,
            blobID: BlobID(sha256: [UInt8](repeating: 0, count: 32)), messageID: message.messageID ?? "", mailFrom: envelope.mailFrom,
            recipients: envelope.recipients.map { Submission.RecipientStatus(address: $0) }, state: .queued, sendAt: sendAt, createdAt: now,
            nextAttemptAt: sendAt, onSuccess: wish(patch, isDestroyed: isDestroyed, email, context))
        return Ready(submission: submission, wire: wire)
    }

    /// Shown to people, so in their language (RFC 8620 §3.8).
    private static func whyNot(_ access: AccountAccess, _ language: Language) -> String {
        switch (access.mayManageSending, language) {
        case (true, .english): "Sending is switched off for this account."
        case (true, .russian): "Отправка для этого ящика выключена."
        case (false, .english): "The account is not shared with you for sending."
        case (false, .russian): "Вам не дано право отправлять от имени этого ящика."
        }
    }

    /// The message must be one that may be sent, from the address of the identity that it is sent with (RFC 8621 §7.5, §9.6).
    private static func check(_ message: MIMEMessage, identity: Identity) throws {
        // RFC 5322 §3.6: each of them once at most, one From, and a Sender where there are several writers.
        let fields = [
            ("from", "From"), ("sender", "Sender"), ("replyTo", "Reply-To"), ("to", "To"), ("cc", "Cc"), ("bcc", "Bcc"),
            ("subject", "Subject"), ("sentAt", "Date"), ("messageId", "Message-ID"), ("inReplyTo", "In-Reply-To"),
            ("references", "References"),
        ]
        var wrong = fields.filter { message.headers.all($0.1).count > 1 }.map(\.0)
        if message.from.isEmpty, !wrong.contains("from") { wrong.append("from") }
        let senders = message.headers.all("Sender").isEmpty ? 0 : message.sender.count
        if senders > 1 || senders == 0 && message.from.count > 1, !wrong.contains("sender") { wrong.append("sender") }
        guard wrong.isEmpty else {
            throw SetError("invalidEmail", "These are missing, or there more often than they may be.", properties: wrong)
        }
        let writers = (message.from.count > 1 ? message.sender : message.from).map { $0.address.lowercased() }
        guard writers.allSatisfy({ isAllowed($0, [identity.email.lowercased()]) }) else {
            throw SetError("forbiddenFrom", "The email is not from the address of this identity.")
        }
    }

    /// An identity may end in a catch-all: `*@example.com` (RFC 8621 §6).
    static func isAllowed(_ address: String, _ identities: Set<String>) -> Bool {
        if identities.contains(address) { return true }
        guard let at = address.lastIndex(of: "@") else { return false }
        return identities.contains("*" + address[at...])
    }

    /// Only `undoStatus` can change, from pending to canceled.
    private static func update(_ id: String, _ patch: JSONObject, _ editing: any AccountEditing) throws -> Submission {
        guard let number = JMAPID.submission(id), let submission = try editing.submissions([number]).first else {
            throw SetError.notFound
        }
        try SetError.checkPaths(of: patch, properties: properties)
        var json = JSONWriter()
        write(submission, properties, to: &json)
        let current = try JSONParser.parse(json.bytes).object
        let wrong = patch.entries.filter { $0.key != "undoStatus" && current?[$0.key] != $0.value }.map(\.key)
        guard wrong.isEmpty else { throw SetError.invalidProperties(wrong, "Only undoStatus of a submission can change.") }
        guard let wanted = patch["undoStatus"] else { return submission }
        if wanted.string == undoStatus(submission) { return submission }
        guard wanted == .string("canceled") else { throw SetError.invalidProperties(["undoStatus"], "It can become \"canceled\" only.") }
        // The claim makes sure that no sender has it.
        guard try editing.claimSubmission(number) else {
            throw SetError("cannotUnsend", "The message is being sent or was sent already.")
        }
        var canceled = submission
        canceled.state = .canceled
        canceled.nextAttemptAt = nil
        try editing.updateSubmission(canceled)
        return canceled
    }

    private static func destroy(_ id: String, _ editing: any AccountEditing) throws -> EmailID? {
        guard let number = JMAPID.submission(id), let submission = try editing.submissions([number]).first else {
            throw SetError.notFound
        }
        switch submission.state {
        case .queued, .sending, .finalDot:
            throw SetError("forbidden", "It is not sent yet: cancel it first, or wait.")
        case .sent, .refused, .unknown, .canceled:
            guard try editing.removeSubmission(number) else { throw SetError.notFound }
        }
        return submission.emailID
    }
}

/// The SMTP envelope of a submission (RFC 8621 §7).
struct Envelope {
    var mailFrom: String
    var recipients: [String]
    private var parameters = JSONObject()

    /// From the client, else from the message's header. Throws `SetError`.
    init(_ value: JSONValue, message: MIMEMessage, identity: Identity) throws {
        if value.isNull {
            // An address that the identity may not send from gives way to the identity's own.
            let written = (message.sender.first ?? message.from.first)?.address ?? identity.email
            let own = identity.email.hasPrefix("*@") ? message.from.first?.address ?? "" : identity.email
            mailFrom = SubmissionMethods.isAllowed(written.lowercased(), [identity.email.lowercased()]) ? written : own
            var seen: Set<String> = []
            recipients = (message.to + message.cc + message.bcc).map(\.address).filter { seen.insert($0.lowercased()).inserted }
        } else {
            guard let object = value.object, object.entries.allSatisfy({ ["mailFrom", "rcptTo"].contains($0.key) }),
                let sender = object["mailFrom"]?.object, let list = object["rcptTo"]?.array
            else { throw SetError.invalidProperties(["envelope"], "An envelope has \"mailFrom\" and \"rcptTo\".") }
            let (address, parameters) = try Self.address(sender)
            mailFrom = address
            self.parameters = parameters
            var seen: Set<String> = []
            recipients = try list.map { item in
                guard let object = item.object else { throw SetError.invalidProperties(["envelope"], "\"rcptTo\" has no addresses.") }
                let (address, parameters) = try Self.address(object)
                guard parameters.isEmpty else { throw SetError.invalidProperties(["envelope"], "Recipients take no parameters here.") }
                return address
            }.filter { seen.insert($0.lowercased()).inserted }
        }
        guard !recipients.isEmpty else { throw SetError("noRecipients", "The email has no recipient.") }
        let invalid = recipients.filter { !IdentityMethods.isAddress($0) }
        guard invalid.isEmpty else {
            throw SetError(
                "invalidRecipients", "These recipients are no addresses.",
                details: [("invalidRecipients", .array(invalid.map { .string($0) }))])
        }
        guard SubmissionMethods.isAllowed(mailFrom.lowercased(), [identity.email.lowercased()]) else {
            throw SetError("forbiddenMailFrom", "The envelope's sender is not the identity's address.")
        }
    }

    private static func address(_ object: JSONObject) throws -> (String, JSONObject) {
        guard let email = object["email"]?.string, object.entries.allSatisfy({ ["email", "parameters"].contains($0.key) }) else {
            throw SetError.invalidProperties(["envelope"], "An address of the envelope has \"email\" and \"parameters\".")
        }
        guard let parameters = object["parameters"], !parameters.isNull else { return (email, JSONObject()) }
        guard let map = parameters.object, map.entries.allSatisfy({ $0.value.isNull || $0.value.string != nil }) else {
            throw SetError.invalidProperties(["envelope"], "\"parameters\" maps names to strings or null.")
        }
        return (email, map)
    }

    /// FUTURERELEASE (RFC 4865): the outbox itself holds the message. SIZE and BODY are the sender's own affair.
    func sendAt(now: Timestamp, limit: Int) throws -> Timestamp {
        var sendAt = now
        for (name, value) in parameters.entries {
            switch name.uppercased() {
            case "HOLDFOR":
                guard let seconds = value.string.flatMap(Int.init), (0...limit).contains(seconds) else {
                    throw SetError.invalidProperties(["envelope"], "HOLDFOR is 0 to \(limit) seconds.")
                }
                sendAt = now.adding(seconds: Int64(seconds))
            case "HOLDUNTIL":
                guard let date = value.string.flatMap(DateText.timestamp), date <= now.adding(seconds: Int64(limit)) else {
                    throw SetError.invalidProperties(["envelope"], "HOLDUNTIL is a date within \(limit) seconds.")
                }
                sendAt = max(now, date)
            default:
                throw SetError.invalidProperties(["envelope"], "There is no parameter \"\(name)\".")
            }
        }
        return sendAt
    }
}

/// A message as it goes out: without Bcc, CRLF line ends.
enum WireForm {
    static func bytes(_ source: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        var at = 0
        var isDropping = false
        while at < source.count {
            var end = at
            while end < source.count, source[end] != 0x0A { end += 1 }
            if end < source.count { end += 1 }
            let line = source[at..<end]
            if line.first == 0x0D || line.first == 0x0A { break }
            if line.first != 0x20, line.first != 0x09 { isDropping = isBcc(line) }
            if !isDropping { result += line }
            at = end
        }
        result += source[at...]
        return hasBareLineEnds(result) ? TextEncoder.crlf(result) : result
    }

    private static func isBcc(_ line: ArraySlice<UInt8>) -> Bool {
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        guard name.count <= 14, name.count < line.count else { return false }
        let text = String(decoding: name, as: UTF8.self).lowercased().filter { $0 != " " && $0 != "\t" }
        return text == "bcc" || text == "resent-bcc"
    }

    private static func hasBareLineEnds(_ bytes: [UInt8]) -> Bool {
        var previous: UInt8 = 0
        for byte in bytes {
            if (byte == 0x0A) != (previous == 0x0D) { return true }
            previous = byte
        }
        return previous == 0x0D
    }
}
