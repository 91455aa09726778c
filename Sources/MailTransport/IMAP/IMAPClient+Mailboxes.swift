import MailProtocol

extension IMAPClient {
    /// All mailboxes of a pattern (`*`: all levels, `%`: one), with their use, subscription and, if asked for, counts.
    ///
    /// One command where LIST-EXTENDED, SPECIAL-USE and LIST-STATUS are offered; else LIST, LSUB and a STATUS for each.
    public func listMailboxes(
        reference: String = "", pattern: String = "*", status items: [IMAP.StatusItem] = []
    ) async throws(IMAPError) -> [MailboxListing] {
        let known = capabilities
        let wanted = known.supported(items)
        var listed: [IMAP.ListedMailbox] = []
        var statuses: [IMAP.MailboxName: IMAP.MailboxStatus] = [:]
        var subscribed: Set<IMAP.MailboxName>?
        let collector = ListCollector(limit: pipeline.limits.collectedResponses)
        if known.hasListExtended {
            let (_, found) = try await pipeline.require(
                .list(reference: reference, patterns: [pattern], options: known.listOptions(status: wanted)), collecting: collector)
            listed = found.mailboxes
            statuses = found.statuses
        } else {
            // XLIST was Gmail's before SPECIAL-USE; it alone tells what mailboxes are for on such servers.
            let usesXList = known.contains("XLIST") && !known.hasSpecialUse
            let command: IMAP.Command =
                usesXList
                ? .xlist(reference: reference, pattern: pattern) : .list(reference: reference, patterns: [pattern], options: .plain)
            listed = try await pipeline.require(command, collecting: collector).1.mailboxes
            let (_, found) = try await pipeline.require(.lsub(reference: reference, pattern: pattern), collecting: collector)
            subscribed = Set(found.mailboxes.filter { !$0.attributes.contains(.noSelect) }.map(\.name))
        }
        let unique = Self.unique(listed)
        if !wanted.isEmpty, !(known.hasListExtended && known.hasListStatus) {
            statuses = try await statusesOneByOne(of: unique.filter(\.isSelectable).map(\.name), items: wanted)
        }
        return Self.listings(of: unique, subscribed: subscribed, statuses: statuses)
    }

    /// Some servers name a mailbox twice.
    static func unique(_ listed: [IMAP.ListedMailbox]) -> [IMAP.ListedMailbox] {
        var seen: Set<IMAP.MailboxName> = []
        return listed.filter { seen.insert($0.name).inserted }
    }

    static func listings(
        of mailboxes: [IMAP.ListedMailbox], subscribed: Set<IMAP.MailboxName>? = nil, statuses: [IMAP.MailboxName: IMAP.MailboxStatus]
    ) -> [MailboxListing] {
        mailboxes.map { mailbox in
            MailboxListing(
                mailbox: mailbox, specialUse: mailbox.specialUse,
                isSubscribed: subscribed?.contains(mailbox.name) ?? mailbox.attributes.contains(.subscribed),
                status: statuses[mailbox.name])
        }
    }

    /// Pipelined: all commands go out before the first answer is waited for. A mailbox that can't be asked has no status.
    private func statusesOneByOne(
        of names: [IMAP.MailboxName], items: [IMAP.StatusItem]
    ) async throws(IMAPError) -> [IMAP.MailboxName: IMAP.MailboxStatus] {
        var statuses: [IMAP.MailboxName: IMAP.MailboxStatus] = [:]
        // A hundred in flight keep the line busy and both sides' buffers small.
        for start in stride(from: 0, to: names.count, by: 100) {
            var runs: [(IMAP.MailboxName, CommandRun)] = []
            for name in names[start..<min(start + 100, names.count)] {
                runs.append(
                    (name, try await pipeline.send(.status(name, items), collector: StatusCollector(mailbox: name), options: .init())))
            }
            for (name, run) in runs {
                _ = try await run.completion.value(ifCancelled: .failure(IMAPError(.cancelled, command: "STATUS"))).get()
                if let collected = run.collected as? StatusCollector, let status = collected.status { statuses[name] = status }
            }
        }
        return statuses
    }

    /// Counts of one mailbox, which need not be open. Items that the server does not know are left out.
    public func status(
        of mailbox: IMAP.MailboxName, _ items: [IMAP.StatusItem], priority: IMAPPriority = .normal
    ) async throws(IMAPError) -> IMAP.MailboxStatus {
        // Nothing left to ask for: an empty list is a syntax error (RFC 9051, section 9), and the mailbox must still be there.
        let known = capabilities.supported(items)
        let (_, collected) = try await pipeline.require(
            .status(mailbox, known.isEmpty ? [.uidValidity] : known), collecting: StatusCollector(mailbox: mailbox),
            options: .init(priority: priority))
        return collected.status ?? IMAP.MailboxStatus()
    }

    /// Makes a mailbox; `use` only where CREATE-SPECIAL-USE is offered.
    public func create(_ mailbox: IMAP.MailboxName, use: [IMAP.SpecialUse] = []) async throws(IMAPError) {
        let use = capabilities.contains("CREATE-SPECIAL-USE") ? use : []
        _ = try await pipeline.require(.create(mailbox, use: use), collecting: NoCollector())
    }

