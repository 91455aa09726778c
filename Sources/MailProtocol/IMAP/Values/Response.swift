extension IMAP {
    /// One response of a server (RFC 9051, section 7).
    public enum Response: Sendable, Hashable {
        /// `+ text`: go on, or a SASL challenge in base64.
        case continuation(Text)
        /// The end of the command with this tag.
        case tagged(tag: String, Status)
        case untagged(Untagged)
    }

    /// What a server may say at any time, asked or not.
    public enum Untagged: Sendable, Hashable {
        case status(Status)
        case capability(Capabilities)
        case enabled([String])
        case flags([Flag])
        case list(ListedMailbox, kind: ListKind)
        case mailboxStatus(MailboxName, MailboxStatus)
        case search(SearchResult)
        /// The order matters: the UIDs (or sequence numbers) are in ``SearchResult/sorted``.
        case sort(SearchResult)
        case thread([ThreadMember])
        case exists(UInt32)
        case recent(UInt32)
        case expunge(UInt32)
        /// UIDs that are gone; `earlier`: not just now (RFC 7162, section 3.2.10).
        case vanished(UIDSet, earlier: Bool)
        case fetch(FetchedMessage)
        case namespace(Namespaces)
        case id([String: String])
        case quota(Quota)
        case quotaRoot(MailboxName, roots: [String])
        case acl(MailboxName, [ACLEntry])
        case myRights(MailboxName, rights: String)
        case listRights(MailboxName, identifier: String, rights: [String])
        /// METADATA entries with values (nil: removed), or without when the server only tells that they changed.
        case metadata(MailboxName, entries: [MetadataEntry])
        case language([String])
        case comparator([String])
        /// Where the same mail is offered over JMAP (RFC 9698).
        case jmapAccess(String)
        case genURLAuth([Text])
        case urlFetch([URLFetched])
        case uidBatches(tag: String?, [ClosedRange<UID>])
        /// A response that this client has no use for; the rest of the line as it came.
        case other(name: String, Text)
    }

    public enum ListKind: String, Sendable, Hashable {
        case list = "LIST"
        case lsub = "LSUB"
        case xlist = "XLIST"
    }

    /// Who may do what in a mailbox (RFC 4314).
    public struct ACLEntry: Sendable, Hashable {
        public let identifier: String
        public let rights: String

        public init(identifier: String, rights: String) {
            self.identifier = identifier
            self.rights = rights
        }
    }

    /// An annotation of a mailbox or the server (RFC 5464).
    public struct MetadataEntry: Sendable, Hashable {
        public let name: String
        public let value: Text?

        public init(name: String, value: Text?) {
            self.name = name
            self.value = value
        }
    }

    /// One URL of URLFETCH (RFC 4467, RFC 5524) and its content.
    public struct URLFetched: Sendable, Hashable {
        public let url: Text
        public let content: Text?

        public init(url: Text, content: Text?) {
            self.url = url
            self.content = content
        }
    }
}
