import PostroomCore

/// Mailbox/get and Mailbox/changes (RFC 8621 §2).
enum MailboxMethods {
    static let properties = [
        "id", "name", "parentId", "role", "sortOrder", "totalEmails", "unreadEmails", "totalThreads", "unreadThreads", "myRights",
        "isSubscribed",
    ]

    static func get(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try GetCall(object, context)
        let properties = try call.properties(of: properties)
        let state = try await call.account.state(of: .mailbox)
        let all = try await call.account.mailboxes()
        var list = all
        var notFound: [String] = []
        if let ids = call.ids {
            let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
            list = []
            for id in ids {
                if let mailbox = JMAPID.mailbox(id).flatMap({ byID[$0] }) {
                    list.append(mailbox)
                } else {
                    notFound.append(id)
                }
            }
        } else if all.count > context.limits.maxObjectsInGet {
            throw MethodError("requestTooLarge", "There are \(all.count) mailboxes. Ask for them by id.")
        }
        return call.response(state: state, list: list, notFound: notFound) {
            write($0, properties: properties, access: call.account.access, to: &$1)
        }
    }

    static func write(_ mailbox: Mailbox, properties: [String], access: AccountAccess, to json: inout JSONWriter) {
        json.beginObject()
        for property in properties {
            switch property {
            case "id": json.member("id", mailbox.id.jmap)
            case "name": json.member("name", mailbox.name)
            case "parentId": json.member("parentId", mailbox.parentID?.jmap)
            case "role": json.member("role", mailbox.role?.rawValue)
            case "sortOrder": json.member("sortOrder", mailbox.sortOrder)
            case "totalEmails": json.member("totalEmails", mailbox.counts.totalEmails)
            case "unreadEmails": json.member("unreadEmails", mailbox.counts.unreadEmails)
            case "totalThreads": json.member("totalThreads", mailbox.counts.totalThreads)
            case "unreadThreads": json.member("unreadThreads", mailbox.counts.unreadThreads)
            case "isSubscribed": json.member("isSubscribed", mailbox.isSubscribed)
            case "myRights":
                json.key("myRights")
                MailboxRights(mailbox, access).write(to: &json)
            default: break
            }
        }
        json.endObject()
    }

    static func changes(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        try await ChangesCall.run(object, context, type: .mailbox) { changes, json in
            json.key("updatedProperties")
            guard changes.onlyCountsChanged, !changes.updated.isEmpty else { return json.null() }
            json.beginArray()
            for name in ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"] { json.string(name) }
            json.endArray()
        }
    }
}

/// What may be done with one mailbox (RFC 8621 §2, MailboxRights).
struct MailboxRights {
    var mayReadItems: Bool
    var mayAddItems: Bool
    var mayRemoveItems: Bool
    var maySetKeywords: Bool
    var mayCreateChild: Bool
    var mayRename: Bool
    var mayDelete: Bool
    var maySubmit: Bool

    init(_ mailbox: Mailbox, _ access: AccountAccess) {
        let holdsMail = mailbox.isSelectable
        mayReadItems = access.mayRead && holdsMail
        mayAddItems = access.mayWrite && holdsMail
        mayRemoveItems = access.mayWrite && holdsMail
        maySetKeywords = access.mayWrite && holdsMail
        mayCreateChild = access.mayWrite && mailbox.separator != nil
        // INBOX is IMAP's own: RENAME moves its mail away, DELETE is refused (RFC 3501 §6.3).
        mayRename = access.mayWrite && mailbox.role != .inbox
        mayDelete = access.mayWrite && mailbox.role != .inbox
        maySubmit = access.maySend && holdsMail
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("mayReadItems", mayReadItems)
        json.member("mayAddItems", mayAddItems)
        json.member("mayRemoveItems", mayRemoveItems)
        json.member("maySetSeen", maySetKeywords)
        json.member("maySetKeywords", maySetKeywords)
        json.member("mayCreateChild", mayCreateChild)
        json.member("mayRename", mayRename)
        json.member("mayDelete", mayDelete)
        json.member("maySubmit", maySubmit)
        json.endObject()
    }
}
