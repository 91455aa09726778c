import PostroomCore

/// Mailbox/set (RFC 8621 §2.5).
extension MailboxMethods {
    static func set(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        var call = try await SetCall(object, context, type: .mailbox, also: ["onDestroyRemoveEmails"])
        let removingEmails = try call.arguments.bool("onDestroyRemoveEmails")
        guard !call.isEmpty else { return call.response(newState: call.outcome.oldState) }
        let (newState, _) = try await call.edit(.mailbox, context, isDurable: false) { call, editing in
            let movable = Set((call.update.map(\.key) + call.destroy).compactMap { context.resolve($0) })
            let deferred = try create(&call, call.create, movable: movable, editing, context)
            try update(&call, editing, context)
            try destroy(&call, removingEmails: removingEmails, editing, context)
            // Names that the call itself has made free: what counts is how it ends (RFC 8620 §5.3).
            _ = try create(&call, deferred, movable: [], editing, context)
        }
        return call.response(newState: newState)
    }

    /// A parent that the same call creates may be named by its creation id, in any order: those that wait are tried again.
    ///
    /// Returns those whose names others of `movable` have: they may give them up later in the call.
    private static func create(
        _ call: inout SetCall, _ creates: [(key: String, value: JSONObject)], movable: Set<String>, _ editing: any AccountEditing,
        _ context: RequestContext
    ) throws -> [(key: String, value: JSONObject)] {
        var waiting = creates
        var deferred: [(key: String, value: JSONObject)] = []
        while !waiting.isEmpty {
            var next: [(key: String, value: JSONObject)] = []
            let keys = Set(waiting.map(\.key))
            for (key, value) in waiting {
                if let reference = value["parentId"]?.string, reference.utf8.first == UInt8(ascii: "#"), context.resolve(reference) == nil {
                    let parent = String(reference.dropFirst())
                    if deferred.contains(where: { $0.key == parent }) {
                        deferred.append((key, value))
                        continue
                    }
                    if keys.contains(parent), parent != key {
                        next.append((key, value))
                        continue
                    }
                }
                do {
                    let account = call.account
                    let mailbox = try editing.attempt { try create(value, account, editing, context) }
                    call.created(key, id: mailbox.id.jmap, context) { tell(mailbox, given: value, account.access, to: &$0) }
                } catch let error as SetError where error.existing.map(movable.contains) == true {
                    deferred.append((key, value))
                } catch {
                    call.outcome.notCreated.append((key, try setError(error)))
                }
            }
            if next.count == waiting.count {
                for (key, _) in next {
                    call.outcome.notCreated.append((key, .invalidProperties(["parentId"], "The parents form a circle.")))
                }
                break
            }
            waiting = next
        }
        return deferred
    }

    /// What the client did not say of a new mailbox.
    private static func tell(_ mailbox: Mailbox, given: JSONObject, _ access: AccountAccess, to json: inout JSONWriter) {
        for name in ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"] { json.member(name, 0) }
        json.key("myRights")
        MailboxRights(mailbox, access).write(to: &json)
        if given["parentId"] == nil { json.member("parentId", mailbox.parentID?.jmap) }
        if given["role"] == nil { json.member("role", mailbox.role?.rawValue) }
        if given["sortOrder"] == nil { json.member("sortOrder", mailbox.sortOrder) }
        if given["isSubscribed"] == nil { json.member("isSubscribed", mailbox.isSubscribed) }
        // Equal strings may be other characters: it is told which form was kept (Net-Unicode is NFC).
        if given["name"]?.string.map({ Array($0.utf8) }) != Array(mailbox.name.utf8) { json.member("name", mailbox.name) }
    }

    private static func create(
        _ object: JSONObject, _ account: AccountContext, _ editing: any AccountEditing, _ context: RequestContext
    ) throws -> Mailbox {
        var draft = MailboxDraft()
        draft.apply(object, context)
        try draft.check(against: try editing.mailboxes())
        guard let name = draft.name else { throw SetError.invalidProperties(["name"], "A mailbox needs a name.") }
        let isSubscribed = draft.isSubscribed ?? true
        var mailbox = try editing.createMailbox(
            name: name, parentID: draft.parentID ?? nil, role: draft.role ?? nil, isSubscribed: account.guest != nil || isSubscribed)
        if let order = draft.sortOrder, order != mailbox.sortOrder {
            mailbox.sortOrder = order
            try editing.updateMailbox(mailbox)
        }
        if let guest = account.guest { try editing.setSubscription(isSubscribed, to: mailbox.id, of: guest) }
        mailbox.isSubscribed = isSubscribed
        return mailbox
    }

    private typealias Update = (key: String, id: String, value: JSONObject)

    private static func update(_ call: inout SetCall, _ editing: any AccountEditing, _ context: RequestContext) throws {
        var waiting = call.resolvedUpdates(context)
        while let first = waiting.first {
            waiting.removeFirst()
            do {
                let (account, others) = (call.account, waiting)
                let done = try editing.attempt { try update(first, others, account, editing, context) }
                call.outcome.updated += done.map { ($0.id, $0.told) }
                waiting.removeAll { one in done.contains { $0.id == one.id } }
            } catch {
                call.outcome.notUpdated.append((first.id, try setError(error)))
            }
        }
    }

