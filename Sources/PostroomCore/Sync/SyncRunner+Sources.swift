import MailProtocol

/// Sources of messages that are here by their headers.
extension SyncRunner {
    /// Sources of messages that came by their headers just now; copies of what is here already, as after a move, have theirs.
    func fetchNewSources(of messages: [ServerMessage], emails: [EmailID], in id: MailboxID) async throws {
        let missing = try await store.withoutSource(emails, of: account)
        try await fetchSources(
            zip(messages, emails).filter { missing.contains($1) }.map { (uid: $0.uid, email: $1, size: $0.size) }, in: id)
    }

    /// Sources of messages that are here by their headers, in batches; large ones wait for ``fetchMissingSources()``.
    func fetchSources(
        _ wanted: [(uid: UInt32, email: EmailID, size: Int)], in id: MailboxID, largest: Int = FetchBatches.largeMessage,
        indexesLater: Bool = false
    ) async throws {
        let byUID = Dictionary(wanted.filter { $0.size <= largest }.map { ($0.uid, $0.email) }, uniquingKeysWith: { first, _ in first })
        let sizes = wanted.filter { $0.size <= largest }.map { MessageSize(uid: $0.uid, size: min($0.size, FetchBatches.largeMessage)) }
        for batch in FetchBatches(sizes, bytes: settings.batchBytes, count: settings.batchCount).now {
            var left = batch
            do {
                let sources = try await session.fetch(.uids(batch), .source)
                try await setSources(sources, emails: byUID, indexesLater: indexesLater)
                left = UIDSet(sources.filter { $0.bytes == nil }.map(\.uid))
            } catch let failure as MailFailure where failure.isConnectionUsable && failure.retry == .never {
                logger.info("fetch refused, one at a time", metadata: ["account": "\(account)"])
            }
            for uid in left { try await fetchSource(uid, emails: byUID) }
        }
    }

    /// One source alone; what the server won't give is quarantined and blocks nothing. A message that is gone is left to the next look.
    private func fetchSource(_ uid: UInt32, emails: [UInt32: EmailID]) async throws {
        do {
            guard let source = try await session.fetch(.uids(UIDSet(uid)), .source).first else { return }
            if source.bytes == nil {
                try await quarantine(uid, emails: emails, reason: "")
            } else {
                try await setSources([source], emails: emails)
            }
        } catch let failure as MailFailure where failure.isConnectionUsable && failure.retry == .never {
            try await quarantine(uid, emails: emails, reason: failure.diagnosis.serverText)
        }
    }

    private func setSources(_ messages: [ServerMessage], emails: [UInt32: EmailID], indexesLater: Bool = false) async throws {
        let sources = await MessageReader.read(messages, emails: emails, indexesLater: indexesLater)
        try await store.setSources(sources, of: account)
        report.sources += sources.count
        report.bytes += sources.reduce(0) { $0 + $1.source.count }
    }

    private func quarantine(_ uid: UInt32, emails: [UInt32: EmailID], reason: String) async throws {
        guard let email = emails[uid] else { return }
        try await store.quarantine(email, reason: reason, of: account)
        report.quarantined += 1
    }

    /// Whatever is still missing, small before large; what is huge stays on the server until somebody opens it.
    func fetchMissingSources() async throws {
        var given: Set<EmailID> = []
        for limit in [FetchBatches.largeMessage, FetchBatches.hugeMessage] {
            while true {
                let missing = try await store.missingSources(in: nil, limit: 2_000, of: account)
                    .filter { $0.size <= limit && !given.contains($0.emailID) }
                guard !missing.isEmpty else { break }
                given.formUnion(missing.map(\.emailID))
                for (id, group) in Dictionary(grouping: missing, by: \.mailboxID) {
                    guard let mailbox = mailbox(id), mailbox.isSelectable, refused[mailbox.path] == nil else { continue }
                    for part in stride(from: 0, to: group.count, by: 50).map({ group[$0..<min($0 + 50, group.count)] }) {
                        try await select(mailbox)
                        try await fetchSources(
                            part.map { (uid: $0.uid, email: $0.emailID, size: $0.size) }, in: id, largest: limit, indexesLater: true)
                        try await checkpoint()
                    }
                }
            }
        }
    }
}
