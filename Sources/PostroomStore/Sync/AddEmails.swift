import PostroomCore

extension SQLStore {
    public func prepared(_ email: IncomingEmail) -> IncomingEmail {
        var email = email
        email.prepared = Arrival(email)
        return email
    }

    public func addEmails(
        _ emails: [IncomingEmail], to mailbox: MailboxID, uidValidity: UInt32, cursor: SyncCursor?, of account: AccountID
    ) async throws -> [EmailID] {
        let octets = emails.reduce(0) { $0 + ($1.source?.count ?? 0) }
        try await admit(emails: emails.count, bytes: octets, to: account)
        let arrivals = await Arrival.prepare(emails)
        return try await writeInTurn(account, isLarge: octets > BackgroundThreads.fewOctets) { transaction in
            let target = try transaction.mailbox(mailbox)
            let ids = try transaction.add(arrivals, to: target, uidValidity: uidValidity)
            if let cursor { try transaction.setCursor(cursor, of: mailbox) }
            return ids.map { EmailID($0) }
        }
    }
}

extension AccountTransaction {
    /// Takes arrivals in; the email of each, in order.
    fileprivate func add(_ arrivals: [Arrival], to mailbox: Mailbox, uidValidity: UInt32) throws -> [Int64] {
        var emails = try knownUIDs(arrivals.map(\.uid), in: mailbox.id)
        let hidden = try hiddenCopies(arrivals.map(\.uid), in: mailbox.id)
        var unknown: [Arrival] = []
        for arrival in arrivals where emails[arrival.uid] == nil {
            emails[arrival.uid] = hidden[arrival.uid]?.email ?? 0
            if !arrival.isDeleted || hidden[arrival.uid] == nil { unknown.append(arrival) }
        }
        guard !unknown.isEmpty else { return arrivals.map { emails[$0.uid] ?? 0 } }

        let matched = try match(unknown, to: mailbox.id, uidValidity: uidValidity, hidden: hidden) { emails[$0.uid] = $1 }
        try hide(matched, in: mailbox.id, uidValidity: uidValidity)
        try forgetHidden(unknown.filter { !$0.isDeleted && hidden[$0.uid] != nil }.map(\.uid), in: mailbox.id)
        let fresh = matched.fresh
        try adopt(matched.copies, in: mailbox.id, uidValidity: uidValidity)
        for (arrival, id) in zip(fresh, try create(fresh, in: mailbox.id, uidValidity: uidValidity)) { emails[arrival.arrival.uid] = id }
        try record(unknown.filter { $0.report != nil }.sorted { $0.uid < $1.uid }.compactMap(\.arrivedReport))

        let isCompared = mailbox.cursor.uidNext > 0 && mailbox.cursor.uidValidity == uidValidity
        // History that is still being read in is not new.
        if isCompared, fresh.contains(where: { $0.arrival.uid >= mailbox.cursor.uidNext }) { noteNewMail() }
        return arrivals.map { present(emails[$0.uid] ?? 0) }
    }

    /// Emails by their UIDs in the mailbox, those that are on their way out of it too.
    private func knownUIDs(_ uids: [UInt32], in mailbox: MailboxID) throws -> [UInt32: Int64] {
        var emails: [UInt32: Int64] = [:]
        for table in ["placements", "departures"] {
            try connection.forEach(
                "SELECT uid, email_id FROM \(table) WHERE account_id = $1 AND mailbox_id = $2 AND uid {in $3}",
                [account.sql, mailbox.sql, .integers(uids.map(Int64.init))]
            ) { row in
                emails[row.uint32(0)] = row.int64(1)
                return true
            }
        }
        return emails
    }

    /// A message that is new here, with what is remembered of it from before it left the server.
    struct FreshArrival {
        var arrival: Arrival
        var removed: (id: Int64, indexed: Int, thread: Int64)?
    }

    /// What arrivals turned out to be.
    struct MatchedArrivals {
        var fresh: [FreshArrival] = []
        var copies: [(arrival: Arrival, email: ArrivalCandidate)] = []
        /// Marked `\Deleted`, with what they are copies of: an email that is here or one that was, 0 where neither is known.
        var hidden: [(arrival: Arrival, email: Int64)] = []
        /// Emails whose copies waited for one of those.
        var waitedInVain: [Int64] = []
    }

