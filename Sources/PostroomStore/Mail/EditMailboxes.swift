import Foundation
import PostroomCore

extension AccountTransaction {
    func createMailbox(name: String, parentID: MailboxID?, role: MailboxRole?, isSubscribed: Bool) throws -> Mailbox {
        let (path, separator) = try self.path(of: name, below: parentID)
        let mailbox = Mailbox(
            id: MailboxID(try takeIDs()), parentID: parentID, name: name, path: path, separator: separator, role: role,
            sortOrder: role?.sortOrder ?? MailboxRole.lastSortOrder, isSubscribed: isSubscribed)
        try insert(mailbox)
        try queue(.createMailbox(mailbox: mailbox.id, path: path))
        if isSubscribed { try queue(.subscribe(path: path, isSubscribed: true)) }
        return mailbox
    }

    func updateMailbox(_ mailbox: Mailbox) throws {
        var current = try self.mailbox(mailbox.id)
        if mailbox.name != current.name || mailbox.parentID != current.parentID {
            let (path, _) = try self.path(of: mailbox.name, below: mailbox.parentID)
            let separator = current.separator ?? ""
            guard !separator.isEmpty || path != current.path,
                !(path + separator).hasPrefix(current.path + separator) || separator.isEmpty
            else { throw StoreError.inUse(what: "mailbox \(current.path): it can't be moved below itself") }
            let from = current.path
            try rename(current, to: path, name: mailbox.name, parent: mailbox.parentID)
            try queue(.renameMailbox(mailbox: current.id, from: from, to: path))
            current = try self.mailbox(mailbox.id)
        }
        let isSubscriptionNew = current.isSubscribed != mailbox.isSubscribed
        var wanted = current
        wanted.isSubscribed = mailbox.isSubscribed
        wanted.sortOrder = mailbox.sortOrder
        wanted.isSynced = mailbox.isSynced
        wanted.role = mailbox.role
        if wanted != current { try update(wanted) }
        if isSubscriptionNew { try queue(.subscribe(path: current.path, isSubscribed: mailbox.isSubscribed)) }
    }

    func destroyMailbox(_ id: MailboxID, removingEmails: Bool) throws {
        let mailbox = try self.mailbox(id)
        if try connection.exists("SELECT 1 FROM mailboxes WHERE account_id = $1 AND parent_id = $2", [account.sql, id.sql]) {
            throw StoreError.inUse(what: "mailbox \(mailbox.path): it has folders")
        }
        let hasEmails = try connection.exists(
            "SELECT 1 FROM placements WHERE account_id = $1 AND mailbox_id = $2", [account.sql, id.sql])
        if hasEmails && !removingEmails { throw StoreError.inUse(what: "mailbox \(mailbox.path): it has emails") }
        // Made here and not begun there: nothing is to be deleted.
        let creation = try connection.row(
            "SELECT id FROM operations WHERE account_id = $1 AND mailbox_id = $2 AND attempts = 0 AND kind LIKE '{\"createMailbox\"%'",
            [account.sql, id.sql])
        if creation == nil {
            // A rename that waits goes first: the name that is deleted is the one that it gives.
            try connection.execute(
                "UPDATE operations SET mailbox_id = NULL WHERE account_id = $1 AND mailbox_id = $2 AND kind LIKE '{\"renameMailbox\"%'",
                [account.sql, id.sql])
        }
        try remove([id], remembers: false)
        if creation == nil { try queue(.deleteMailbox(path: mailbox.path)) }
    }
}

extension AccountTransaction {
    /// The path of a mailbox with this name. Throws `notFound` for a parent that is not there.
    func path(of name: String, below parentID: MailboxID?) throws -> (path: String, separator: String?) {
        let separator: String?
        var path = name
        if let parentID {
            let parent = try mailbox(parentID)
            guard let between = parent.separator, !between.isEmpty else {
                throw StoreError.inUse(what: "mailbox \(parent.path): the server has no folders below it")
            }
            separator = between
            path = parent.path + between + name
        } else {
            separator = try mailboxes().lazy.compactMap(\.separator).first ?? "/"
        }
        if let separator, !separator.isEmpty, name.contains(separator) {
            throw StoreError.failed("the name \(name) holds the server's separator \(separator)")
        }
        if name.isEmpty { throw StoreError.failed("a mailbox needs a name") }
        return (path, separator)
    }

    /// Gives a mailbox another path; those below follow.
    func rename(_ mailbox: Mailbox, to path: String) throws {
        let parts = mailbox.separator.map { path.components(separatedBy: $0) } ?? [path]
        let parentPath = mailbox.separator.map { parts.dropLast().joined(separator: $0) } ?? ""
        let parent = try mailboxes().first { $0.path == parentPath }?.id
        try rename(mailbox, to: path, name: parts.last ?? path, parent: parent)
    }

    func rename(_ mailbox: Mailbox, to path: String, name: String, parent: MailboxID?) throws {
        let below = try mailbox.separator.map { separator in
            try mailboxes().filter { $0.path.hasPrefix(mailbox.path + separator) }
        }
        var renamed = mailbox
        renamed.path = path
        renamed.name = name
        renamed.parentID = parent
        try update(renamed)
        for var child in below ?? [] {
            child.path = path + child.path.dropFirst(mailbox.path.count)
            try update(child)
        }
    }
}
