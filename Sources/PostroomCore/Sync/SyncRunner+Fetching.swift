import MailProtocol

/// Taking messages in: the first screen, arrivals and history.
extension SyncRunner {
    /// Messages that are older are left on the server.
    var historyStart: Timestamp? { settings.historyDays.map { clock.now().adding(seconds: -Int64($0) * 86_400) } }

    // MARK: The newest

    /// A mailbox seen for the first time: its newest messages, what a list shows of them before their sources.
    func begin(_ id: MailboxID, newest: Int, status: ServerMailboxStatus) async throws {
        var cursor = SyncCursor(
            uidValidity: status.uidValidity, uidNext: max(1, status.uidNext), highestModSeq: status.highestModSeq ?? 0, oldestUID: 1,
            serverCount: status.messages, lastComparedAt: clock.now())
        guard newest > 0 else { return try await setCursor(cursor, of: id) }
        // Of the very first messages nothing can be a copy, which sizes tell: these can come a little later.
        let scope: FetchScope = mailboxes.allSatisfy { $0.cursor.uidValidity == 0 } ? .listing : .envelope
        let fetched = try await session.fetch(.newest(newest), scope)
        let messages = withinHistory(fetched)
        if let highest = fetched.map(\.uid).max() { cursor.uidNext = max(cursor.uidNext, highest + 1) }
        // Fewer than asked for: that is all there is. One older than the window: the rest is older still.
        let isAll = fetched.count >= status.messages
        cursor.oldestUID = isAll ? 1 : max(1, fetched.map(\.uid).min() ?? 1)
        let emails = try await add(
            await MessageReader.read(messages, scope: scope, sourcesFollow: true), to: id, cursor: cursor)
        let isFirstScreen = mailbox(id)?.role == .inbox && report.firstScreen == nil
        if isFirstScreen { report.firstScreen = elapsed }
        try await fetchNewSources(of: scope == .listing ? settleSizes(of: messages, emails: emails) : messages, emails: emails, in: id)
        if isFirstScreen { report.firstTexts = elapsed }
        await tell(mailbox(id)?.path ?? "")
    }

    /// The same messages with their sizes in place of estimates; those that are gone meanwhile keep these.
    private func settleSizes(of messages: [ServerMessage], emails: [EmailID]) async throws -> [ServerMessage] {
        let told = try await session.sizes(of: UIDSet(messages.map(\.uid)))
        let sizes = Dictionary(told.map { ($0.uid, $0.size) }, uniquingKeysWith: { first, _ in first })
        var settled = messages
        for index in settled.indices { settled[index].size = sizes[settled[index].uid] ?? settled[index].size }
        let changed = zip(settled, emails).filter { sizes[$0.0.uid] != nil }.map { ($1, $0.size) }
        try await store.setSizes(Dictionary(changed, uniquingKeysWith: { first, _ in first }), of: account)
        return settled
    }

    /// Another UIDVALIDITY: copies are looked for again by their headers, newest first; history does the rest.
    func beginRelinking(_ id: MailboxID, status: ServerMailboxStatus) async throws {
        logger.notice("uidvalidity changed", metadata: ["account": "\(account)", "mailbox": "\(id)"])
        try await store.detachPlacements(in: id, of: account)
        relinking.insert(id)
        let cursor = SyncCursor(
            uidValidity: status.uidValidity, uidNext: max(1, status.uidNext), highestModSeq: status.highestModSeq ?? 0,
            oldestUID: max(1, status.uidNext), serverCount: status.messages, lastComparedAt: clock.now())
        try await setCursor(cursor, of: id)
        history[id] = nil
        if status.messages == 0 { try await finishHistory(of: id) }
    }

