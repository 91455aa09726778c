/// What a store refuses or fails at.
public enum StoreError: Error, Sendable, Hashable {
    case duplicate(what: String)
    /// The row is held by others and can't go.
    case inUse(what: String)
    case notFound(what: String)
    /// `ifInState` does not hold (RFC 8620 §5.3).
    case stateMismatch
    /// The log does not reach back that far (RFC 8620 §5.2).
    case cannotCalculateChanges
    /// The anchor of a query is not in its result (RFC 8620 §5.5).
    case anchorNotFound
    /// A filter that the store can't answer (RFC 8620 §5.5 `unsupportedFilter`).
    case unsupportedFilter(what: String)
    case diskFull
    /// The account may not take more of the store.
    case overQuota
    case busy
    /// The database does not answer; it passes, or an administrator must see to it.
    case unavailable(String)
    /// Another node works for the account by now.
    case leaseLost
    /// Something else that the database said.
    case failed(String)
}
