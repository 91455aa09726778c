import MailProtocol

/// What a server told when a mailbox was opened.
public struct SelectedMailbox: Sendable, Hashable {
    /// 0 where the server told none: then UIDs can't be remembered.
    public var uidValidity: UInt32 = 0
    /// The UID that the next message gets at least; nil where the server told none.
    public var uidNext: UID?
    /// Nil: the mailbox keeps no mod-sequences, or CONDSTORE is not on.
    public var highestModSeq: ModSeq?
    /// The server said NOMODSEQ.
    public var hasNoModSeq = false
    public var exists: UInt32 = 0
    public var flags: [IMAP.Flag] = []
    /// Nil: every flag can be changed for good.
    public var permanentFlags: [IMAP.Flag]?
    public var isReadOnly = false
    /// UIDs are not kept between sessions.
    public var isUIDNotSticky = false
    public var mailboxID: String?
    /// With QRESYNC: UIDs of those the client knew that are gone.
    public var vanished = UIDSet()
    /// With QRESYNC: messages that changed since the client's mod-sequence, with flags and UIDs.
    public var changed: [IMAP.FetchedMessage] = []

    public init() {}

    /// Whether keywords that nobody used before can be set for good.
    public var takesNewKeywords: Bool { permanentFlags.map { $0.contains(.any) } ?? true }
}

/// A mailbox as listed, with what is known of its counts.
public struct MailboxListing: Sendable, Hashable {
    public var mailbox: IMAP.ListedMailbox
    /// What the mailbox is for, from the server's attributes.
    public var specialUse: IMAP.SpecialUse?
    public var isSubscribed: Bool
    /// Nil where it can't be selected or the server would not say.
    public var status: IMAP.MailboxStatus?

    public init(mailbox: IMAP.ListedMailbox, specialUse: IMAP.SpecialUse?, isSubscribed: Bool, status: IMAP.MailboxStatus?) {
        self.mailbox = mailbox
        self.specialUse = specialUse
        self.isSubscribed = isSubscribed
        self.status = status
    }
}

/// Where messages went: UIDs of the source and of the destination, pair by pair in the order of the server.
public struct CopiedUIDs: Sendable, Hashable {
    /// UIDVALIDITY of the destination.
    public var uidValidity: UInt32
    public var pairs: [UID: UID]

    public init(uidValidity: UInt32, pairs: [UID: UID]) {
        self.uidValidity = uidValidity
        self.pairs = pairs
    }

    /// From COPYUID; nil when the two sets don't have the same size or name more messages than were asked about.
    init?(_ code: IMAP.ResponseCode?, atMost limit: Int) {
        guard case .copyUID(let validity, let source, let destination) = code else { return nil }
        func count(_ ranges: [ClosedRange<UID>]) -> Int { ranges.reduce(0) { $0 + Int($1.upperBound - $1.lowerBound) + 1 } }
        guard count(source) == count(destination), count(source) <= limit else { return nil }
        self.init(uidValidity: validity, pairs: [:])
        for (from, to) in zip(source.joined(), destination.joined()) { pairs[from] = to }
    }
}

/// Where an appended message went.
public struct AppendedUID: Sendable, Hashable {
    public var uidValidity: UInt32
    public var uid: UID

    public init(uidValidity: UInt32, uid: UID) {
        self.uidValidity = uidValidity
        self.uid = uid
    }
}