    /// Everything from `first` on. Returns how many came, and how many of them came after the server's numbers were taken.
    func fetchArrivals(
        from first: UInt32, in id: MailboxID, status: ServerMailboxStatus
    ) async throws -> (count: Int, beyond: Int) {
        // A mailbox that got many at once is taken in windows, so that no answer is unbounded; few come with their headers at once.
        if status.uidNext > first, status.uidNext - first > Self.manyAtOnce {
            let uids = try await session.search(.uids(UIDSet(first...max(first, status.uidNext - 1))))
            return (try await fetchWindow(uids, in: id, movesOldest: false), 0)
        }
        if status.uidNext <= first, await session.messageCount - status.messages > Self.manyAtOnce {
            return (try await fetchManyArrivals(from: first, in: id), 0)
        }
        let (whole, headers) = try await fetchNew(from: first)
        let messages = whole + headers
        guard !messages.isEmpty, var cursor = mailbox(id)?.cursor else { return (0, 0) }
        cursor.uidNext = max(cursor.uidNext, (messages.map(\.uid).max() ?? 0) + 1)
        // The count moves with the arrivals, so that a stop before removals are applied leaves them to be found.
        cursor.serverCount += messages.count
        askQuotas()
        let read = await MessageReader.read(whole, scope: .source)
        let emails = try await add(
            read + MessageReader.read(headers, scope: .header, sourcesFollow: true), to: id, cursor: cursor)
        newestArrival = ([newestArrival] + messages.filter { !$0.isDeleted }.map(\.receivedAt)).compactMap { $0 }.max()
        try await fetchNewSources(of: headers, emails: Array(emails.suffix(headers.count)), in: id)
        return (messages.count, messages.filter { $0.uid >= status.uidNext }.count)
    }

    private static let manyAtOnce = 500

    /// Many that the server told of while it was watched, which gives no UIDs away.
    private func fetchManyArrivals(from first: UInt32, in id: MailboxID) async throws -> Int {
        let uids = try await session.search(.uids(UIDSet(first...UInt32.max))).intersection(UIDSet(first...UInt32.max))
        let count = try await fetchWindow(uids, in: id, movesOldest: false)
        guard let highest = uids.max, var cursor = mailbox(id)?.cursor else { return count }
        cursor.uidNext = max(cursor.uidNext, highest + 1)
        cursor.serverCount += count
        try await setCursor(cursor, of: id)
        return count
    }

    /// New messages: small ones whole, by one fetch; of the others headers, which show at once.
    private func fetchNew(from first: UInt32) async throws -> (whole: [ServerMessage], headers: [ServerMessage]) {
        // What moved here from another folder has its source here already.
        if goneInLook == 0, !session.abilities.emailIDs {
            do {
                let messages = try await session.fetch(.from(first), .beginning).filter { $0.uid >= first }
                let isComplete = { (message: ServerMessage) in message.isWhole || message.isDeleted }
                let others = UIDSet(messages.filter { !isComplete($0) }.map(\.uid))
                return (messages.filter(isComplete), others.isEmpty ? [] : try await session.fetch(.uids(others), .header))
            } catch let failure as MailFailure where failure.isConnectionUsable && failure.retry == .never {
                // One of them can't be read: headers of all, and then each source for itself.
            }
        }
        return ([], try await session.fetch(.from(first), .header).filter { $0.uid >= first })
    }

    // MARK: History

    /// History of all mailboxes, newest first, a window of each in turn until nothing is left.
    func fetchHistory() async throws {
        var open = inOrder(mailboxes).filter { $0.isSynced && $0.isSelectable && refused[$0.path] == nil && $0.cursor.oldestUID > 1 }
            .map(\.id)
        while !open.isEmpty {
            // At the end of each window the line is idle for a moment: where no other folder waits for its turn, fewer are larger.
            let count = open.count == 1 ? Self.windowsAtOnce * settings.windowCount : settings.windowCount
            for id in open {
                let isDone = try await fetchHistoryWindow(of: id, count: count)
                if isDone { open.removeAll { $0 == id } }
                try await checkpoint()
            }
        }
    }

    /// One is written, two are read and packed, and the server has the next; the others wait beside a writer that waits for the disk.
    private static let batchesAtOnce = 6
    /// Of a folder that is alone: 32,000 messages, of which it takes a server 20 ms to say how large they are.
    private static let windowsAtOnce = 16

