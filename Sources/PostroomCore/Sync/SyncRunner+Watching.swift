/// After everything is caught up: what the server says on its own, and the next looks.
extension SyncRunner {
    /// The inbox is what IDLE watches.
    func selectInbox() async throws {
        guard let inbox = mailboxes.first(where: { $0.role == .inbox && $0.isSelectable }), selected?.path != inbox.path else { return }
        let answer = try await select(inbox)
        // What came while another folder was open is announced to nobody: only the numbers of this answer give it away.
        guard inbox.isSynced,
            SyncPlan.needsVisit(inbox.cursor, answer.status, abilities: session.abilities, unread: unseen(in: inbox))
        else { return }
        statuses[inbox.path] = answer.status
        if let removal = try await visit(inbox.id, isThorough: false) { try await apply(removal) }
        try await select(inbox)
    }

    /// INTERNALDATE of the newest message that arrived since the last call; nil where none did.
    func takeNewestArrival() -> Timestamp? {
        defer { newestArrival = nil }
        return newestArrival
    }

    /// Looks at the folders that NOTIFY spoke of, and at nothing else; a folder that is not known leads to a look at all.
    private func visit(paths: Set<String>) async throws {
        // As in a look: what moved from one folder to another is seen there before it is removed here.
        var removals: [Removal] = []
        for path in paths.sorted() {
            guard let mailbox = mailbox(path: path) else { return _ = try await lookAgain(isThorough: false) }
            guard mailbox.isSynced, mailbox.isSelectable else { continue }
            statuses[path] = nil
            if selected?.path == path { selected = nil }
            if let removal = try await visit(mailbox.id, isThorough: false) { removals.append(removal) }
        }
        for removal in removals { try await apply(removal) }
    }

    /// Follows what was said. New messages of the selected mailbox need no look around; other folders are looked at one by one.
    func follow(_ all: [SessionEvent]) async throws {
        var events: [SessionEvent] = []
        var elsewhere: Set<String> = []
        for event in all {
            if case .otherMailbox(let path) = event { elsewhere.insert(path) } else { events.append(event) }
        }
        if !events.isEmpty { try await followSelected(events) }
        try await visit(paths: elsewhere)
    }

    private func followSelected(_ events: [SessionEvent]) async throws {
        // It was said about the inbox: where operations have opened another folder since, `selectInbox` compares on the way back.
        if let selected, let open = mailbox(path: selected.path), open.role != .inbox { return }
        guard let path = selected?.path, let mailbox = mailbox(path: path), mailbox.isSynced else {
            return _ = try await lookAgain(isThorough: false)
        }
        let said = Set(events)
        let isOnlyHere = said.isSubset(of: [.arrived, .flagsChanged])
        guard isOnlyHere, !said.contains(.flagsChanged) || session.abilities.condStore, let status = selected?.answer.status,
            status.uidValidity == mailbox.cursor.uidValidity
        else {
            // Where flags have no numbers that move with them only a comparison shows what was meant.
            if said.contains(.flagsChanged), !session.abilities.condStore { doubted.insert(mailbox.id) }
            return _ = try await lookAgain(isThorough: false)
        }
        if said.contains(.arrived) {
            let arrived = try await fetchArrivals(from: max(1, mailbox.cursor.uidNext), in: mailbox.id, status: status)
            selected?.answer.status.messages += arrived.count
            selected?.answer.status.uidNext = self.mailbox(mailbox.id)?.cursor.uidNext ?? status.uidNext
        }
        if said.contains(.flagsChanged) {
            let changes = try await session.changes(since: mailbox.cursor.highestModSeq)
            try await applyFlags(changes.flags, in: mailbox.id, uidValidity: status.uidValidity)
            // What goes from here may have come elsewhere.
            if changes.vanished?.isEmpty == false || changes.flags.contains(where: \.isDeleted) {
                _ = try await lookAgain(isThorough: false)
            }
        }
    }

    /// A look at everything; whatever it finds is followed to the end. True where anything changed.
    func lookAgain(isThorough: Bool) async throws -> Bool {
        let before = report
        // What was refused may be open now.
        refused = [:]
        quotas = .wanted
        try await look(isThorough: isThorough)
        if mailboxes.contains(where: { $0.cursor.oldestUID > 1 }) { try await fetchHistory() }
        try await fetchMissingSources()
        try await keepQuotas()
        return before.added != report.added || before.removed != report.removed || before.flagsChanged != report.flagsChanged
    }
}
