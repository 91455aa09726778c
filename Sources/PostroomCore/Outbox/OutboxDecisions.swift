/// What a person decides about messages that nobody knows the fate of, or that were refused.
public struct OutboxDecisions: OutboxDeciding {
    private let store: any MailStore
    private let clock: any Clock

    public init(store: any MailStore, clock: any Clock = SystemClock()) {
        self.store = store
        self.clock = clock
    }

    public func resend(_ id: SubmissionID, of account: AccountID) async throws {
        var submission = try await find(id, of: account)
        switch submission.state {
        case .unknown, .refused, .canceled: break
        case .queued, .sending, .finalDot, .sent: throw StoreError.inUse(what: "submission")
        }
        submission.state = .queued
        submission.attempts = 0
        submission.sendAt = clock.now()
        submission.nextAttemptAt = nil
        submission.diagnosis = nil
        submission.serverReply = ""
        for index in submission.recipients.indices where submission.recipients[index].verdict != .accepted {
            submission.recipients[index].verdict = .pending
            submission.recipients[index].reply = ""
        }
        try await store.updateSubmission(submission, of: account)
    }

    public func dismiss(_ id: SubmissionID, of account: AccountID) async throws {
        var submission = try await find(id, of: account)
        switch submission.state {
        case .unknown:
            submission.state = .sent
            submission.diagnosis = nil
            try await store.updateSubmission(submission, of: account)
            try await SentCopy(account: account, store: store, clock: clock).finish(&submission)
        case .refused:
            submission.state = .canceled
            try await store.updateSubmission(submission, of: account)
        case .queued, .sending, .finalDot, .sent, .canceled: throw StoreError.inUse(what: "submission")
        }
    }

    private func find(_ id: SubmissionID, of account: AccountID) async throws -> Submission {
        guard let submission = try await store.submissions([id], of: account).first else { throw StoreError.notFound(what: "submission") }
        return submission
    }
}
