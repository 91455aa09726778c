extension IMAP {
    /// What a client says (RFC 9051, section 6). Commands about messages are the UID forms.
    public enum Command: Sendable, Equatable {
        // Any state
        case capability, noop, logout
        case id([String: String])
        // Before sign-in
        case startTLS
        case authenticate(mechanism: String, initialResponse: [UInt8]?)
        /// The password travels as it is: only over TLS, or where the provider says "None".
        case login(user: String, password: Secret)
        // Signed in
        case enable([String])
        case compress
        case namespace
        case list(reference: String, patterns: [String], options: ListOptions)
        case lsub(reference: String, pattern: String)
        case xlist(reference: String, pattern: String)
        case status(MailboxName, [StatusItem])
        case create(MailboxName, use: [SpecialUse])
        case delete(MailboxName)
        case rename(MailboxName, to: MailboxName)
        case subscribe(MailboxName)
        case unsubscribe(MailboxName)
        case append(MailboxName, flags: [Flag], date: Int64?, size: UInt64, isBinary: Bool = false)
        case getQuotaRoot(MailboxName)
        case getQuota(root: String)
        case getMetadata(MailboxName, entries: [String])
        case notify(Notify)
        case idle
        // A mailbox is open
        case select(MailboxName, SelectOptions)
        case examine(MailboxName, SelectOptions)
        case unselect, close, check, expunge
        case uidExpunge(MessageSet)
        case uidFetch(MessageSet, [FetchItem], changedSince: ModSeq?, vanished: Bool)
        case uidStore(MessageSet, StoreAction, unchangedSince: ModSeq?)
        case uidCopy(MessageSet, MailboxName)
        case uidMove(MessageSet, MailboxName)
        /// `returning` empty: the plain form of RFC 3501.
        case uidSearch(SearchKey, returning: [SearchReturn], charset: String?)
        case uidSort([SortCriterion], SearchKey, charset: String)
        case uidThread(algorithm: String, SearchKey, charset: String)
    }

    /// What LIST-EXTENDED and its companions add (RFC 5258, RFC 5819, RFC 6154, RFC 8440).
    public struct ListOptions: Sendable, Hashable {
        public var selectSubscribed = false
        public var selectRecursiveMatch = false
        public var selectRemote = false
        public var selectSpecialUse = false
        public var returnSubscribed = false
        public var returnChildren = false
        public var returnSpecialUse = false
        /// Not empty: RETURN (STATUS (...)).
        public var returnStatus: [StatusItem] = []

        public init() {}
        public static let plain = ListOptions()
    }

    /// How a mailbox is opened (RFC 7162).
    public struct SelectOptions: Sendable, Hashable {
        public var condStore = false
        public var qresync: QResync?

        public init(condStore: Bool = false, qresync: QResync? = nil) {
            self.condStore = condStore
            self.qresync = qresync
        }

        public static let plain = SelectOptions()
    }

    /// What a client remembers of a mailbox, for a quick resynchronisation (RFC 7162, section 3.2.5).
    public struct QResync: Sendable, Hashable {
        public var uidValidity: UInt32
        public var modSeq: ModSeq
        /// The UIDs that the client knows; nil: all below UIDNEXT.
        public var knownUIDs: UIDSet?

        public init(uidValidity: UInt32, modSeq: ModSeq, knownUIDs: UIDSet? = nil) {
            self.uidValidity = uidValidity
            self.modSeq = modSeq
            self.knownUIDs = knownUIDs
        }
    }

    public enum StoreAction: Sendable, Hashable {
        case add([Flag], silent: Bool = false)
        case remove([Flag], silent: Bool = false)
        case replace([Flag], silent: Bool = false)
        /// Gmail's labels, in the form of mailbox names.
        case addLabels([String]), removeLabels([String]), replaceLabels([String])
    }

    public enum SearchReturn: String, Sendable, Hashable {
        case all = "ALL"
        case count = "COUNT"
        case min = "MIN"
        case max = "MAX"
        case save = "SAVE"
    }

    /// What the server shall tell without being asked (RFC 5465).
    public enum Notify: Sendable, Hashable {
        case none
        /// New, expunged and changed messages in every mailbox of one's own, with a STATUS of each at once if `status`.
        case personal(status: Bool)
    }
}

extension IMAP.Command {
    /// The verb, for logs and errors: `UID FETCH`. Never a secret.
    public var name: String {
        switch self {
        case .capability: "CAPABILITY"
        case .noop: "NOOP"
        case .logout: "LOGOUT"
        case .id: "ID"
        case .startTLS: "STARTTLS"
        case .authenticate: "AUTHENTICATE"
        case .login: "LOGIN"
        case .enable: "ENABLE"
        case .compress: "COMPRESS"
        case .namespace: "NAMESPACE"
        case .list: "LIST"
        case .lsub: "LSUB"
        case .xlist: "XLIST"
        case .status: "STATUS"
        case .create: "CREATE"
        case .delete: "DELETE"
        case .rename: "RENAME"
        case .subscribe: "SUBSCRIBE"
        case .unsubscribe: "UNSUBSCRIBE"
        case .append: "APPEND"
        case .getQuotaRoot: "GETQUOTAROOT"
        case .getQuota: "GETQUOTA"
        case .getMetadata: "GETMETADATA"
        case .notify: "NOTIFY"
        case .idle: "IDLE"
        case .select: "SELECT"
        case .examine: "EXAMINE"
        case .unselect: "UNSELECT"
        case .close: "CLOSE"
        case .check: "CHECK"
        case .expunge: "EXPUNGE"
        case .uidExpunge: "UID EXPUNGE"
        case .uidFetch: "UID FETCH"
        case .uidStore: "UID STORE"
        case .uidCopy: "UID COPY"
        case .uidMove: "UID MOVE"
        case .uidSearch: "UID SEARCH"
        case .uidSort: "UID SORT"
        case .uidThread: "UID THREAD"
        }
    }
}
