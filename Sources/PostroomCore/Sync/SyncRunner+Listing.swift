/// The folder list: which folders there are, what they are for, and whether one is really gone.
extension SyncRunner {
    func makeListing(_ listed: [ServerMailbox]) -> [MailboxListing] {
        let roles = FolderRoles.roles(of: listed)
        return listed.map { box in
            MailboxListing(
                path: box.path, separator: box.separator, role: roles[box.path], isSelectable: box.isSelectable,
                isSubscribed: box.isSubscribed, isSynced: isSynced(box, role: roles[box.path]))
        }
    }

    private func isSynced(_ box: ServerMailbox, role: MailboxRole?) -> Bool {
        box.isSelectable && !isExcluded(path: box.path, separator: box.separator)
    }

    func isExcluded(path: String, separator: String?) -> Bool {
        settings.excludedFolders.contains { excluded in
            guard path != excluded else { return true }
            guard let separator else { return false }
            return path.hasPrefix(excluded + separator)
        }
    }

    /// Mirrored folders that the listing lacks. One that still answers STATUS was only left out, and is kept with its mail.
    func confirmedMissing(from listed: [ServerMailbox]) async throws -> (kept: [MailboxListing], gone: [MailboxListing]) {
        let paths = Set(listed.map(\.path))
        var kept: [MailboxListing] = []
        var gone: [MailboxListing] = []
        for mailbox in try await store.mailboxes(of: account) where !paths.contains(mailbox.path) && mailbox.counts.totalEmails > 0 {
            let listing = MailboxListing(
                path: mailbox.path, separator: mailbox.separator, role: mailbox.role, isSelectable: mailbox.isSelectable,
                isSubscribed: mailbox.isSubscribed, isSynced: mailbox.isSynced)
            do {
                _ = try await session.status(of: mailbox.path)
                kept.append(listing)
            } catch let failure as MailFailure where failure.isConnectionUsable {
                gone.append(listing)
            }
        }
        return (kept, gone)
    }
}
