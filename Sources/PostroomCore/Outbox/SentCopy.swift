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
        if let email = submission.emailID, let record = try await store.emails([email], of: account).first {
            if wish.destroy {
                _ = try await store.destroyEmails([email], ifInState: nil, of: account)
            } else if wish != Submission.OnSuccess() {
                let known = Set(mailboxes.map(\.id))
                let update = EmailUpdate(
                    id: email, addKeywords: Set(wish.addKeywords), removeKeywords: Set(wish.removeKeywords),
                    addMailboxes: Set(wish.addMailboxes).intersection(known),
                    removeMailboxes: Set(wish.removeMailboxes).intersection(record.mailboxIDs))
                _ = try await store.update([update], ifInState: nil, of: account)
            }
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

    private func isIn(_ mailbox: Mailbox, _ messageID: String) async throws -> Bool {
        let ids = try await store.emails(withMessageID: messageID, of: account)
        return try await store.emails(ids, of: account).contains { $0.mailboxIDs.contains(mailbox.id) }
    }
}
