/// How much of an account is used and how much may be (RFC 9425), as its mail server tells (RFC 9208).
public struct Quota: Sendable, Hashable {
    public enum Resource: String, Sendable, Codable, CaseIterable {
        case octets
        /// Emails, or mailboxes where `name` says so.
        case count
    }

    public let id: ID<Quota>
    public var limit: ServerQuota

    public init(id: ID<Quota>, limit: ServerQuota) {
        self.id = id
        self.limit = limit
    }
}

/// One resource of one of the server's quota roots.
public struct ServerQuota: Sendable, Hashable {
    /// The root's name and, where it is not storage, the resource's; unique in the account.
    public var name: String
    public var resource: Quota.Resource
    public var used: Int64
    public var hardLimit: Int64

    public init(name: String, resource: Quota.Resource, used: Int64, hardLimit: Int64) {
        self.name = name
        self.resource = resource
        self.used = used
        self.hardLimit = hardLimit
    }
}
