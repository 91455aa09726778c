extension IMAP {
    /// A mailbox's name: as people write it and as the server spells it on the wire.
    public struct MailboxName: Sendable, Hashable, CustomStringConvertible {
        /// The bytes as the server sent them: modified UTF-7 (RFC 3501, section 5.1.3) or UTF-8 (RFC 6855, RFC 9051).
        public let raw: Bytes
        /// The decoded name, Unicode.
        public let path: String

        /// A name that came from the server. In UTF-7 unless UTF-8 is accepted; what is not valid UTF-7 is taken as UTF-8.
        public init(raw: Bytes, utf8: Bool = false) {
            self.raw = raw
            if raw.count == 5, String(decoding: raw, as: UTF8.self).asciiUppercased == "INBOX" {
                path = "INBOX"
            } else if utf8 {
                path = String(decoding: raw, as: UTF8.self)
            } else {
                path = ModifiedUTF7.decode(raw) ?? String(decoding: raw, as: UTF8.self)
            }
        }

        /// A name that a person chose.
        public init(_ path: String, utf8: Bool = false) {
            self.path = path.asciiUppercased == "INBOX" ? "INBOX" : path
            raw = utf8 ? Array(self.path.utf8)[...] : ModifiedUTF7.encode(self.path)[...]
        }

        public var isInbox: Bool { path == "INBOX" }
        public var description: String { path }

        // INBOX is one mailbox however it is spelt; every other name is its bytes.
        public static func == (a: Self, b: Self) -> Bool { a.isInbox && b.isInbox || a.raw.elementsEqual(b.raw) }
        public func hash(into hasher: inout Hasher) { hasher.combine(path) }
    }

    /// An attribute of a listed mailbox, in any case of letters: `\Noselect`, `\HasChildren`, `\Sent` (RFC 9051, section 7.3.1; RFC 6154).
    public struct MailboxAttribute: Sendable, Hashable, CustomStringConvertible {
        /// In lower case, with the backslash.
        public let name: String

        public init(_ name: String) { self.name = name.asciiLowercased }

        public static let noSelect = Self("\\Noselect")
        public static let nonExistent = Self("\\NonExistent")
        public static let noInferiors = Self("\\Noinferiors")
        public static let hasChildren = Self("\\HasChildren")
        public static let hasNoChildren = Self("\\HasNoChildren")
        public static let marked = Self("\\Marked")
        public static let unmarked = Self("\\Unmarked")
        public static let subscribed = Self("\\Subscribed")
        public static let remote = Self("\\Remote")

        public var description: String { name }
    }

    /// What a mailbox is for (RFC 6154, RFC 8457; XLIST and Gmail spell some differently).
    public enum SpecialUse: String, Sendable, Hashable, CaseIterable {
        case all, archive, drafts, flagged, important, inbox, junk, sent, trash

        init?(attribute: MailboxAttribute) {
            switch attribute.name {
            case "\\all", "\\allmail": self = .all
            case "\\archive": self = .archive
            case "\\drafts": self = .drafts
            case "\\flagged", "\\starred": self = .flagged
            case "\\important": self = .important
            case "\\inbox": self = .inbox
            case "\\junk", "\\spam": self = .junk
            case "\\sent": self = .sent
            case "\\trash": self = .trash
            default: return nil
            }
        }

        /// The attribute of RFC 6154, for CREATE with USE.
        public var attribute: String { "\\" + rawValue.prefix(1).asciiUppercased + rawValue.dropFirst() }
    }

    /// One mailbox of a LIST, LSUB or XLIST response.
    public struct ListedMailbox: Sendable, Hashable {
        public let name: MailboxName
        /// Between the levels of the name; nil: the name space is flat.
        public let delimiter: Character?
        public let attributes: Set<MailboxAttribute>
        /// The name before a rename that the server did on its own (OLDNAME, RFC 5258 and RFC 9051).
        public var oldName: MailboxName?
        /// Children matched the selection although the mailbox did not: CHILDINFO, upper case (RFC 5258).
        public var childInfo: [String]

        public init(
            name: MailboxName, delimiter: Character?, attributes: Set<MailboxAttribute>, oldName: MailboxName? = nil,
            childInfo: [String] = []
        ) {
            self.name = name
            self.delimiter = delimiter
            self.attributes = attributes
            self.oldName = oldName
            self.childInfo = childInfo
        }

        /// What the server says that it is for; the first by name where it says several.
        public var specialUse: SpecialUse? {
            attributes.compactMap { SpecialUse(attribute: $0) }.min { $0.rawValue < $1.rawValue }
        }

        /// Whether it can be selected.
        public var isSelectable: Bool { !attributes.contains(.noSelect) && !attributes.contains(.nonExistent) }
    }

    /// Counts and numbers of a mailbox that STATUS tells; nil where it did not (RFC 9051, section 6.3.11).
    public struct MailboxStatus: Sendable, Hashable {
        public var messages: UInt32?
        public var recent: UInt32?
        public var unseen: UInt32?
        public var deleted: UInt32?
        public var uidNext: UID?
        public var uidValidity: UInt32?
        public var highestModSeq: ModSeq?
        /// Sum of the messages' sizes in bytes (RFC 8438).
        public var size: UInt64?
        /// OBJECTID (RFC 8474).
        public var mailboxID: String?
        /// Largest message that may be appended; nil also when the server says there is none.
        public var appendLimit: UInt64?
        public var deletedStorage: UInt64?

        public init() {}
    }

    /// A number that STATUS can be asked for.
    public enum StatusItem: String, Sendable, Hashable, CaseIterable {
        case messages = "MESSAGES"
        case recent = "RECENT"
        case unseen = "UNSEEN"
        case deleted = "DELETED"
        case uidNext = "UIDNEXT"
        case uidValidity = "UIDVALIDITY"
        case highestModSeq = "HIGHESTMODSEQ"
        case size = "SIZE"
        case mailboxID = "MAILBOXID"
        case appendLimit = "APPENDLIMIT"
        case deletedStorage = "DELETED-STORAGE"
    }
}