    /// Tells new messages from copies of what is here. `hidden`: what is known of UIDs that were hidden until now. `found` is called with each
    /// that is the copy of an email.
    private func match(
        _ arrivals: [Arrival], to mailbox: MailboxID, uidValidity: UInt32, hidden: [UInt32: HiddenCopy], found: (Arrival, Int64) -> Void
    ) throws -> MatchedArrivals {
        let before = Set(hidden.values.map(\.email)).subtracting([0])
        var candidates = try candidates(for: arrivals, emails: before, in: mailbox)
        var departures = try waitingDepartures(for: arrivals, in: mailbox)
        let removed = try removedEmails(for: arrivals, emails: before)
        let (places, removedPlaces) = (CandidatePlaces(candidates), CandidatePlaces(removed))
        var matched = MatchedArrivals()
        var returned: Set<Int64> = []
        for arrival in arrivals {
            // A copy that was moved on or removed here before its UID was known.
            if let index = departures.firstIndex(where: { $0.hash == arrival.row.hash }) {
                let departure = departures.remove(at: index)
                try giveUID(
                    arrival.uid, uidValidity: uidValidity, modSeq: arrival.modSeq, toEmail: departure.email, in: mailbox,
                    departure: departure.operation)
                found(arrival, departure.email)
                if arrival.isDeleted { matched.hidden.append((arrival, departure.email)) }
                continue
            }
            // The UID says more than any header.
            let own = hidden[arrival.uid].flatMap { $0.email == 0 ? nil : $0.email }
            let near = places.near(arrival, own: own)
            let awaited =
                near.first { candidates[$0].id == own && candidates[$0].copy == .none }
                ?? near.first { candidates[$0].isAwaited(arrival) && candidates[$0].isTwin(of: arrival) }
                ?? near.first { candidates[$0].isAwaited(arrival) }
            if let index = awaited ?? near.first(where: { candidates[$0].copy == .none && candidates[$0].isSame(as: arrival) }) {
                if arrival.isDeleted {
                    // A waiting copy goes only on better evidence than that it may come: it could be all that there is of the message.
                    let isWaiting = candidates[index].copy != .none
                    let isTwin = candidates[index].isTwin(of: arrival)
                    if isWaiting, isTwin { matched.waitedInVain.append(candidates[index].id) }
                    matched.hidden.append((arrival, isWaiting && !isTwin ? 0 : candidates[index].id))
                } else {
                    matched.copies.append((arrival, candidates[index]))
                    found(arrival, candidates[index].id)
                    candidates[index].copy = .present
                }
                continue
            }
            let left = removedPlaces.near(arrival, own: own).map { removed[$0] }.filter { !returned.contains($0.id) }
            var before = (left.first { $0.id == own } ?? left.first { $0.isSame(as: arrival) }).map { ($0.id, $0.indexed, $0.thread) }
            if let own, before?.0 != own, !returned.contains(own), !places.has(own) {
                // Hidden for so long that nothing but its id is remembered.
                before = (own, 0, 0)
            }
            if arrival.isDeleted {
                matched.hidden.append((arrival, before?.0 ?? 0))
                continue
            }
            if let before { returned.insert(before.0) }
            matched.fresh.append(FreshArrival(arrival: arrival, removed: before))
        }
        return matched
    }

    /// Arrivals that are marked `\Deleted`.
    private func hide(_ matched: MatchedArrivals, in mailbox: MailboxID, uidValidity: UInt32) throws {
        guard !matched.hidden.isEmpty else { return }
        try remember(
            matched.hidden.map { arrival, email in
                HiddenCopy(uid: arrival.uid, email: email, isUnread: arrival.row.keywords.bits & KeywordBits.seen == 0)
            }, in: mailbox, uidValidity: uidValidity)
        guard !matched.waitedInVain.isEmpty else { return }
        try removeCopies(from: mailbox, where: "uid IS NULL AND email_id {in $3}", [.integers(matched.waitedInVain)])
        needsSettling = true
    }

