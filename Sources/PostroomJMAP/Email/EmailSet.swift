import MailMIME
import PostroomCore

/// Email/set (RFC 8621 §4.6).
extension EmailMethods {
    static func set(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        var call = try await SetCall(object, context, type: .email)
        guard !call.isEmpty else { return call.response(newState: call.outcome.oldState) }
        var batch = EmailBatch(call.account, context, ifInState: call.ifInState)
        if !call.create.isEmpty {
            let mailboxes = Set(try await context.mail.mailboxes(of: call.account.id).map(\.id))
            for (key, value) in call.create {
                do {
                    var draft = EmailDraft(value, account: call.account, context: context)
                    let source: Result<[UInt8], any Error>
                    do { source = .success(try await draft.build()) } catch { source = .failure(error) }
                    let (placement, bytes) = try SetError.both(
                        Result { try EmailPlacement(value, mailboxes: mailboxes, context) }, source)
                    try await batch.add(key, bytes, placement)
                } catch {
                    call.outcome.notCreated.append((key, try MailboxMethods.setError(error)))
                }
            }
        }
        note(batch.stored, in: &call, context)
        if let states = batch.states { call.outcome.oldState = states.old }
        let waiting = batch.waiting
        let written = try await written(call.update, call.account, context)
        let (newState, _) = try await call.edit(.email, context, isDurable: !waiting.isEmpty, isFirst: batch.states == nil) {
            call, editing in
            note(try EmailBatch.create(waiting, editing), in: &call, context)
            try update(&call, written, editing, context)
            try destroy(&call, editing, context)
        }
        return call.response(newState: newState)
    }

    /// What only their sources tell of the emails of updates that name it: such properties may be sent as they are, and not otherwise.
    private static func written(
        _ updates: [(key: String, value: JSONObject)], _ account: AccountContext, _ context: RequestContext
    ) async throws -> [EmailID: JSONObject] {
        var written: [EmailID: JSONObject] = [:]
        for (key, patch) in updates {
            let properties = patch.entries.compactMap { try? EmailProperty($0.key) }.filter(\.needsSource)
            guard !properties.isEmpty, let id = context.resolve(key).flatMap(JMAPID.email),
                let email = try await context.mail.emails([id], of: account.id).first
            else { continue }
            var body = BodyOptions()
            body.fetchAll = true
            var json = JSONWriter(reserving: 4096)
            let message = try await BlobReader(context, account: account.id).message(of: email)
            EmailWriter(properties: properties, body: body).write(email, message: message, to: &json)
            written[id] = try JSONParser.parse(json.bytes).object
        }
        return written
    }

    private static func note(_ stored: [EmailBatch.Stored], in call: inout SetCall, _ context: RequestContext) {
        for item in stored {
            switch item.email {
            case .success(let email): call.created(item.key, id: email.id.jmap, context) { serverSet(email, &$0) }
            case .failure(let error): call.outcome.notCreated.append((item.key, error))
            }
        }
    }

    static func serverSet(_ email: EmailRecord, _ json: inout JSONWriter) {
        json.member("blobId", BlobName.message(email.id).text)
        json.member("threadId", email.threadID.jmap)
        json.member("size", email.content.size)
    }

    private static func update(
        _ call: inout SetCall, _ written: [EmailID: JSONObject], _ editing: any AccountEditing, _ context: RequestContext
    ) throws {
        let patches = call.resolvedUpdates(context)
        guard !patches.isEmpty else { return }
        let mailboxes = Set(try editing.mailboxes().map(\.id))
        let emails = try editing.emails(patches.compactMap { JMAPID.email($0.id) })
        let known = Dictionary(emails.map { ($0.id, $0) }) { first, _ in first }
        var updates: [EmailUpdate] = []
        for (_, id, patch) in patches {
            do {
                guard let email = JMAPID.email(id).flatMap({ known[$0] }) else { throw SetError.notFound }
                let wanted = try EmailPatch(patch, mailboxes: mailboxes, context).update(of: email, written: written[email.id])
                if let wanted { updates.append(wanted) }
                call.outcome.updated.append((id, nil))
            } catch {
                call.outcome.notUpdated.append((id, try MailboxMethods.setError(error)))
            }
        }
        // Emails and mailboxes are there, in this very transaction: none of them can be refused any more.
        if !updates.isEmpty { try editing.updateEmails(updates) }
    }

    private static func destroy(_ call: inout SetCall, _ editing: any AccountEditing, _ context: RequestContext) throws {
        let ids = call.resolvedDestroys(context)
        guard !ids.isEmpty else { return }
        let there = try editing.destroyEmails(ids.compactMap(JMAPID.email))
        for text in ids {
            if let id = JMAPID.email(text), there.contains(id) {
                call.outcome.destroyed.append(text)
            } else {
                call.outcome.notDestroyed.append((text, .notFound))
            }
        }
    }
}

extension Timestamp {
    /// IMAP's INTERNALDATE has whole seconds: what is finer would not come back from the server.
    var wholeSeconds: Timestamp { Timestamp(seconds: seconds) }
}

/// Where a new email goes and with which keywords, for create, import and copy.
struct EmailPlacement {
    var mailboxes: Set<MailboxID> = []
    var keywords: Set<String> = []
    var receivedAt: Timestamp?

    /// Throws `SetError`.
    init(_ object: JSONObject, mailboxes known: Set<MailboxID>, _ context: RequestContext) throws {
        var wrong: [String] = []
        if let ids = EmailPatch.mailboxes(object["mailboxIds"] ?? .null, known: known, context), !ids.isEmpty {
            mailboxes = ids
        } else {
            wrong.append("mailboxIds")
        }
        if let value = object["keywords"], !value.isNull {
            if let words = EmailPatch.keywords(value) { keywords = words } else { wrong.append("keywords") }
        }
        if let value = object["receivedAt"], !value.isNull {
            if let date = value.string.flatMap(DateText.utc) { receivedAt = date.wholeSeconds } else { wrong.append("receivedAt") }
        }
        guard wrong.isEmpty else {
            throw SetError.invalidProperties(wrong, "An email is in at least one mailbox that exists; keywords map to true.")
        }
    }
}

