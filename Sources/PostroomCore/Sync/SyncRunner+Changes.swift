import MailProtocol

/// Following what others did on the server: flags and removals.
extension SyncRunner {
    // MARK: Flags

    /// What is marked `\Deleted` is left for ``hide(_:in:uidValidity:)``; what was and is not any more shows again.
    func applyFlags(_ fetched: [FetchedFlags], in id: MailboxID, uidValidity: UInt32) async throws {
        let absent = try await setFlags(fetched.filter { !$0.isDeleted }, in: id, uidValidity: uidValidity)
        if !absent.isEmpty { try await fetchAgain(absent, in: id) }
    }

    /// Messages that are marked `\Deleted` show nowhere (RFC 8621 §4.1.1). Like removals this comes after the additions of all folders: a
    /// program that moves by COPY, STORE and EXPUNGE may be seen in the middle of it.
    func hide(_ marked: [FetchedFlags], in id: MailboxID, uidValidity: UInt32) async throws {
        _ = try await setFlags(marked, in: id, uidValidity: uidValidity)
    }

    /// Returns what has to be fetched before it can show.
    func setFlags(_ fetched: [FetchedFlags], in id: MailboxID, uidValidity: UInt32) async throws -> UIDSet {
        guard !fetched.isEmpty else { return [] }
        let flags = fetched.map {
            ServerFlags(uid: $0.uid, keywords: KeywordMap.keywords(of: $0.flags), modSeq: $0.modSeq, isDeleted: $0.isDeleted)
        }
        var absent = UIDSet()
        for start in stride(from: 0, to: flags.count, by: 2_000) {
            let part = Array(flags[start..<min(start + 2_000, flags.count)])
            absent.formUnion(UIDSet(try await store.setFlags(part, in: id, uidValidity: uidValidity, cursor: nil, of: account)))
        }
        report.flagsChanged += flags.count
        return absent
    }

    /// The flags of what is mirrored against those of the server, window by window from the newest. Returns what is marked `\Deleted` and
    /// was not yet.
    func compareFlags(in id: MailboxID, newest: Int?) async throws -> [FetchedFlags] {
        guard let cursor = mailbox(id)?.cursor, cursor.uidNext > 1 else { return [] }
        var marked: [FetchedFlags] = []
        var upper = cursor.uidNext - 1
        var compared = 0
        let span: UInt32 = newest.map { UInt32($0) } ?? 5_000
        while upper >= max(1, cursor.oldestUID), newest.map({ compared < $0 }) ?? true {
            let lower = max(upper >= span ? upper - span + 1 : 1, max(1, cursor.oldestUID))
            let mirrored = try await store.placements(in: id, uids: lower...upper, of: account)
            if !mirrored.isEmpty {
                let server = try await session.fetch(.uids(UIDSet(mirrored.map(\.uid))), .summary)
                let known = Dictionary(mirrored.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
                let changed = server.filter { message in known[message.uid].map { !$0.agrees(with: message.flags) } ?? false }
                    .map { FetchedFlags(uid: $0.uid, flags: $0.flags, modSeq: $0.modSeq) }
                try await applyFlags(changed, in: id, uidValidity: cursor.uidValidity)
                marked += changed.filter(\.isDeleted)
            }
            compared += mirrored.count
            guard lower > 1 else { break }
            upper = lower - 1
        }
        return marked
    }

    // MARK: Removals

    /// The mirrored UIDs that are gone on the server; nil where its answers contradict each other and nothing may be concluded.
    func removed(in id: MailboxID, vanished: UIDSet?, old: SyncCursor, arrived: Int, now: Int) async throws -> UIDSet? {
        var gone = UIDSet()
        if let vanished { gone = UIDSet(try await store.placements(in: id, vanished, of: account).map(\.uid)) }
        let expected = SyncPlan.removalCount(before: old.serverCount, arrived: arrived, now: now)
        // QRESYNC also tells of messages that were never mirrored, so its word may exceed what is known here, never fall short.
        let isUnexplained = vanished == nil ? expected > 0 : expected > (vanished?.count ?? 0)
        if isUnexplained {
            return try await removedBySearch(in: id, now: now)
        }
        let mirroredCount = mailbox(id)?.counts.totalEmails ?? 0
        if SyncPlan.needsConfirmation(removing: gone.count, of: mirroredCount) {
            let still = try await session.search(.uids(gone))
            if !still.isEmpty {
                logger.warning("server named messages as gone that are there", metadata: ["account": "\(account)", "mailbox": "\(id)"])
                gone.subtract(still)
            }
        }
        return gone
    }

    /// Everything the server holds against everything mirrored.
    private func removedBySearch(in id: MailboxID, now: Int) async throws -> UIDSet? {
        let mirrored = UIDSet(try await store.placements(in: id, uids: 1...UInt32.max, of: account).map(\.uid))
        guard !mirrored.isEmpty else { return [] }
        let there = try await session.search(.all)
        // An answer far below the server's own count is not believed: emptying a mirror needs better evidence.
        if there.count < now, now - there.count > max(5, now / 100) {
            logger.warning(
                "search and count disagree",
                metadata: ["account": "\(account)", "mailbox": "\(id)", "found": "\(there.count)", "count": "\(now)"])
            return nil
        }
        return mirrored.subtracting(there)
    }

    func apply(_ removal: Removal) async throws {
        for part in removal.uids.windowsNewestFirst(of: 2_000) {
            try await store.removePlacements(uids: Array(part), in: removal.mailbox, cursor: nil, of: account)
        }
        try await hide(removal.hidden, in: removal.mailbox, uidValidity: removal.cursor.uidValidity)
        var cursor = removal.cursor
        // History may have moved on since.
        if let current = mailbox(removal.mailbox)?.cursor {
            cursor.oldestUID = min(cursor.oldestUID, current.oldestUID)
            cursor.uidNext = max(cursor.uidNext, current.uidNext)
        }
        try await setCursor(cursor, of: removal.mailbox)
        report.removed += removal.uids.count
    }
}

extension MailSyncing {
    /// A few are looked up one by one, wherever they stand; of many, which may never have been here, all between them are read.
    func placements(in mailbox: MailboxID, _ uids: UIDSet, of account: AccountID) async throws -> [MirroredMessage] {
        guard let low = uids.min, let high = uids.max else { return [] }
        if uids.count <= 5_000 { return try await placements(in: mailbox, among: Array(uids), of: account) }
        return try await placements(in: mailbox, uids: low...high, of: account).filter { uids.contains($0.uid) }
    }
}