    /// Emails with a Message-ID or server id of the arrivals, and those of `emails` that are here.
    private func candidates(for arrivals: [Arrival], emails: Set<Int64>, in mailbox: MailboxID) throws -> [ArrivalCandidate] {
        var found: [Int64: ArrivalCandidate] = [:]
        let selection = """
            SELECT id, thread_id, message_hash, message_id, size, received_at, server_id, keywords, more_keywords, body, indexed FROM emails
            """
        func take(_ row: SQLRow) -> Bool {
            found[row.int64(0)] = ArrivalCandidate(
                id: row.int64(0), thread: row.int64(1), hash: row.int64(2), messageID: row.optional(3, SQLRow.text), size: row.int(4),
                receivedAt: row.time(5), serverID: row.optional(6, SQLRow.text),
                keywords: KeywordBits(bits: row.int64(7), more: row.text(8)), hasSource: row.int(9) == 1, indexed: row.int(10))
            return true
        }
        try connection.forEach(
            "\(selection) WHERE account_id = $1 AND message_hash {in $2}", [account.sql, .integers(arrivals.map(\.row.hash))], take)
        let serverIDs = arrivals.compactMap(\.row.serverID)
        if !serverIDs.isEmpty {
            try connection.forEach(
                "\(selection) WHERE account_id = $1 AND server_id IS NOT NULL AND server_id {in text $2}",
                [account.sql, .texts(serverIDs)], take)
        }
        if !emails.isEmpty {
            try connection.forEach("\(selection) WHERE account_id = $1 AND id {in $2}", [account.sql, .integers(emails.sorted())], take)
        }
        guard !found.isEmpty else { return [] }
        try connection.forEach(
            "SELECT email_id, uid, arrival_id FROM placements WHERE account_id = $1 AND mailbox_id = $2 AND email_id {in $3}",
            [account.sql, mailbox.sql, .integers(found.keys.sorted())]
        ) { row in
            found[row.int64(0)]?.copy = row.isNull(1) ? .waiting(isOurs: !row.isNull(2)) : .present
            return true
        }
        return found.values.sorted { $0.id < $1.id }
    }

    private func waitingDepartures(
        for arrivals: [Arrival], in mailbox: MailboxID
    ) throws -> [(operation: Int64, email: Int64, hash: Int64)] {
        try connection.rows(
            """
            SELECT operation_id, email_id, message_hash FROM departures
            WHERE account_id = $1 AND mailbox_id = $2 AND uid IS NULL AND message_hash {in $3} ORDER BY operation_id
            """, [account.sql, mailbox.sql, .integers(arrivals.map(\.row.hash))]
        ).map { ($0.int64(0), $0.int64(1), $0.int64(2)) }
    }

    private func removedEmails(for arrivals: [Arrival], emails: Set<Int64>) throws -> [ArrivalCandidate] {
        let selection = "SELECT email_id, message_hash, message_id, size, received_at, server_id, indexed, thread_id FROM removed_emails"
        var rows = try connection.rows(
            "\(selection) WHERE account_id = $1 AND message_hash {in $2} ORDER BY removed_at DESC, email_id",
            [account.sql, .integers(arrivals.map(\.row.hash))])
        if !emails.isEmpty {
            rows += try connection.rows(
                "\(selection) WHERE account_id = $1 AND email_id {in $2}", [account.sql, .integers(emails.sorted())])
        }
        return rows.map { row in
            ArrivalCandidate(
                id: row.int64(0), thread: row.int64(7), hash: row.int64(1), messageID: row.optional(2, SQLRow.text), size: row.int(3),
                receivedAt: row.time(4), serverID: row.optional(5, SQLRow.text), keywords: KeywordBits(bits: 0, more: ""),
                hasSource: false, indexed: row.int(6))
        }
    }

    /// Copies of emails that are here: a copy that waited gets its UID, another mailbox's email a further copy.
    private func adopt(
        _ copies: [(arrival: Arrival, email: ArrivalCandidate)], in mailbox: MailboxID, uidValidity: UInt32
    ) throws {
        guard !copies.isEmpty else { return }
        try counting(copies.map(\.email.thread)) {
            for (arrival, email) in copies {
                if case .waiting = email.copy {
                    try giveUID(
                        arrival.uid, uidValidity: uidValidity, modSeq: arrival.modSeq, toEmail: email.id, in: mailbox, departure: nil)
                } else {
                    try place(
                        email.id, thread: email.thread, receivedAt: email.receivedAt, keywords: email.keywords, in: mailbox,
                        uid: arrival.uid, uidValidity: uidValidity, modSeq: arrival.modSeq)
                    note(.updated, .email, email.id)
                }
            }
        }
        try applyServerKeywords(
            copies.map { ServerKeywords(email: $0.email.id, thread: $0.email.thread, old: $0.email.keywords, new: $0.arrival.row.keywords) }
        )
        try storeSources(
            copies.compactMap { arrival, email in
                guard !email.hasSource, let blob = arrival.row.blob else { return nil }
                return StoredSource(email: email.id, blob: blob, row: arrival.row, searchText: arrival.searchText)
            })
    }

