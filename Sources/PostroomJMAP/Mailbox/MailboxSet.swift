import Foundation
import PostroomCore

/// Mailbox/set (RFC 8621 §2.5).
extension MailboxMethods {
    static func set(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        var call = try await SetCall(object, context, type: .mailbox, also: ["onDestroyRemoveEmails"])
        let removingEmails = try call.arguments.bool("onDestroyRemoveEmails")
        guard !call.isEmpty else { return call.response(newState: call.outcome.oldState) }
        let (newState, _) = try await call.edit(.mailbox, context, isDurable: false) { call, editing in
            try create(&call, editing, context)
            for (_, id, patch) in call.resolvedUpdates(context) {
                do {
                    let account = call.account
                    try editing.attempt { try update(id, patch, account, editing, context) }
                    call.outcome.updated.append((id, nil))
                } catch {
                    call.outcome.notUpdated.append((id, try setError(error)))
                }
            }
            try destroy(&call, removingEmails: removingEmails, editing, context)
        }
        return call.response(newState: newState)
    }

    /// A parent that the same call creates may be named by its creation id, in any order: those that wait are tried again.
    private static func create(_ call: inout SetCall, _ editing: any AccountEditing, _ context: RequestContext) throws {
        var waiting = call.create
        while !waiting.isEmpty {
            var next: [(key: String, value: JSONObject)] = []
            let keys = Set(waiting.map(\.key))
            for (key, value) in waiting {
                if let parent = value["parentId"]?.string, parent.utf8.first == UInt8(ascii: "#"), context.resolve(parent) == nil,
                    keys.contains(String(parent.dropFirst())), String(parent.dropFirst()) != key
                {
                    next.append((key, value))
                    continue
                }
                do {
                    let mailbox = try editing.attempt { try create(value, editing, context) }
                    let access = call.account.access
                    call.created(key, id: mailbox.id.jmap, context) { json in
                        for name in ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"] { json.member(name, 0) }
                        json.key("myRights")
                        MailboxRights(mailbox, access).write(to: &json)
                        if value["parentId"] == nil { json.member("parentId", mailbox.parentID?.jmap) }
                        if value["role"] == nil { json.member("role", mailbox.role?.rawValue) }
                        if value["sortOrder"] == nil { json.member("sortOrder", mailbox.sortOrder) }
                        if value["isSubscribed"] == nil { json.member("isSubscribed", mailbox.isSubscribed) }
                        // Equal strings may be other characters: it is told which form was kept (Net-Unicode is NFC).
                        if value["name"]?.string.map({ Array($0.utf8) }) != Array(mailbox.name.utf8) { json.member("name", mailbox.name) }
                    }
                } catch {
                    call.outcome.notCreated.append((key, try setError(error)))
                }
            }
            if next.count == waiting.count {
                for (key, _) in next {
                    call.outcome.notCreated.append((key, .invalidProperties(["parentId"], "The parents form a circle.")))
                }
                return
            }
            waiting = next
        }
    }

    private static func create(_ object: JSONObject, _ editing: any AccountEditing, _ context: RequestContext) throws -> Mailbox {
        let siblings = try editing.mailboxes()
        var draft = MailboxDraft()
        try draft.apply(object, context)
        guard draft.name != nil else { throw SetError.invalidProperties(["name"], "A mailbox needs a name.") }
        try draft.check(against: siblings, itself: nil)
        guard let name = draft.name else { throw SetError.invalidProperties(["name"], "A mailbox needs a name.") }
        var mailbox = try editing.createMailbox(
            name: name, parentID: draft.parentID ?? nil, role: draft.role ?? nil, isSubscribed: draft.isSubscribed ?? true)
        if let order = draft.sortOrder, order != mailbox.sortOrder {
            mailbox.sortOrder = order
            try editing.updateMailbox(mailbox)
        }
        return mailbox
    }

