/// What becomes of a message once it is sent: its draft moves to Sent, or a copy is put there, exactly once.
///
/// Both are queued writes: sending never waits for the mailbox's server. Where that server has already put a copy into Sent by
/// itself, the write adopts it (`SyncRunner.runOperations`).
struct SentCopy: Sendable {
    let account: AccountID
    let store: any MailStore
    let clock: any Clock

    /// Carries out `onSuccess` and empties it, so that it happens once however often it is asked for.
    func finish(_ submission: inout Submission) async throws {
        guard !submission.isCopied else { return }
        let wish = submission.onSuccess
        let mailboxes = try await store.mailboxes(of: account)
        let sent = mailboxes.first { $0.role == .sent }
        if let record = try await email(of: submission) {
            if wish.destroy {
                _ = try await store.destroyEmails([record.id], ifInState: nil, of: account)
            } else if Self.isOpen(wish, for: record) {
                let known = Set(mailboxes.map(\.id))
                let update = EmailUpdate(
                    id: record.id, addKeywords: Set(wish.addKeywords), removeKeywords: Set(wish.removeKeywords),
                    addMailboxes: Set(wish.addMailboxes).intersection(known),
                    removeMailboxes: Set(wish.removeMailboxes).intersection(record.mailboxIDs))
                _ = try await store.update([update], ifInState: nil, of: account)
            }
            submission.isCopied = true
        } else if wish.destroy {
            // Its client wanted no copy and has removed the draft itself.
            submission.isCopied = true
        } else if let sent, let wire = try await store.wire(of: submission.id, account: account) {
            if try await !isIn(sent, submission.messageID) {
                let (content, searchText) = MessageReader().read(wire)
                _ = try await store.createEmail(
                    NewEmail(
                        source: wire, content: content, searchText: searchText, mailboxIDs: [sent.id], keywords: ["$seen"],
                        receivedAt: clock.now()), of: account)
            }
            submission.isCopied = true
        } else {
            return
        }
        submission.onSuccess = Submission.OnSuccess()
        try await store.updateSubmission(submission, of: account)
    }

    /// Whether the client's own update has not been carried out: it does so as soon as it has submitted, unless it is stopped between.
    private static func isOpen(_ wish: Submission.OnSuccess, for record: EmailRecord) -> Bool {
        !Set(record.mailboxIDs).isDisjoint(with: wish.removeMailboxes) || !record.keywords.isDisjoint(with: wish.removeKeywords)
            || !record.keywords.isSuperset(of: wish.addKeywords)
            || wish.removeMailboxes.isEmpty && !Set(record.mailboxIDs).isSuperset(of: wish.addMailboxes)
    }

    /// A refused message is no sent one: where its client moved it to Sent when it was submitted (RFC 8621 §7.5), it goes back to
    /// Drafts, and to Sent again if it is sent after all. The submission is for the caller to write.
    func takeBack(_ submission: inout Submission) async throws {
        let mailboxes = try await store.mailboxes(of: account)
        guard let email = try await email(of: submission), let sent = mailboxes.first(where: { $0.role == .sent }),
            email.mailboxIDs.contains(sent.id), let drafts = mailboxes.first(where: { $0.role == .drafts })
        else { return }
        submission.onSuccess = Submission.OnSuccess(
            removeKeywords: ["$draft"], addMailboxes: [sent.id], removeMailboxes: [drafts.id])
        let update = EmailUpdate(id: email.id, addKeywords: ["$draft"], addMailboxes: [drafts.id], removeMailboxes: [sent.id])
        _ = try await store.update([update], ifInState: nil, of: account)
    }

    /// Whether the message lies in Sent by our own doing: its being there then proves nothing.
    func isOursInSent(_ submission: Submission) async throws -> Bool {
        guard let record = try await email(of: submission) else { return false }
        let sent = try await store.mailboxes(of: account).filter { $0.role == .sent }.map(\.id)
        return record.mailboxIDs.contains { sent.contains($0) }
    }

    /// By its id of now: while a message is under way its conversation may grow together with another.
    private func email(of submission: Submission) async throws -> EmailRecord? {
        guard let id = submission.emailID else { return nil }
        return try await store.email(nowOrBefore: id, of: account)
    }

    private func isIn(_ mailbox: Mailbox, _ messageID: String) async throws -> Bool {
        let ids = try await store.emails(withMessageID: messageID, of: account)
        return try await store.emails(ids, of: account).contains { $0.mailboxIDs.contains(mailbox.id) }
    }
}
