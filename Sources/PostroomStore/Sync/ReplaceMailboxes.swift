import Foundation
import PostroomCore

extension SQLStore {
    public func replaceMailboxes(with listing: [MailboxListing], of account: AccountID) async throws -> [Mailbox] {
        try await write(account) { transaction in
            let pending = try transaction.pendingMailboxOperations()
            let current = try transaction.mailboxes()
            let plan = ListingComparison(listing: listing, current: current, pending: pending)
            try transaction.remove(plan.removed, remembers: true)
            // Renames first free their old paths, then take the new ones, so that two folders may swap names.
            for (mailbox, _) in plan.renamed {
                try transaction.connection.execute(
                    "UPDATE mailboxes SET path = $3 WHERE account_id = $1 AND id = $2",
                    [account.sql, mailbox.id.sql, "\u{1}\(mailbox.id)".sql])
            }
            var roles = Set(plan.held.compactMap(\.role))
            var byPath: [String: MailboxID] = [:]
            for mailbox in plan.held { byPath[mailbox.path] = mailbox.id }
            // Parents before children.
            for (item, known) in plan.listed.sorted(by: { $0.item.path.utf8.count < $1.item.path.utf8.count }) {
                let id = try known?.id ?? MailboxID(transaction.takeIDs())
                byPath[item.path] = id
                let role = item.role.flatMap { roles.insert($0).inserted ? $0 : nil }
                let mailbox = ListingComparison.mailbox(item, id: id, role: role, known: known, parents: byPath)
                guard let known else {
                    try transaction.insert(mailbox)
                    continue
                }
                var unchanged = known
                unchanged.counts = mailbox.counts
                unchanged.cursor = mailbox.cursor
                if unchanged != mailbox { try transaction.update(mailbox) }
            }
            return try transaction.mailboxes()
        }
    }
}

/// Mailboxes that queued operations are about.
struct PendingMailboxes: Sendable {
    /// Created or renamed here: the server does not know them so yet.
    var held: Set<MailboxID> = []
    /// Paths that the server still has and that are gone here.
    var gonePaths: Set<String> = []
    /// Subscriptions on their way to the server.
    var subscriptions: [String: Bool] = [:]
}

extension AccountTransaction {
    func pendingMailboxOperations() throws -> PendingMailboxes {
        var pending = PendingMailboxes()
        let rows = try connection.rows("SELECT kind FROM operations WHERE account_id = $1 AND email_id IS NULL", [account.sql])
        for row in rows {
            let kind: ServerOperation.Kind = try JSON.value(row.text(0))
            switch kind {
            case .createMailbox(let mailbox, _): pending.held.insert(mailbox)
            case .renameMailbox(let mailbox, let from, _):
                pending.held.insert(mailbox)
                pending.gonePaths.insert(from)
            case .deleteMailbox(let path): pending.gonePaths.insert(path)
            case .subscribe(let path, let isSubscribed): pending.subscriptions[path] = isSubscribed
            case .storeFlags, .move, .copy, .expunge, .append: break
            }
        }
        return pending
    }
}

/// A server's listing beside the mailboxes that are here. Pure.
struct ListingComparison {
    /// Left alone: with an operation on its way to the server, or below one of those.
    private(set) var held: [Mailbox] = []
    private(set) var removed: [MailboxID] = []
    private(set) var renamed: [(mailbox: Mailbox, path: String)] = []
    /// What the server lists, with the mailbox that it is.
    private(set) var listed: [(item: MailboxListing, known: Mailbox?)] = []

    init(listing: [MailboxListing], current: [Mailbox], pending: PendingMailboxes) {
        let heldPaths = Set(current.filter { pending.held.contains($0.id) }.map(\.path))
        held = current.filter { Self.isBelow($0.path, separator: $0.separator, heldPaths) }
        let heldIDs = Set(held.map(\.id))
        var unmatched = Dictionary(uniqueKeysWithValues: current.filter { !heldIDs.contains($0.id) }.map { ($0.path, $0) })
        var fresh: [MailboxListing] = []
        var seen: Set<String> = []
        for var item in listing where seen.insert(item.path).inserted {
            if let subscription = pending.subscriptions[item.path] { item.isSubscribed = subscription }
            if Self.isBelow(item.path, separator: item.separator, heldPaths)
                || Self.isBelow(item.path, separator: item.separator, pending.gonePaths)
            {
                continue
            }
            if let known = unmatched.removeValue(forKey: item.path) {
                listed.append((item, known))
            } else {
                fresh.append(item)
            }
        }
        // A folder with the same role under another name, and then what lies below it, was renamed.
        for item in fresh {
            var known: Mailbox?
            if let role = item.role { known = unmatched.values.first { $0.role == role } }
            if known == nil {
                for (mailbox, path) in renamed {
                    guard let separator = item.separator, item.path.hasPrefix(path + separator) else { continue }
                    known = unmatched[mailbox.path + separator + item.path.dropFirst(path.count + separator.count)]
                }
            }
            if let known {
                unmatched[known.path] = nil
                renamed.append((known, item.path))
            }
            listed.append((item, known))
        }
        removed = unmatched.values.map(\.id).sorted()
    }

    private static func isBelow(_ path: String, separator: String?, _ paths: Set<String>) -> Bool {
        paths.contains(path) || paths.contains { gone in separator.map { path.hasPrefix(gone + $0) } ?? false }
    }

    /// The mailbox that a listing's item describes.
    static func mailbox(
        _ item: MailboxListing, id: MailboxID, role: MailboxRole?, known: Mailbox?, parents: [String: MailboxID]
    ) -> Mailbox {
        var name = item.path
        var parent: MailboxID?
        if let separator = item.separator, !separator.isEmpty {
            let parts = item.path.components(separatedBy: separator)
            name = parts.last.flatMap { $0.isEmpty ? nil : $0 } ?? item.path
            for count in stride(from: parts.count - 1, to: 0, by: -1) where parent == nil {
                parent = parents[parts.prefix(count).joined(separator: separator)]
            }
        }
        let sortOrder = known.flatMap { $0.role == role ? $0.sortOrder : nil } ?? role?.sortOrder ?? MailboxRole.lastSortOrder
        return Mailbox(
            id: id, parentID: parent, name: name, path: item.path, separator: item.separator, role: role, sortOrder: sortOrder,
            isSubscribed: item.isSubscribed, isSelectable: item.isSelectable, isSynced: item.isSynced)
    }
}