    /// Makes new emails of arrivals.
    private func create(_ fresh: [FreshArrival], in mailbox: MailboxID, uidValidity: UInt32) throws -> [Int64] {
        guard !fresh.isEmpty else { return [] }
        let threads = try assignThreads(fresh.map(\.arrival.references), before: fresh.map { $0.removed?.thread ?? 0 })
        let firstID = try takeIDs(fresh.count)
        // An email keeps its thread for good: who comes back into another one is new (RFC 8621 §4.1.1).
        let isBack = zip(fresh, threads.ids).map { item, thread in item.removed.map { $0.thread == 0 || $0.thread == thread } ?? false }
        let ids = fresh.indices.map { isBack[$0] ? fresh[$0].removed?.id ?? 0 : firstID + Int64($0) }
        try counting(threads.existing) {
            var emailRows: [[SQLValue]] = []
            var placementRows: [[SQLValue]] = []
            var entries: [(email: EmailID, text: SearchText)] = []
            emailRows.reserveCapacity(fresh.count)
            placementRows.reserveCapacity(fresh.count)
            entries.reserveCapacity(fresh.count)
            for (index, item) in fresh.enumerated() {
                var row = item.arrival.row
                let level: IndexLevel = item.arrival.searchText == nil ? .nothing : row.blob == nil ? .header : .all
                let before = isBack[index] ? item.removed?.indexed ?? 0 : 0
                if level != .all, before == IndexLevel.all.rawValue { try row.addLatePreview(from: row.blob) }
                emailRows.append(
                    row.arguments(
                        account: account, id: EmailID(ids[index]), thread: ThreadID(threads.ids[index]),
                        indexed: max(before, level.rawValue)))
                placementRows.append([
                    account.sql, mailbox.sql, row.receivedAt.sql, ids[index].sql, threads.ids[index].sql, row.keywords.bits.sql,
                    item.arrival.uid.sql, uidValidity.sql, item.arrival.modSeq.sql, .null,
                ])
                // The index still has the words of an email that was away.
                if let text = item.arrival.searchText, level.rawValue > before { entries.append((EmailID(ids[index]), text)) }
            }
            try connection.insert(emailRows, EmailRow.insert)
            try connection.insert(placementRows, Self.insertPlacement)
            try hold(fresh.compactMap(\.arrival.row.blob))
            try index(entries)
        }
        let returned = fresh.compactMap { $0.removed?.id }
        if !returned.isEmpty {
            try connection.execute(
                "DELETE FROM removed_emails WHERE account_id = $1 AND email_id {in $2}", [account.sql, .integers(returned)])
        }
        try follow(zip(fresh, ids).reduce(into: [:]) { if let old = $1.0.removed?.id, old != $1.1 { $0[old] = $1.1 } })
        try apply(tally(ofNew: fresh, threads: threads, in: mailbox))
        note(.created, .email, ids)
        return ids
    }

    /// Counts of threads that are new: worked out here, since a first synchronisation has nothing but those.
    private func tally(ofNew fresh: [FreshArrival], threads: ThreadAssignment, in mailbox: MailboxID) -> MailboxTally {
        var emails = 0
        var unread = 0
        var seen: Set<Int64> = []
        var unreadThreads: Set<Int64> = []
        for (item, thread) in zip(fresh, threads.ids) where !threads.existing.contains(thread) {
            emails += 1
            seen.insert(thread)
            if item.arrival.row.keywords.isUnread {
                unread += 1
                unreadThreads.insert(thread)
            }
        }
        var tally = MailboxTally()
        tally.add(
            MailboxCounts(
                totalEmails: emails, unreadEmails: unread, totalThreads: seen.count, unreadThreads: unreadThreads.count),
            to: mailbox.value)
        return tally
    }
}
