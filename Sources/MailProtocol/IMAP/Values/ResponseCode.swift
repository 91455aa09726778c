extension IMAP {
    /// The machine-readable part of a status response, `[CODE ...]` (RFC 9051, section 7.1; RFC 5530 and the extensions).
    public enum ResponseCode: Sendable, Hashable {
        // What a person must read or do.
        case alert
        case authenticationFailed, authorizationFailed, expired, privacyRequired, contactAdmin, noPermission
        // What may pass by itself.
        case unavailable, inUse, serverBug, clientBug, limit, corruption
        case overQuota, tooBig, cannot, alreadyExists, nonExistent, expungeIssued, tryCreate, notSaved, hasChildren
        case badCharset([String])
        case parse, unknownCTE, badURL, badEvent, notificationOverflow, referral(String)
        // Facts about the session or the mailbox.
        case capability(Capabilities)
        case permanentFlags([Flag])
        case readOnly, readWrite, closed, compressionActive, useAttr
        case uidNext(UID), uidValidity(UInt32), unseen(UInt32), uidNotSticky, uidRequired
        case highestModSeq(ModSeq), noModSeq
        case mailboxID(String)
        case appendUID(validity: UInt32, uids: UIDSet)
        case copyUID(validity: UInt32, source: [ClosedRange<UID>], destination: [ClosedRange<UID>])
        /// Messages that STORE with UNCHANGEDSINCE left alone: UIDs for UID STORE, else sequence numbers (RFC 7162, section 3.1.3).
        case modified(UIDSet)
        case namespace(Namespaces)
        case metadataLongEntries(UInt64), metadataMaxSize(UInt64), metadataTooMany, metadataNoPrivate
        case throttled
        /// Gmail asks to be signed in to over the web; the address is what it gave.
        case webAlert(String)
        /// A code that has no meaning here, or a known one whose argument makes no sense.
        case other(name: String, argument: String?)

        /// The name as on the wire, in upper case.
        public var name: String {
            switch self {
            case .alert: "ALERT"
            case .authenticationFailed: "AUTHENTICATIONFAILED"
            case .authorizationFailed: "AUTHORIZATIONFAILED"
            case .expired: "EXPIRED"
            case .privacyRequired: "PRIVACYREQUIRED"
            case .contactAdmin: "CONTACTADMIN"
            case .noPermission: "NOPERM"
            case .unavailable: "UNAVAILABLE"
            case .inUse: "INUSE"
            case .serverBug: "SERVERBUG"
            case .clientBug: "CLIENTBUG"
            case .limit: "LIMIT"
            case .corruption: "CORRUPTION"
            case .overQuota: "OVERQUOTA"
            case .tooBig: "TOOBIG"
            case .cannot: "CANNOT"
            case .alreadyExists: "ALREADYEXISTS"
            case .nonExistent: "NONEXISTENT"
            case .expungeIssued: "EXPUNGEISSUED"
            case .tryCreate: "TRYCREATE"
            case .notSaved: "NOTSAVED"
            case .hasChildren: "HASCHILDREN"
            case .badCharset: "BADCHARSET"
            case .parse: "PARSE"
            case .unknownCTE: "UNKNOWN-CTE"
            case .badURL: "BADURL"
            case .badEvent: "BADEVENT"
            case .notificationOverflow: "NOTIFICATIONOVERFLOW"
            case .referral: "REFERRAL"
            case .capability: "CAPABILITY"
            case .permanentFlags: "PERMANENTFLAGS"
            case .readOnly: "READ-ONLY"
            case .readWrite: "READ-WRITE"
            case .closed: "CLOSED"
            case .compressionActive: "COMPRESSIONACTIVE"
            case .useAttr: "USEATTR"
            case .uidNext: "UIDNEXT"
            case .uidValidity: "UIDVALIDITY"
            case .unseen: "UNSEEN"
            case .uidNotSticky: "UIDNOTSTICKY"
            case .uidRequired: "UIDREQUIRED"
            case .highestModSeq: "HIGHESTMODSEQ"
            case .noModSeq: "NOMODSEQ"
            case .mailboxID: "MAILBOXID"
            case .appendUID: "APPENDUID"
            case .copyUID: "COPYUID"
            case .modified: "MODIFIED"
            case .namespace: "NAMESPACE"
            case .metadataLongEntries, .metadataMaxSize, .metadataTooMany, .metadataNoPrivate: "METADATA"
            case .throttled: "THROTTLED"
            case .webAlert: "WEBALERT"
            case .other(let name, _): name
            }
        }

        /// The codes that are a bare name.
        static let bare: [String: ResponseCode] = Dictionary(
            uniqueKeysWithValues: [
                alert, authenticationFailed, authorizationFailed, expired, privacyRequired, contactAdmin, noPermission, unavailable, inUse,
                serverBug, clientBug, limit, corruption, overQuota, tooBig, cannot, alreadyExists, nonExistent, expungeIssued, tryCreate,
                notSaved, hasChildren, parse, unknownCTE, readOnly, readWrite, closed, compressionActive, useAttr, uidNotSticky,
                uidRequired, noModSeq, throttled, notificationOverflow,
            ].map { ($0.name, $0) })
    }
}