/// A patch of an email (RFC 8620 §5.3, RFC 8621 §4.6): keywords and mailboxes, whole or one by one.
struct EmailPatch {
    private var keywords: Set<String>?
    private var mailboxes: Set<MailboxID>?
    private var addKeywords: Set<String> = []
    private var removeKeywords: Set<String> = []
    private var addMailboxes: Set<MailboxID> = []
    private var removeMailboxes: Set<MailboxID> = []
    /// Properties that can't be changed but may be named with the value that they have.
    private var immutable: [(String, JSONValue)] = []

    /// Throws `SetError`.
    init(_ patch: JSONObject, mailboxes known: Set<MailboxID>, _ context: RequestContext) throws {
        var wrong: [String] = []
        for (path, value) in patch.entries {
            let tokens = path.split(separator: "/", omittingEmptySubsequences: false)
                .map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") }
            switch (tokens[0], tokens.count) {
            case ("keywords", 1):
                // null sets the default, which is none (RFC 8620 §5.3).
                if value.isNull {
                    keywords = []
                } else if let words = Self.keywords(value) {
                    keywords = words
                } else {
                    wrong.append(path)
                }
            case ("mailboxIds", 1):
                if let ids = Self.mailboxes(value, known: known, context) { mailboxes = ids } else { wrong.append(path) }
            case ("keywords", 2):
                guard let keyword = Keyword.normalized(tokens[1]), value == .bool(true) || value.isNull else {
                    wrong.append(path)
                    continue
                }
                if value.isNull { removeKeywords.insert(keyword) } else { addKeywords.insert(keyword) }
            case ("mailboxIds", 2):
                guard let id = context.resolve(tokens[1]).flatMap(JMAPID.mailbox),
                    value == .bool(true) && known.contains(id) || value.isNull
                else {
                    wrong.append(path)
                    continue
                }
                if value.isNull { removeMailboxes.insert(id) } else { addMailboxes.insert(id) }
            case (_, 2...) where EmailProperty.names(tokens[0]):
                throw SetError.invalidPatch("\"\(path)\" leads into an array or to what is not there.")
            default:
                if tokens.count == 1, (try? EmailProperty(path)) != nil { immutable.append((path, value)) } else { wrong.append(path) }
            }
        }
        let hasBoth =
            keywords != nil && !(addKeywords.isEmpty && removeKeywords.isEmpty)
            || mailboxes != nil && !(addMailboxes.isEmpty && removeMailboxes.isEmpty)
        guard !hasBoth else { throw SetError.invalidPatch("One path of the patch is within another one.") }
        guard wrong.isEmpty else { throw SetError.invalidProperties(wrong, "Only keywords and mailboxes of an email can change.") }
    }

    static func keywords(_ value: JSONValue) -> Set<String>? {
        guard let map = value.object else { return nil }
        var words: Set<String> = []
        for (name, flag) in map.entries {
            guard flag == .bool(true), let word = Keyword.normalized(name) else { return nil }
            words.insert(word)
        }
        return words
    }

    static func mailboxes(_ value: JSONValue, known: Set<MailboxID>, _ context: RequestContext) -> Set<MailboxID>? {
        guard let map = value.object else { return nil }
        var ids: Set<MailboxID> = []
        for (name, flag) in map.entries {
            guard flag == .bool(true), let id = context.resolve(name).flatMap(JMAPID.mailbox), known.contains(id) else { return nil }
            ids.insert(id)
        }
        return ids
    }

    /// What is to be done to `email`; nil where it is so already. `written`: what its source tells. Throws `SetError`.
    func update(of email: EmailRecord, written: JSONObject?) throws -> EmailUpdate? {
        try checkImmutable(email, written)
        var update = EmailUpdate(id: email.id)
        let wantedKeywords = keywords ?? email.keywords.union(addKeywords).subtracting(removeKeywords)
        update.addKeywords = wantedKeywords.subtracting(email.keywords)
        update.removeKeywords = email.keywords.subtracting(wantedKeywords)
        let current = Set(email.mailboxIDs)
        let wantedMailboxes = mailboxes ?? current.union(addMailboxes).subtracting(removeMailboxes)
        guard !wantedMailboxes.isEmpty else {
            throw SetError.invalidProperties(["mailboxIds"], "An email is in at least one mailbox.")
        }
        update.addMailboxes = wantedMailboxes.subtracting(current)
        update.removeMailboxes = current.subtracting(wantedMailboxes)
        return update == EmailUpdate(id: email.id) ? nil : update
    }

    private func checkImmutable(_ email: EmailRecord, _ written: JSONObject?) throws {
        guard !immutable.isEmpty else { return }
        let properties = try immutable.map { try EmailProperty($0.0) }.filter { !$0.needsSource }
        var json = JSONWriter()
        EmailWriter(properties: properties, body: BodyOptions()).write(email, message: nil, to: &json)
        let current = try JSONParser.parse(json.bytes).object
        let changed = immutable.filter { name, value in
            let known = current?[name] ?? written?[name]
            // Of the values of parts a client has those that it fetched.
            if name == "bodyValues", let values = value.object { return values.entries.contains { known?.object?[$0.key] != $0.value } }
            return known != value
        }.map(\.0)
        guard changed.isEmpty else { throw SetError.invalidProperties(changed, "These properties of an email can't change.") }
    }
}
