/// `Email/query` (RFC 8621 §4.4) as a value.
public struct EmailQuery: Sendable, Hashable {
    public var filter: EmailFilter?
    public var sort: [EmailSort]
    public var collapseThreads: Bool

    public init(filter: EmailFilter? = nil, sort: [EmailSort] = [EmailSort(.receivedAt, isAscending: false)], collapseThreads: Bool = false)
    {
        self.filter = filter
        self.sort = sort
        self.collapseThreads = collapseThreads
    }
}

/// A filter tree (RFC 8620 §5.5, RFC 8621 §4.4.1).
public indirect enum EmailFilter: Sendable, Hashable {
    case and([EmailFilter])
    case or([EmailFilter])
    /// None of them matches.
    case not([EmailFilter])
    case inMailbox(MailboxID)
    case inMailboxOtherThan([MailboxID])
    case before(Timestamp)
    case after(Timestamp)
    case minSize(Int)
    case maxSize(Int)
    case hasKeyword(String)
    case notKeyword(String)
    case allInThreadHaveKeyword(String)
    case someInThreadHaveKeyword(String)
    case noneInThreadHaveKeyword(String)
    case hasAttachment(Bool)
    /// Free text over all of the fields below and the body.
    case text(String)
    case from(String)
    case to(String)
    case cc(String)
    case bcc(String)
    case subject(String)
    case body(String)
    /// A header field exists (value nil) or contains the value.
    case header(name: String, value: String?)
    case emailIDs([EmailID])
    case threadID(ThreadID)
}

/// One comparator (RFC 8621 §4.4.2).
public struct EmailSort: Sendable, Hashable {
    public enum Property: Sendable, Hashable {
        case receivedAt, sentAt, size, from, to, subject
        case hasKeyword(String), allInThreadHaveKeyword(String), someInThreadHaveKeyword(String)
    }

    public var property: Property
    public var isAscending: Bool

    public init(_ property: Property, isAscending: Bool = true) {
        self.property = property
        self.isAscending = isAscending
    }
}

/// Which part of a query's result is wanted (RFC 8620 §5.5).
public struct QueryWindow: Sendable, Hashable {
    public enum Start: Sendable, Hashable {
        /// Negative: from the end.
        case position(Int)
        case anchor(Int64, offset: Int)
    }

    public var start: Start
    public var limit: Int?
    public var calculateTotal: Bool

    public init(start: Start = .position(0), limit: Int? = nil, calculateTotal: Bool = false) {
        self.start = start
        self.limit = limit
        self.calculateTotal = calculateTotal
    }
}

/// A page of ids in order. `position` is that of the first id; `total` only where it was asked for.
public struct QueryPage: Sendable, Hashable {
    public var ids: [EmailID]
    public var position: Int
    public var total: Int?
    public var queryState: Int64

    public init(ids: [EmailID], position: Int, total: Int? = nil, queryState: Int64) {
        self.ids = ids
        self.position = position
        self.total = total
        self.queryState = queryState
    }
}