    /// One that was updated, and what became otherwise than asked for; nil where nothing.
    private typealias Done = (id: String, told: [UInt8]?)

    /// Returns what was updated: this one, and those in the way of its name that the call gives other names, so that two may
    /// change names with one another (RFC 8620 §5.3).
    private static func update(
        _ one: Update, _ others: [Update], _ account: AccountContext, _ editing: any AccountEditing, _ context: RequestContext
    ) throws -> [Done] {
        do {
            return [(one.id, try update(one.id, one.value, account, editing, context))]
        } catch let error as SetError {
            guard let place = others.firstIndex(where: { $0.id == error.existing }),
                var mailbox = try editing.mailboxes().first(where: { $0.id.jmap == others[place].id })
            else { throw error }
            var other = others[place]
            if other.value["name"] == nil { other.value.set("name", to: .string(mailbox.name)) }
            mailbox.name = String(mailbox.name.prefix(40)) + " " + Random.token(12)
            try editing.updateMailbox(mailbox)
            let told = try update(one.id, one.value, account, editing, context)
            let rest = others.enumerated().filter { $0.offset != place }.map(\.element)
            return [(one.id, told)] + (try update(other, rest, account, editing, context))
        }
    }

    private static func update(
        _ id: String, _ patch: JSONObject, _ account: AccountContext, _ editing: any AccountEditing, _ context: RequestContext
    ) throws -> [UInt8]? {
        let all = try account.mailboxes(editing)
        guard let id = JMAPID.mailbox(id), var mailbox = all.first(where: { $0.id == id }) else { throw SetError.notFound }
        try SetError.checkPaths(of: patch, properties: properties)
        var draft = MailboxDraft(current: mailbox)
        draft.access = account.access
        draft.apply(patch, context)
        try draft.check(against: all)
        if let name = draft.name { mailbox.name = name }
        if let parent = draft.parentID { mailbox.parentID = parent }
        if let role = draft.role { mailbox.role = role }
        if let order = draft.sortOrder { mailbox.sortOrder = order }
        if let guest = account.guest {
            if let flag = draft.isSubscribed, flag != mailbox.isSubscribed { try editing.setSubscription(flag, to: id, of: guest) }
            // The owner's own, which the mail server has.
            mailbox.isSubscribed = try editing.mailboxes().first { $0.id == id }?.isSubscribed ?? mailbox.isSubscribed
        } else if let flag = draft.isSubscribed {
            mailbox.isSubscribed = flag
        }
        try editing.updateMailbox(mailbox)
        guard let name = patch["name"]?.string, Array(name.utf8) != Array(mailbox.name.utf8) else { return nil }
        // The name in Normalization Form C.
        var json = JSONWriter()
        json.beginObject()
        json.member("name", mailbox.name)
        json.endObject()
        return json.bytes
    }

    private static func destroy(
        _ call: inout SetCall, removingEmails: Bool, _ editing: any AccountEditing, _ context: RequestContext
    ) throws {
        let ids = call.resolvedDestroys(context)
        guard !ids.isEmpty else { return }
        var all = try editing.mailboxes()
        // Children first, so that a whole branch may go in one call.
        let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
        func depth(_ id: String) -> Int {
            var depth = 0
            var place = JMAPID.mailbox(id)
            while let parent = place.flatMap({ byID[$0]?.parentID }), depth < 1000 {
                depth += 1
                place = parent
            }
            return depth
        }
        for text in ids.map({ ($0, depth($0)) }).sorted(by: { $0.1 > $1.1 }).map(\.0) {
            do {
                guard let id = JMAPID.mailbox(text), let mailbox = all.first(where: { $0.id == id }) else { throw SetError.notFound }
                guard !all.contains(where: { $0.parentID == id }) else {
                    throw SetError("mailboxHasChild", "The mailbox has mailboxes within it.")
                }
                guard mailbox.role != .inbox else { throw SetError("forbidden", "The inbox can't be removed.") }
                guard removingEmails || mailbox.counts.totalEmails == 0 else {
                    throw SetError("mailboxHasEmail", "The mailbox has emails in it.")
                }
                try editing.attempt { try editing.destroyMailbox(id, removingEmails: removingEmails) }
                all.removeAll { $0.id == id }
                call.outcome.destroyed.append(text)
            } catch StoreError.inUse {
                call.outcome.notDestroyed.append((text, SetError("mailboxHasEmail", "The mailbox has emails in it.")))
            } catch {
                call.outcome.notDestroyed.append((text, try setError(error)))
            }
        }
    }

    /// Refusals stay with their object; failures of the store are the call's.
    static func setError(_ error: any Error) throws -> SetError {
        switch error {
        case let error as SetError: return error
        case StoreError.duplicate: return SetError("alreadyExists", "There is one with this name already.")
        case StoreError.notFound: return .notFound
        case StoreError.overQuota: return SetError("overQuota", "The account has no room left.")
        case StoreError.inUse(let what): return SetError("forbidden", what)
        default: throw error
        }
    }
}
