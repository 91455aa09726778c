import MailProtocol

/// Taking up where an earlier connection ended.
extension IMAPClient {
    /// Whether ``resume(_:since:isEnabled:status:)`` can be asked for.
    public var canResume: Bool {
        let known = capabilities
        return known.hasQResync && known.hasEnable && known.hasListExtended && known.hasListStatus
    }

    /// Opens a mailbox where a mirror of it stands and lists all mailboxes with their counts, in one round trip.
    ///
    /// ENABLE QRESYNC (unless `isEnabled`), SELECT (QRESYNC) and LIST go out one behind the other: none of them needs the answer of the one
    /// before (RFC 9051, section 5.5), and a server that refuses ENABLE refuses that SELECT (RFC 7162, section 3.2.5). `opened` holds the
    /// refusal then; `isEnabled` says whether QRESYNC is on.
    public func resume(
        _ mailbox: IMAP.MailboxName, since point: IMAP.QResync, isEnabled: Bool, status items: [IMAP.StatusItem]
    ) async throws(IMAPError) -> (opened: Result<SelectedMailbox, IMAPError>, isEnabled: Bool, listed: [MailboxListing]) {
        let known = capabilities
        let select = IMAP.Command.select(mailbox, IMAP.SelectOptions(condStore: false, qresync: point))
        let list = IMAP.Command.list(reference: "", patterns: ["*"], options: known.listOptions(status: known.supported(items)))
        let limit = pipeline.limits.collectedResponses
        var commands: [(command: IMAP.Command, collector: any ResponseCollector)] = [
            (select, SelectCollector(limit: limit)), (list, ListCollector(limit: limit)),
        ]
        if !isEnabled { commands.insert((.enable(["QRESYNC"]), Self.enabledCollector), at: 0) }
        var answers = try await pipeline.runTogether(commands)
        guard let listing = answers.popLast(), let found = listing.collected as? ListCollector, let selection = answers.popLast(),
            let selected = selection.collected as? SelectCollector
        else { throw IMAPError(.closed, command: list.name) }
        try listing.status.requireOK(list.name)
        var isEnabled = isEnabled
        if let answer = answers.popLast() {
            isEnabled = answer.status.condition == .ok && Self.enabled(answer.collected).contains("QRESYNC")
        }
        let opened: Result<SelectedMailbox, IMAPError>
        do throws(IMAPError) {
            try selection.status.requireOK(select.name)
            opened = .success(Self.selected(selected, selection.status, by: select))
        } catch {
            opened = .failure(error)
        }
        return (opened, isEnabled, Self.listings(of: Self.unique(found.mailboxes), statuses: found.statuses))
    }
}
