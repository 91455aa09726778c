/// Divides accounts among the nodes that serve one database: each is worked for by one node at a time.
public protocol AccountSharing: Sendable {
    /// Whether this node works for the account, as far as it knows.
    func holds(_ account: AccountID) -> Bool
    /// Looks at once for accounts that nobody works for, instead of at the next round.
    func hurry()
    /// Tells every other node.
    func tell(_ command: NodeCommand) async
    /// Takes accounts, gives them up and passes on what other nodes tell, until cancelled; then nothing is held any more.
    func run(_ holder: any AccountHolding) async
    /// Works for one account for the time of `body`. Throws `StoreError.inUse` where another node does.
    func borrow<Value: Sendable>(_ account: AccountID, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value
}

/// Who works for the accounts of this node.
public protocol AccountHolding: Sendable {
    func take(_ accounts: [AccountID]) async
    /// Returns when nothing works for them any more.
    func giveUp(_ accounts: [AccountID]) async
    func obey(_ order: AccountOrder, _ account: AccountID) async
}

/// What a person asked of an account, perhaps on another node than the one that works for it.
public enum AccountOrder: String, Sendable, CaseIterable {
    case start, stop, restart, sync
}

/// What nodes tell each other beside changes of mail.
public enum NodeCommand: Sendable, Hashable {
    case account(AccountOrder, AccountID)
    /// A change of keys has begun or ended: the settings tell.
    case keys
    /// Allowed networks or authorities changed: the settings tell.
    case network
}

extension NodeCommand: LosslessStringConvertible {
    public var description: String {
        switch self {
        case .account(let order, let id): "\(order.rawValue) \(id)"
        case .keys: "keys"
        case .network: "network"
        }
    }

    public init?(_ text: String) {
        let words = text.split(separator: " ")
        switch words.first {
        case "keys": self = .keys
        case "network": self = .network
        default:
            guard words.count == 2, let order = AccountOrder(rawValue: String(words[0])), let id = Int64(words[1]) else { return nil }
            self = .account(order, AccountID(id))
        }
    }
}
