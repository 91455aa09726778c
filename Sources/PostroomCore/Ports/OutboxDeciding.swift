/// What a person may decide about a submission whose outcome is unknown or that was refused.
public protocol OutboxDeciding: Sendable {
    /// Sends it again from the start. Throws `StoreError.notFound`, or `inUse` while it is still being sent or already sent.
    func resend(_ id: SubmissionID, of account: AccountID) async throws
    /// It arrived after all (`unknown` becomes `sent`), or nothing more is to be done about it (`refused` leaves the outbox).
    func dismiss(_ id: SubmissionID, of account: AccountID) async throws
}
