/// What a user may do with an account. The one place where this is decided.
public struct AccountAccess: Sendable, Hashable {
    public var mayRead: Bool
    public var mayWrite: Bool
    public var maySend: Bool
    /// Writes identities and decides about what lies in the outbox: what sending is made of, whether sending is switched on or not.
    public var mayManageSending: Bool

    public init(mayRead: Bool, mayWrite: Bool, maySend: Bool, mayManageSending: Bool = true) {
        self.mayRead = mayRead
        self.mayWrite = mayWrite
        self.maySend = maySend
        self.mayManageSending = mayManageSending
    }

    /// Owners may do everything, others what the account is shared with them for, nobody else anything: administrators neither.
    public static func of(_ user: User, to account: Account) -> AccountAccess {
        let right = account.userID == user.id ? ShareRight.send : account.right(of: user.id)
        return AccountAccess(
            mayRead: right != nil, mayWrite: right == .write || right == .send,
            maySend: right == .send && account.settings.sendEnabled, mayManageSending: right == .send)
    }

    public func covers(_ need: AccountNeed) -> Bool {
        switch need {
        case .read: mayRead
        case .write: mayWrite
        case .manageSending: mayManageSending
        }
    }
}

/// What somebody is about to do with an account.
public enum AccountNeed: Sendable {
    case read, write, manageSending
}

/// What an account is shared for; each includes those before it.
public enum ShareRight: String, Sendable, Hashable, Codable, CaseIterable {
    case read
    /// Keywords, folders, drafts, deleting.
    case write
    /// Also as the account's senders.
    case send
}

/// One user beside its owner who may use an account.
public struct AccountShare: Sendable, Hashable {
    public var userID: UserID
    public var right: ShareRight
    public var createdAt: Timestamp

    public init(userID: UserID, right: ShareRight, createdAt: Timestamp) {
        self.userID = userID
        self.right = right
        self.createdAt = createdAt
    }
}