    /// Removes a mailbox with its messages.
    public func delete(_ mailbox: IMAP.MailboxName) async throws(IMAPError) {
        _ = try await pipeline.require(.delete(mailbox), collecting: NoCollector(), options: .init(isExclusive: true))
    }

    public func rename(_ mailbox: IMAP.MailboxName, to name: IMAP.MailboxName) async throws(IMAPError) {
        _ = try await pipeline.require(.rename(mailbox, to: name), collecting: NoCollector(), options: .init(isExclusive: true))
    }

    public func subscribe(_ mailbox: IMAP.MailboxName) async throws(IMAPError) {
        _ = try await pipeline.require(.subscribe(mailbox), collecting: NoCollector())
    }

    public func unsubscribe(_ mailbox: IMAP.MailboxName) async throws(IMAPError) {
        _ = try await pipeline.require(.unsubscribe(mailbox), collecting: NoCollector())
    }

    /// How full the quota roots of a mailbox are; empty where QUOTA is not offered.
    public func quotas(of mailbox: IMAP.MailboxName) async throws(IMAPError) -> [IMAP.Quota] {
        guard capabilities.contains("QUOTA") else { return [] }
        return try await pipeline.require(.getQuotaRoot(mailbox), collecting: QuotaCollector()).1.quotas
    }

    // MARK: Opening

    /// Opens a mailbox for reading and writing.
    ///
    /// With `qresync` (needs ENABLE QRESYNC before) the answer holds what vanished and changed since then.
    public func select(
        _ mailbox: IMAP.MailboxName, condStore: Bool = false, qresync: IMAP.QResync? = nil, priority: IMAPPriority = .normal
    ) async throws(IMAPError) -> SelectedMailbox {
        try await open(.select(mailbox, selectOptions(condStore, qresync)), priority)
    }

    /// Opens a mailbox for reading only: nothing that is done with it marks or removes mail.
    public func examine(
        _ mailbox: IMAP.MailboxName, condStore: Bool = false, qresync: IMAP.QResync? = nil, priority: IMAPPriority = .normal
    ) async throws(IMAPError) -> SelectedMailbox {
        try await open(.examine(mailbox, selectOptions(condStore, qresync)), priority)
    }

    private func selectOptions(_ condStore: Bool, _ qresync: IMAP.QResync?) -> IMAP.SelectOptions {
        let known = capabilities
        return IMAP.SelectOptions(condStore: condStore && known.hasCondStore, qresync: known.hasQResync ? qresync : nil)
    }

    private func open(_ command: IMAP.Command, _ priority: IMAPPriority) async throws(IMAPError) -> SelectedMailbox {
        let (status, collected) = try await pipeline.require(
            command, collecting: SelectCollector(limit: pipeline.limits.collectedResponses),
            options: .init(priority: priority, isExclusive: true))
        return Self.selected(collected, status, by: command)
    }

    static func selected(_ collected: SelectCollector, _ status: IMAP.Status, by command: IMAP.Command) -> SelectedMailbox {
        var mailbox = collected.mailbox
        mailbox.isReadOnly = status.code == .readOnly || command.name == "EXAMINE"
        return mailbox
    }

    /// Closes the open mailbox without expunging; where UNSELECT is not offered, by opening it for reading only and closing that.
    public func unselect() async throws(IMAPError) {
        if capabilities.hasUnselect {
            _ = try await pipeline.require(.unselect, collecting: NoCollector(), options: .init(isExclusive: true))
        } else {
            // RFC 3691's own advice: SELECT of a mailbox that does not exist leaves none open, and expunges nothing.
            _ = try await pipeline.run(
                .examine(mailboxName("nonexistent-\(UInt32.random(in: 0 ... .max))"), .plain), collecting: NoCollector(),
                options: .init(isExclusive: true))
        }
    }
}

extension IMAP.Capabilities {
    /// What LIST-EXTENDED is asked to return.
    func listOptions(status items: [IMAP.StatusItem]) -> IMAP.ListOptions {
        var options = IMAP.ListOptions()
        options.returnSubscribed = true
        options.returnChildren = contains("CHILDREN") || isRev2
        options.returnSpecialUse = hasSpecialUse
        if hasListStatus { options.returnStatus = items }
        return options
    }

    /// The items of STATUS that this server knows.
    func supported(_ items: [IMAP.StatusItem]) -> [IMAP.StatusItem] {
        items.filter { item in
            switch item {
            case .messages, .unseen, .uidNext, .uidValidity: true
            case .recent: !isRev2 || contains("IMAP4REV1")
            case .highestModSeq: hasCondStore
            case .size: hasStatusSize
            case .deleted: isRev2 || contains("QUOTA=RES-MESSAGE")
            case .deletedStorage: contains("QUOTA=RES-STORAGE")
            case .mailboxID: hasObjectID
            // A number beside the capability is every mailbox's limit, and STATUS may not know the word (RFC 7889, section 3).
            case .appendLimit: contains("APPENDLIMIT")
            }
        }
    }
}