    /// The next window of a mailbox; true where its history is complete.
    private func fetchHistoryWindow(of id: MailboxID, count: Int) async throws -> Bool {
        guard let mailbox = mailbox(id), mailbox.cursor.oldestUID > 1 else { return true }
        do {
            let answer = try await select(mailbox)
            guard answer.status.uidValidity == mailbox.cursor.uidValidity else {
                selected = nil
                return true  // The next look starts over with the new numbers.
            }
            var left: UIDSet
            if let known = history[id] {
                left = known
            } else {
                let below = UIDSet(1...(mailbox.cursor.oldestUID - 1))
                left = try await session.search(historyStart.map { .since($0) } ?? .uids(below)).intersection(below)
                // What is here already is not fetched again: a wider window starts over from the top.
                let known = try await store.placements(in: id, uids: 1...(mailbox.cursor.oldestUID - 1), of: account).map(\.uid)
                left.subtract(UIDSet(known))
            }
            let window = left.newest(count)
            history[id] = left
            if !window.isEmpty { _ = try await fetchWindow(window, in: id, movesOldest: true) }
            left.subtract(window)
            history[id] = left
            if left.isEmpty { try await finishHistory(of: id) }
            return left.isEmpty
        } catch let failure as MailFailure where failure.isConnectionUsable && failure.retry == .never {
            refused[mailbox.path] = failure.diagnosis
            return true
        }
    }

    /// Nothing older is missing.
    func finishHistory(of id: MailboxID) async throws {
        guard var cursor = mailbox(id)?.cursor else { return }
        cursor.oldestUID = 1
        try await setCursor(cursor, of: id)
        try await store.removeDetachedPlacements(in: id, of: account)
        relinking.remove(id)
        history[id] = nil
    }

    /// Takes the messages of a window in: sources at once where they are small, headers of the others. Returns how many came.
    func fetchWindow(_ window: UIDSet, in id: MailboxID, movesOldest: Bool) async throws -> Int {
        let path = mailbox(id)?.path ?? ""
        var count = 0
        // Copies elsewhere and renumbered mail are known by their headers; their sources are here already.
        let headersFirst = relinking.contains(id) || session.abilities.emailIDs
        if headersFirst {
            for part in window.windowsNewestFirst(of: settings.batchCount) {
                count += try await take(part, scope: .header, in: id, movesOldest: movesOldest)
                await tell(path)
                try await checkpoint(returningTo: id)
            }
            return count
        }
        let all = try await session.sizes(of: window)
        // Nothing of what is marked \Deleted is fetched: it shows nowhere.
        let hidden = UIDSet(all.filter(\.isDeleted).map(\.uid))
        if !hidden.isEmpty { count += try await take(hidden, scope: .summary, in: id, movesOldest: false) }
        let batches = FetchBatches(
            hidden.isEmpty ? all : all.filter { !$0.isDeleted }, bytes: settings.batchBytes, count: settings.batchCount)
        // Large messages show by their headers now; the oldest mark moves only over what is taken in, so they come first.
        if !batches.headersOnly.isEmpty {
            count += try await take(batches.headersOnly, scope: .header, in: id, movesOldest: false)
        }
        var rest = batches.now[...]
        while !rest.isEmpty {
            let (session, store) = (session, store)
            var left = rest.count
            rest = try await pipelined(Array(rest), width: Self.batchesAtOnce) { uids in
                (uids, await Result { try await Self.fetchAndRead(uids, scope: .source, session: session, store: store) })
            } consume: { uids, result in
                left -= 1
                // All of them are asked for by now: the server goes on with this while they are read and written here.
                if left < Self.batchesAtOnce { askQuotas() }
                count += try await take(result, of: uids, scope: .source, in: id, movesOldest: movesOldest)
                await tell(path)
                return try await !needsCheckpoint()
            }
            try await checkpoint(returningTo: id)
        }
        return count
    }

    private func take(_ uids: UIDSet, scope: FetchScope, in id: MailboxID, movesOldest: Bool) async throws -> Int {
        let (session, store) = (session, store)
        let result = await Result { try await Self.fetchAndRead(uids, scope: scope, session: session, store: store) }
        return try await take(result, of: uids, scope: scope, in: id, movesOldest: movesOldest)
    }

