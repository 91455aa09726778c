import Foundation
import PostroomCore

extension SQLStore {
    public func replaceMailboxes(with listing: [MailboxListing], of account: AccountID) async throws -> [Mailbox] {
        // Asked at every look, where mostly the server lists what is here already: that needs no write.
        let unchanged = try await glance { connection -> [Mailbox]? in
            let current = try Self.mailboxes(of: account, connection)
            let pending = try PendingMailboxes(of: account, connection)
            return ListingComparison(listing: listing, current: current, pending: pending).changesNothing ? current : nil
        }
        if let unchanged { return unchanged }
        return try await write(account) { transaction in
            let pending = try PendingMailboxes(of: account, transaction.connection)
            let plan = ListingComparison(listing: listing, current: try transaction.mailboxes(), pending: pending)
            try transaction.remove(plan.removed, remembers: true)
            // Renames first free their old paths, then take the new ones, so that two folders may swap names.
            for (mailbox, _) in plan.renamed {
                try transaction.connection.execute(
                    "UPDATE mailboxes SET path = $3 WHERE account_id = $1 AND id = $2",
                    [account.sql, mailbox.id.sql, "\u{1}\(mailbox.id)".sql])
            }
            for (mailbox, known) in try plan.mailboxes(newID: { MailboxID(try transaction.takeIDs()) }) {
                guard let known else {
                    try transaction.insert(mailbox)
                    continue
                }
                if !mailbox.isListed(as: known) { try transaction.update(mailbox) }
            }
            return try transaction.mailboxes()
        }
    }
}

extension Mailbox {
    /// Whether a listing says nothing new of it: counts and cursor are in none.
    fileprivate func isListed(as known: Mailbox) -> Bool {
        var known = known
        known.counts = counts
        known.cursor = cursor
        return known == self
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

    init(of account: AccountID, _ connection: any SQLConnection) throws {
        let rows = try connection.rows("SELECT kind FROM operations WHERE account_id = $1 AND email_id IS NULL", [account.sql])
        for row in rows {
            let kind: ServerOperation.Kind = try JSON.value(row.text(0))
            switch kind {
            case .createMailbox(let mailbox, _): held.insert(mailbox)
            case .renameMailbox(let mailbox, let from, _):
                held.insert(mailbox)
                gonePaths.insert(from)
            case .deleteMailbox(let path): gonePaths.insert(path)
            case .subscribe(let path, let isSubscribed): subscriptions[path] = isSubscribed
            case .storeFlags, .move, .copy, .expunge, .append: break
            }
        }
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

    /// Whether what is here is what the server lists.
    var changesNothing: Bool {
        guard removed.isEmpty, renamed.isEmpty, listed.allSatisfy({ $0.known != nil }) else { return false }
        return mailboxes(newID: { MailboxID(0) }).allSatisfy { mailbox, known in known.map { mailbox.isListed(as: $0) } ?? false }
    }

    /// What each folder of the listing becomes, parents before children, with the mailbox that it is.
    func mailboxes(newID: () throws -> MailboxID) rethrows -> [(mailbox: Mailbox, known: Mailbox?)] {
        var roles = Set(held.compactMap(\.role))
        var byPath: [String: MailboxID] = [:]
        for mailbox in held { byPath[mailbox.path] = mailbox.id }
        var found: [(mailbox: Mailbox, known: Mailbox?)] = []
        for (item, known) in listed.sorted(by: { $0.item.path.utf8.count < $1.item.path.utf8.count }) {
            let id = try known?.id ?? newID()
            byPath[item.path] = id
            let role = item.role.flatMap { roles.insert($0).inserted ? $0 : nil }
            found.append((Self.mailbox(item, id: id, role: role, known: known, parents: byPath), known))
        }
        return found
    }

    /// The mailbox that a listing's item describes.
    private static func mailbox(
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
