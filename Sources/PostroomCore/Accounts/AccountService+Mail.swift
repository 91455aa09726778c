/// What an account's owner does about its mail as a whole: messages that could not be fetched, threads worked out anew.
extension AccountService {
    /// At most so many are listed.
    static let listedQuarantine = 200

    /// Messages that the account's server would not give. What they say (subject, people) is for those who may read the mail.
    public func quarantined(_ id: AccountID, by user: User) async throws -> (emails: [QuarantinedEmail], total: Int, showsMail: Bool) {
        let account = try await seen(id, by: user)
        let emails = try await store.quarantined(limit: Self.listedQuarantine, of: id)
        return (emails, try await store.quarantinedCount(of: id), AccountAccess.of(user, to: account).mayRead)
    }

    /// Tries to fetch them (nil: all) once more, at once. Returns how many will be tried.
    public func retryQuarantined(_ emails: [EmailID]?, of id: AccountID, by user: User) async throws -> Int {
        _ = try await seen(id, by: user)
        let count = try await store.releaseQuarantined(emails, of: id)
        if count > 0 { await activity.syncNow(id) }
        return count
    }

    /// What the doctor says of them; nil where there are none.
    func quarantineStage(of id: AccountID) async throws -> DiagnosticStage? {
        let count = try await store.quarantinedCount(of: id)
        guard count > 0 else { return nil }
        let first = try await store.quarantined(limit: 5, of: id)
        let places = first.flatMap(\.copies).map { "\($0.path) UID \($0.uid)" }.joined(separator: ", ")
        let words = first.map(\.reason).first { !$0.isEmpty } ?? ""
        return DiagnosticStage(
            side: .imap, stage: .sync, verdict: .warning, evidence: count > first.count ? places + ", …" : places,
            diagnosis: Diagnosis(
                stage: .sync, cause: .messagesQuarantined, side: .imap, serverText: words, details: ["count": String(count)]))
    }

    /// Goes on with threads that are worked out anew (nil: from the beginning) for as long as a request may take.
    public func rethread(_ position: RethreadPosition?, of id: AccountID, by user: User) async throws -> RethreadStep {
        let account = try await managed(id, by: user)
        var from = position
        if from == nil {
            from = try await store.rethreadingStart(of: id)
            try await providers.note("account.rethread", account.address, by: user.id)
        }
        var sum = RethreadStep(next: from, total: from?.total ?? 0, done: from?.done ?? 0)
        let end = ContinuousClock.now + .seconds(1)
        while let next = sum.next, ContinuousClock.now < end {
            let step = try await store.rethread(next, of: id)
            sum.next = step.next
            sum.total = step.total
            sum.done = step.done
            sum.moved += step.moved
            sum.createdThreads += step.createdThreads
            sum.destroyedThreads += step.destroyedThreads
        }
        return sum
    }
}
