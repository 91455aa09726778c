import MailMIME
import PostroomCore

/// Email/set (RFC 8621 §4.6).
extension EmailMethods {
    static func set(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        var call = try await SetCall(object, context, type: .email)
        let mailboxes = Set(try await context.mail.mailboxes(of: call.account.id).map(\.id))
        var batch = EmailBatch(call.account, context)
        for (key, value) in call.create {
            do {
                var draft = EmailDraft(value, account: call.account, context: context)
                let placement = try EmailPlacement(value, mailboxes: mailboxes, context)
                try await batch.add(key, try await draft.build(), placement)
            } catch {
                call.outcome.notCreated.append((key, try MailboxMethods.setError(error)))
            }
        }
        let newState: Int64
        if let state = try await editAtOnce(&call, &batch, mailboxes: mailboxes, context) {
            newState = state
            note(batch, in: &call, context)
        } else {
            try await batch.store()
            note(batch, in: &call, context)
            try await update(&call, mailboxes: mailboxes, context)
            try await destroy(&call, context)
            newState = try await call.account.state(of: .email)
        }
        return call.response(newState: newState)
    }

    private static func note(_ batch: EmailBatch, in call: inout SetCall, _ context: RequestContext) {
        for (key, email) in batch.created { call.created(key, id: email.id.jmap, context) { serverSet(email, &$0) } }
        call.outcome.notCreated += batch.refused.map { ($0.key, $0.error) }
    }

    /// Everything that a call asks for as one transaction, so that old and new state have nothing of others between them. Returns the new
    /// state; nil, with nothing done, where that can't be: an edit is about what the same call creates, or a new email is refused and the
    /// rest is to be done without it.
    private static func editAtOnce(
        _ call: inout SetCall, _ batch: inout EmailBatch, mailboxes: Set<MailboxID>, _ context: RequestContext
    ) async throws -> Int64? {
        let references = call.update.map(\.key) + call.destroy
        guard references.allSatisfy({ context.resolve($0) != nil }) else { return nil }
        var attempt = call
        let (updates, updated) = try await plan(&attempt, mailboxes: mailboxes, context)
        let doomed = plannedDestroys(&attempt, context)
        let edits = EmailEdits(creates: batch.waiting.map(\.email), updates: updates, destroys: doomed)
        var newState = attempt.outcome.oldState
        // A call with very many new emails has stored some of them already.
        let isFirst = batch.created.isEmpty
        if !edits.isEmpty || !isFirst {
            do {
                let edited = try await context.mail.edit(edits, ifInState: isFirst ? call.ifInState : nil, of: call.account.id)
                batch.stored(edited.created)
                attempt.noteDestroyed(doomed, missing: edited.missing)
                if isFirst { attempt.outcome.oldState = edited.oldState }
                newState = edited.newState
            } catch {
                _ = try MailboxMethods.setError(error)
                guard !edits.creates.isEmpty else { throw error }
                return nil
            }
        }
        attempt.outcome.updated += updated.map { ($0, nil) }
        call = attempt
        return newState
    }

    static func serverSet(_ email: EmailRecord, _ json: inout JSONWriter) {
        json.member("blobId", BlobName.message(email.id).text)
        json.member("threadId", email.threadID.jmap)
        json.member("size", email.content.size)
    }

    /// The updates that a call asks for, and the ids of all objects that then are as it wants them; refusals are in its outcome.
    private static func plan(
        _ call: inout SetCall, mailboxes: Set<MailboxID>, _ context: RequestContext
    ) async throws -> (updates: [EmailUpdate], ids: [String]) {
        let patches = call.resolvedUpdates(context)
        guard !patches.isEmpty else { return ([], []) }
        let emails = try await context.mail.emails(patches.compactMap { JMAPID.email($0.id) }, of: call.account.id)
        let known = Dictionary(emails.map { ($0.id, $0) }) { first, _ in first }
        var updates: [EmailUpdate] = []
        var ids: [String] = []
        for (_, id, patch) in patches {
            do {
                guard let email = JMAPID.email(id).flatMap({ known[$0] }) else { throw SetError.notFound }
                if let update = try EmailPatch(patch, mailboxes: mailboxes, context).update(of: email) { updates.append(update) }
                ids.append(id)
            } catch {
                call.outcome.notUpdated.append((id, try MailboxMethods.setError(error)))
            }
        }
        return (updates, ids)
    }

    private static func plannedDestroys(_ call: inout SetCall, _ context: RequestContext) -> [EmailID] {
        var ids: [EmailID] = []
        for text in call.resolvedDestroys(context) {
            if let id = JMAPID.email(text) { ids.append(id) } else { call.outcome.notDestroyed.append((text, .notFound)) }
        }
        return ids
    }

    private static func update(_ call: inout SetCall, mailboxes: Set<MailboxID>, _ context: RequestContext) async throws {
        let (updates, ids) = try await plan(&call, mailboxes: mailboxes, context)
        if !updates.isEmpty {
            // After a create of this very call the state is another one already.
            let guardState = call.outcome.created.isEmpty ? call.ifInState : nil
            _ = try await context.mail.update(updates, ifInState: guardState, of: call.account.id)
        }
        call.outcome.updated += ids.map { ($0, nil) }
    }

    private static func destroy(_ call: inout SetCall, _ context: RequestContext) async throws {
        let ids = plannedDestroys(&call, context)
        guard !ids.isEmpty else { return }
        let isFirst = call.outcome.created.isEmpty && call.outcome.updated.isEmpty
        call.noteDestroyed(
            ids, missing: try await context.mail.destroyEmails(ids, ifInState: isFirst ? call.ifInState : nil, of: call.account.id))
    }
}

extension SetCall {
    fileprivate mutating func noteDestroyed(_ ids: [EmailID], missing: [EmailID]) {
        let missing = Set(missing)
        for id in ids {
            if missing.contains(id) {
                outcome.notDestroyed.append((id.jmap, .notFound))
            } else {
                outcome.destroyed.append(id.jmap)
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
            default:
                if tokens.count == 1, EmailProperty.names(path) { immutable.append((path, value)) } else { wrong.append(path) }
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
            guard flag == .bool(true), let id = context.resolve(name).flatMap(JMAPID.mailbox) else { return nil }
            // A mailbox of this very request is newer than the list.
            guard known.contains(id) || name.hasPrefix("#") else { return nil }
            ids.insert(id)
        }
        return ids
    }

    /// What is to be done to `email`; nil where it is so already. Throws `SetError`.
    func update(of email: EmailRecord) throws -> EmailUpdate? {
        try checkImmutable(email)
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

    private func checkImmutable(_ email: EmailRecord) throws {
        guard !immutable.isEmpty else { return }
        let properties = try immutable.map { try EmailProperty($0.0) }.filter { !$0.needsSource }
        guard let body = try? BodyOptions(Arguments(JSONObject(), allowing: [])) else { return }
        var json = JSONWriter()
        EmailWriter(properties: properties, body: body).write(email, message: nil, to: &json)
        let current = try JSONParser.parse(json.bytes).object
        let changed = immutable.filter { current?[$0.0] != $0.1 }.map(\.0)
        guard changed.isEmpty else { throw SetError.invalidProperties(changed, "These properties of an email can't change.") }
    }
}
