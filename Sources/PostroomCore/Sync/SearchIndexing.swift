import Synchronization

/// Brings the full text index up to the mail that is here, after everything is listed.
///
/// It reads what the store holds, so that it can be stopped and taken up at any point. Batches of all accounts take turns: their
/// memory is bounded, and the database's one writer is never far from mail that comes in.
struct SearchIndexing: Sendable {
    let account: AccountID
    let store: any MailStore
    let turns: Turns

    /// Octets of sources that are in memory at once, three times over.
    private static let batchBytes = 12 << 20
    private static let batchCount = 2_000
    private static let headerCount = 500
    /// Emails that are listed at once: between two lists nothing is read ahead.
    private static let waitingCount = 20_000

    /// Returns how many emails it added; stops where the task is cancelled.
    @discardableResult
    func run() async throws -> Int {
        var added = 0
        let readers = IdleReaders()
        while !Task.isCancelled, try await store.indexHeaders(limit: Self.headerCount, of: account) == Self.headerCount {}
        while !Task.isCancelled {
            let waiting = try await store.unindexedEmails(limit: Self.waitingCount, of: account)
            guard !waiting.isEmpty else { break }
            let before = added
            let store = store
            let account = account
            _ = try await pipelined(Self.batches(waiting), width: 2) { emails in
                let sources = try await store.sources(of: emails, account: account)
                return await BackgroundThreads.shared.run { store.indexPart(of: readers.withOne { $0.words(of: sources) }) }
            } consume: { part in
                try await inTurn { try await store.index(part, of: account) }
                added += part.emails.count
                return !Task.isCancelled
            }
            try await inTurn { try await store.tidyIndex(of: account) }
            // Nothing could be read of what waits: to ask again would not end.
            if added == before { break }
        }
        return added
    }

    private func inTurn(_ body: () async throws -> Void) async throws {
        await turns.take()
        do {
            try await body()
            await turns.give()
        } catch {
            await turns.give()
            throw error
        }
    }

    private static func batches(_ waiting: [(email: EmailID, size: Int)]) -> [[EmailID]] {
        var batches: [[EmailID]] = []
        var size = 0
        for item in waiting {
            if batches.isEmpty || size + item.size > batchBytes || batches[batches.count - 1].count >= batchCount {
                batches.append([])
                size = 0
            }
            batches[batches.count - 1].append(item.email)
            size += item.size
        }
        return batches
    }
}

/// Readers that know the words of the batches before: mail repeats itself.
private final class IdleReaders: Sendable {
    /// `@unchecked` because a reader keeps tables that change, so that the compiler lets it go to no other thread. It may: whoever takes one out of `idle`
    /// has it alone until it is given back, and the lock orders what one user wrote before what the next one reads.
    private struct Reader: @unchecked Sendable {
        let reader = MessageReader()
    }

    private let idle = Mutex<[Reader]>([])

    func withOne<Value>(_ body: (MessageReader) -> Value) -> Value {
        let taken = idle.withLock { $0.popLast() } ?? Reader()
        defer { idle.withLock { $0.append(taken) } }
        return body(taken.reader)
    }
}