    private static func update(
        _ id: String, _ patch: JSONObject, _ account: AccountContext, _ editing: any AccountEditing, _ context: RequestContext
    ) throws {
        let all = try editing.mailboxes()
        guard let id = JMAPID.mailbox(id), var mailbox = all.first(where: { $0.id == id }) else { throw SetError.notFound }
        try SetError.checkPaths(of: patch, properties: properties)
        var draft = MailboxDraft()
        draft.current = mailbox
        draft.access = account.access
        try draft.apply(patch, context)
        try draft.check(against: all, itself: mailbox)
        if let name = draft.name { mailbox.name = name }
        if let parent = draft.parentID { mailbox.parentID = parent }
        if let role = draft.role { mailbox.role = role }
        if let order = draft.sortOrder { mailbox.sortOrder = order }
        if let flag = draft.isSubscribed { mailbox.isSubscribed = flag }
        try editing.updateMailbox(mailbox)
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

/// The properties of a mailbox that a client may set, as read from a create or a patch; nil: not named.
private struct MailboxDraft {
    var current: Mailbox?
    var access = AccountAccess(mayRead: true, mayWrite: true, maySend: true)
    var name: String?
    var parentID: MailboxID??
    var role: MailboxRole??
    var sortOrder: Int?
    var isSubscribed: Bool?

    mutating func apply(_ object: JSONObject, _ context: RequestContext) throws {
        var wrong: [String] = []
        for (property, value) in object.entries {
            switch property {
            case "name":
                // RFC 8621 §2: Net-Unicode, so NFC.
                if let text = value.string { name = text.precomposedStringWithCanonicalMapping } else { wrong.append(property) }
            case "parentId":
                if value.isNull {
                    parentID = .some(nil)
                } else if let id = value.string.flatMap(context.resolve).flatMap(JMAPID.mailbox) {
                    parentID = id
                } else {
                    wrong.append(property)
                }
            case "role":
                if value.isNull {
                    role = .some(nil)
                } else if let known = value.string.flatMap(MailboxRole.init(rawValue:)) {
                    role = known
                } else {
                    wrong.append(property)
                }
            case "sortOrder":
                if let number = value.integer, (0..<(1 << 31)).contains(number) { sortOrder = number } else { wrong.append(property) }
            case "isSubscribed":
                if let flag = value.bool { isSubscribed = flag } else { wrong.append(property) }
            default:
                if !isUnchanged(property, value) { wrong.append(property) }
            }
        }
        guard wrong.isEmpty else {
            throw SetError.invalidProperties(wrong, "These properties are unknown, set by the server, or of a wrong type.")
        }
    }

    /// Server-set properties may be sent back as they are (RFC 8620 §5.3).
    private func isUnchanged(_ property: String, _ value: JSONValue) -> Bool {
        guard let current, MailboxMethods.properties.contains(property) else { return false }
        var json = JSONWriter()
        MailboxMethods.write(current, properties: [property], access: access, to: &json)
        return (try? JSONParser.parse(json.bytes).object?[property]) == value
    }

    func check(against all: [Mailbox], itself: Mailbox?) throws {
        let parent = parentID ?? itself?.parentID
        if let name {
            let separator = itself?.separator ?? all.first { $0.separator != nil }?.separator
            guard !name.isEmpty, name.utf8.count <= 255, !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
            else {
                throw SetError.invalidProperties(["name"], "A name has 1 to 255 octets and no control characters.")
            }
            if let separator, name.contains(separator) {
                throw SetError.invalidProperties(["name"], "\"\(separator)\" separates the levels of folders on this server.")
            }
            if let itself, itself.role == .inbox, name != itself.name { throw SetError("forbidden", "The inbox can't be renamed.") }
        }
        if let parent {
            guard let mailbox = all.first(where: { $0.id == parent }) else {
                throw SetError.invalidProperties(["parentId"], "There is no such mailbox.")
            }
            var place: Mailbox? = mailbox
            while let ancestor = place, let itself {
                guard ancestor.id != itself.id else {
                    throw SetError.invalidProperties(["parentId"], "A mailbox can't lie within itself.")
                }
                place = all.first { $0.id == ancestor.parentID }
            }
        }
        if let itself, itself.role == .inbox, let parentID, parentID != itself.parentID {
            throw SetError("forbidden", "The inbox can't be moved.")
        }
        let final = name ?? itself?.name
        if let other = all.first(where: { $0.parentID == parent && $0.name == final && $0.id != itself?.id }) {
            throw SetError(
                "alreadyExists", "There is a mailbox of this name in the same place.", details: [("existingId", .string(other.id.jmap))])
        }
        if let role, let role, all.contains(where: { $0.role == role && $0.id != itself?.id }) {
            throw SetError.invalidProperties(["role"], "Another mailbox has this role.")
        }
    }
}
