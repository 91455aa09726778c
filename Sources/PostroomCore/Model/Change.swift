/// The data types that have a state (RFC 8620 §1.6.2).
public enum DataType: String, Sendable, Codable, CaseIterable {
    case mailbox = "Mailbox"
    case thread = "Thread"
    case email = "Email"
    case identity = "Identity"
    case submission = "EmailSubmission"
    /// When new mail arrives, and only then (RFC 8621 §1.5).
    case emailDelivery = "EmailDelivery"
    /// RFC 9425.
    case quota = "Quota"
}

/// What has changed in an account since a state (RFC 8620 §5.2).
public struct ChangeSet: Sendable, Hashable {
    public var oldState: Int64
    public var newState: Int64
    public var hasMoreChanges: Bool
    public var created: [Int64]
    public var updated: [Int64]
    public var destroyed: [Int64]
    /// For mailboxes: true where nothing but counts changed (RFC 8621 §2.2 `updatedProperties`).
    public var onlyCountsChanged: Bool

    public init(
        oldState: Int64, newState: Int64, hasMoreChanges: Bool = false, created: [Int64] = [], updated: [Int64] = [],
        destroyed: [Int64] = [], onlyCountsChanged: Bool = false
    ) {
        self.oldState = oldState
        self.newState = newState
        self.hasMoreChanges = hasMoreChanges
        self.created = created
        self.updated = updated
        self.destroyed = destroyed
        self.onlyCountsChanged = onlyCountsChanged
    }
}

/// An account's new states: what the event stream, webhooks and waiting tasks are told after each commit.
public struct StateChange: Sendable, Hashable {
    public var accountID: AccountID
    /// The new state of each data type that changed.
    public var states: [DataType: Int64]
    /// True where the account itself (its status or settings) changed, which is not a JMAP state.
    public var accountChanged: Bool
    /// True where others may use the account from now on, or no longer.
    public var accessChanged: Bool

    public init(accountID: AccountID, states: [DataType: Int64], accountChanged: Bool = false, accessChanged: Bool = false) {
        self.accountID = accountID
        self.states = states
        self.accountChanged = accountChanged
        self.accessChanged = accessChanged
    }
}
