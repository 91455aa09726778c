import Foundation
import PostroomCore

/// The properties of a mailbox that a client may set, as read from a create or a patch; nil: not named.
struct MailboxDraft {
    var current: Mailbox?
    var access = AccountAccess(mayRead: true, mayWrite: true, maySend: true)
    var name: String?
    var parentID: MailboxID??
    var role: MailboxRole??
    var sortOrder: Int?
    var isSubscribed: Bool?
    /// All that is wrong is told at once (RFC 8620 §5.3).
    private var wrong: [String] = []
    private var reasons: [String] = []

    init(current: Mailbox? = nil) { self.current = current }

    private mutating func refuse(_ property: String, _ reason: String) {
        if !wrong.contains(property) { wrong.append(property) }
        if !reasons.contains(reason) { reasons.append(reason) }
    }

    mutating func apply(_ object: JSONObject, _ context: RequestContext) {
        let reason = "These properties are unknown, set by the server, or of a wrong type."
        for (property, value) in object.entries {
            switch property {
            case "name":
                // RFC 8621 §2: Net-Unicode, so NFC.
                if let text = value.string { name = text.precomposedStringWithCanonicalMapping } else { refuse(property, reason) }
            case "parentId":
                if value.isNull {
                    parentID = .some(nil)
                } else if let id = value.string.flatMap(context.resolve).flatMap(JMAPID.mailbox) {
                    parentID = id
                } else {
                    refuse(property, reason)
                }
            case "role":
                if value.isNull {
                    role = .some(nil)
                } else if let known = value.string.flatMap(MailboxRole.init(rawValue:)) {
                    role = known
                } else {
                    refuse(property, reason)
                }
            case "sortOrder":
                // null is the default, 0 (RFC 8620 §5.3).
                if value.isNull, current != nil {
                    sortOrder = 0
                } else if let number = value.integer, (0..<(1 << 31)).contains(number) {
                    sortOrder = number
                } else {
                    refuse(property, reason)
                }
            case "isSubscribed":
                if let flag = value.bool { isSubscribed = flag } else { refuse(property, reason) }
            default:
                if !isUnchanged(property, value) { refuse(property, reason) }
            }
        }
    }

    /// Server-set properties may be sent back as they are (RFC 8620 §5.3).
    private func isUnchanged(_ property: String, _ value: JSONValue) -> Bool {
        guard let current, MailboxMethods.properties.contains(property) else { return false }
        var json = JSONWriter()
        MailboxMethods.write(current, properties: [property], access: access, to: &json)
        return (try? JSONParser.parse(json.bytes).object?[property]) == value
    }

    /// Throws `SetError`, with `existingId` where another mailbox has the name.
    mutating func check(against all: [Mailbox]) throws {
        if current == nil, name == nil, !wrong.contains("name") { refuse("name", "A mailbox needs a name.") }
        let parent = parentID ?? current?.parentID
        checkName(all)
        checkParent(parent, all)
        if let role, let role, all.contains(where: { $0.role == role && $0.id != current?.id }) {
            refuse("role", "Another mailbox has this role.")
        }
        guard wrong.isEmpty else { throw SetError.invalidProperties(wrong, reasons.joined(separator: " ")) }
        try checkInbox()
        let final = name ?? current?.name
        if let other = all.first(where: { $0.parentID == parent && $0.name == final && $0.id != current?.id }) {
            throw SetError(
                "alreadyExists", "There is a mailbox of this name in the same place.", properties: ["name"],
                details: [("existingId", .string(other.id.jmap))])
        }
    }

    private mutating func checkName(_ all: [Mailbox]) {
        guard let name else { return }
        // Net-Unicode has no control characters and no separators of its own for lines and paragraphs (RFC 5198 §2).
        let isLegal = name.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: false
            default: true
            }
        }
        if name.isEmpty || name.utf8.count > 255 || !isLegal {
            refuse("name", "A name has 1 to 255 octets and no control characters.")
        }
        let separator = current?.separator ?? all.first { $0.separator != nil }?.separator
        if let separator, name.contains(separator) {
            refuse("name", "\"\(separator)\" separates the levels of folders on this server.")
        }
    }

    private mutating func checkParent(_ parent: MailboxID?, _ all: [Mailbox]) {
        guard let parent else { return }
        guard let mailbox = all.first(where: { $0.id == parent }) else { return refuse("parentId", "There is no such mailbox.") }
        var place: Mailbox? = mailbox
        while let ancestor = place, let current {
            if ancestor.id == current.id { return refuse("parentId", "A mailbox can't lie within itself.") }
            place = all.first { $0.id == ancestor.parentID }
        }
    }

    /// INBOX is IMAP's own.
    private func checkInbox() throws {
        guard let current, current.role == .inbox else { return }
        if let name, name != current.name { throw SetError("forbidden", "The inbox can't be renamed.") }
        if let parentID, parentID != current.parentID { throw SetError("forbidden", "The inbox can't be moved.") }
        if let role, role != .inbox { throw SetError("forbidden", "The inbox keeps its role.") }
    }
}
