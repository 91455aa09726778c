extension IMAP {
    /// What to look for: a tree of criteria (RFC 9051, section 6.4.4).
    public indirect enum SearchKey: Sendable, Hashable {
        case all
        case and([SearchKey])
        case or(SearchKey, SearchKey)
        case not(SearchKey)
        /// The flag is set.
        case flag(Flag)
        case from(String), to(String), cc(String), bcc(String), subject(String), body(String), text(String)
        /// The header field exists and contains the string; an empty string: it exists.
        case header(field: String, contains: String)
        /// By INTERNALDATE: before that day, on it, on it or later.
        case before(Day), on(Day), since(Day)
        /// By the Date header field.
        case sentBefore(Day), sentOn(Day), sentSince(Day)
        case larger(UInt64), smaller(UInt64)
        case uids(MessageSet)
        /// Sequence numbers.
        case sequence(MessageSet)
        /// Changed since: has a mod-sequence of at least this (RFC 7162).
        case modSeq(ModSeq)
        /// Arrived within / before the last so many seconds (RFC 5032).
        case younger(seconds: UInt32), older(seconds: UInt32)
        case emailID(String), threadID(String)
        /// Gmail's own search language.
        case gmailRaw(String)
    }

    /// What a search found. Which fields are there depends on what was asked for.
    public struct SearchResult: Sendable, Hashable {
        /// UIDs for UID SEARCH, in the form of a set. A SORT keeps its order in ``sorted``.
        public var all: UIDSet?
        /// The order in which the server returned them, for SORT and plain SEARCH.
        public var sorted: [UID] = []
        public var count: UInt32?
        public var min: UID?
        public var max: UID?
        /// The highest mod-sequence of what was found (RFC 7162).
        public var modSeq: ModSeq?
        /// The tag that the server says this answers (ESEARCH).
        public var tag: String?
        public var isUID = false
        /// A page of the result, newest or oldest first (PARTIAL, RFC 9394, RFC 5267).
        public var partial: UIDSet?

        public init() {}
    }

    public enum SortKey: String, Sendable, Hashable {
        case arrival = "ARRIVAL"
        case cc = "CC"
        case date = "DATE"
        case from = "FROM"
        case size = "SIZE"
        case subject = "SUBJECT"
        case to = "TO"
        case displayFrom = "DISPLAYFROM"
        case displayTo = "DISPLAYTO"
    }

    public struct SortCriterion: Sendable, Hashable {
        public let key: SortKey
        public let isReverse: Bool

        public init(_ key: SortKey, reverse: Bool = false) {
            self.key = key
            isReverse = reverse
        }
    }

    /// One message of a THREAD answer, in the order of the answer (RFC 5256).
    ///
    /// The tree is flat on purpose: a hostile answer can be a million levels deep, and a million nested values overflow the stack.
    public struct ThreadMember: Sendable, Hashable {
        /// Nil: a message that is missing, which only holds its answers together.
        public let id: UID?
        /// Index of the message that it answers, always smaller than its own; nil: it begins a thread.
        public let parent: Int?

        public init(id: UID?, parent: Int?) {
            self.id = id
            self.parent = parent
        }
    }
}