    private func take(
        _ result: Result<[IncomingEmail], any Error>, of uids: UIDSet, scope: FetchScope, in id: MailboxID, movesOldest: Bool
    ) async throws -> Int {
        var emails: [IncomingEmail]
        var unread: [(uid: UInt32, reason: String)] = []
        switch result {
        case .success(let fetched): emails = fetched
        case .failure(let failure as MailFailure) where failure.isConnectionUsable && failure.retry == .never:
            (emails, unread) = try await fetchSingly(uids, scope: scope)
        case .failure(let error): throw error
        }
        guard var cursor = mailbox(id)?.cursor else { return 0 }
        if movesOldest, let lowest = uids.min { cursor.oldestUID = min(cursor.oldestUID, lowest) }
        emails = withinHistory(emails)
        let ids = try await store.addEmails(emails, to: id, uidValidity: cursor.uidValidity, cursor: cursor, of: account)
        remember(cursor, of: id)
        note(emails)
        for (uid, reason) in unread {
            guard let index = emails.firstIndex(where: { $0.uid == uid }) else { continue }
            try await store.quarantine(ids[index], reason: reason, of: account)
            report.quarantined += 1
        }
        return emails.count
    }

    /// A batch was refused: one message at a time, so that the one at fault stands alone.
    private func fetchSingly(_ uids: UIDSet, scope: FetchScope) async throws -> ([IncomingEmail], [(uid: UInt32, reason: String)]) {
        var emails: [IncomingEmail] = []
        var unread: [(uid: UInt32, reason: String)] = []
        for uid in uids {
            for attempt in [scope, .header, .summary] {
                do {
                    emails += try await Self.fetchAndRead(UIDSet(uid), scope: attempt, session: session, store: store)
                    break
                } catch let failure as MailFailure where failure.isConnectionUsable {
                    if attempt == scope { unread.append((uid, failure.diagnosis.serverText)) }
                }
            }
        }
        return (emails, unread)
    }

    private static func fetchAndRead(
        _ uids: UIDSet, scope: FetchScope, session: any MailSession, store: any MailStore
    ) async throws -> [IncomingEmail] {
        await MessageReader.read(try await session.fetch(.uids(uids), scope), scope: scope, indexesLater: true) { store.prepared($0) }
    }

    /// Messages that were hidden as long as they were marked `\Deleted`: they come back by their headers, and then their sources.
    func fetchAgain(_ uids: UIDSet, in id: MailboxID) async throws {
        for part in uids.windowsNewestFirst(of: settings.batchCount) {
            try Task.checkCancellation()
            guard let cursor = mailbox(id)?.cursor else { return }
            var messages: [ServerMessage]
            var scope = FetchScope.header
            do {
                messages = try await session.fetch(.uids(part), scope)
            } catch let failure as MailFailure where failure.isConnectionUsable && failure.retry == .never {
                // One of them can't be read: all by their numbers, and then each source for itself.
                scope = .summary
                messages = try await session.fetch(.uids(part), scope)
            }
            let emails = try await add(await MessageReader.read(messages, scope: scope, sourcesFollow: true), to: id, cursor: cursor)
            try await fetchNewSources(of: messages, emails: emails, in: id)
        }
    }

    // MARK: Adding

    private func add(_ emails: [IncomingEmail], to id: MailboxID, cursor: SyncCursor) async throws -> [EmailID] {
        let ids = try await store.addEmails(emails, to: id, uidValidity: cursor.uidValidity, cursor: cursor, of: account)
        remember(cursor, of: id)
        note(emails)
        return ids
    }

    private func note(_ emails: [IncomingEmail]) {
        done += emails.count
        // By their places: an email that is taken out is copied.
        for index in emails.indices {
            if !emails[index].isDeleted { report.added += 1 }
            guard let octets = emails[index].source?.count else { continue }
            report.sources += 1
            report.bytes += octets
        }
    }

    private func withinHistory(_ messages: [ServerMessage]) -> [ServerMessage] {
        historyStart.map { start in messages.filter { $0.receivedAt >= start } } ?? messages
    }

    private func withinHistory(_ emails: [IncomingEmail]) -> [IncomingEmail] {
        historyStart.map { start in emails.filter { $0.receivedAt >= start } } ?? emails
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
