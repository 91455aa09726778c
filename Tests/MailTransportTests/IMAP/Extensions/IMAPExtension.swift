import MailProtocol
import MailTransport

/// The extensions that the client uses, each with the servers of the bed that offer it.
///
/// The list is itself under test, so that a new release of a server that offers more is noticed.
enum IMAPExtension: String, CaseIterable, Sendable {
    case literalPlus = "LITERAL+"
    case idle = "IDLE"
    case namespace = "NAMESPACE"
    case id = "ID"
    case uidPlus = "UIDPLUS"
    case unselect = "UNSELECT"
    case children = "CHILDREN"
    case enable = "ENABLE"
    case condStore = "CONDSTORE"
    case qresync = "QRESYNC"
    case specialUse = "SPECIAL-USE"
    case createSpecialUse = "CREATE-SPECIAL-USE"
    case listExtended = "LIST-EXTENDED"
    case listStatus = "LIST-STATUS"
    case eSearch = "ESEARCH"
    case searchRes = "SEARCHRES"
    case within = "WITHIN"
    case sort = "SORT"
    case sortDisplay = "SORT=DISPLAY"
    case threadReferences = "THREAD=REFERENCES"
    case threadOrderedSubject = "THREAD=ORDEREDSUBJECT"
    case move = "MOVE"
    case statusSize = "STATUS=SIZE"
    case compress = "COMPRESS=DEFLATE"
    case binary = "BINARY"
    case appendLimit = "APPENDLIMIT"
    case quota = "QUOTA"
    case notify = "NOTIFY"
    case objectID = "OBJECTID"
    case preview = "PREVIEW"
    case saveDate = "SAVEDATE"
    case utf8Accept = "UTF8=ACCEPT"
    case saslIR = "SASL-IR"

    /// Who offers it: Dovecot 2.3, Cyrus 3.6, Courier 5.0.
    var servers: Set<RealServer> {
        switch self {
        case .idle, .namespace, .uidPlus, .children, .enable, .sort, .threadReferences, .threadOrderedSubject, .quota:
            [.dovecot, .cyrus, .courier]
        case .literalPlus, .id, .unselect, .condStore, .qresync, .specialUse, .listExtended, .listStatus, .eSearch, .within, .sortDisplay,
            .move, .statusSize, .compress, .binary, .preview, .saveDate, .saslIR:
            [.dovecot, .cyrus]
        case .searchRes, .notify: [.dovecot]
        case .createSpecialUse, .objectID, .appendLimit: [.cyrus]
        case .utf8Accept: [.courier]
        }
    }

    /// Whether the client does something else where it is not offered, or finds out that it is not.
    var hasStandIn: Bool {
        switch self {
        case .literalPlus, .unselect, .move, .listExtended, .eSearch, .saslIR, .searchRes, .utf8Accept, .statusSize, .objectID,
            .createSpecialUse:
            true
        default: false
        }
    }

    /// What is worth a test on a server.
    static let cases = RealServer.up.flatMap { server in
        allCases.filter { $0.servers.contains(server) || $0.hasStandIn }.map { (server, $0) }
    }

    func isOffered(by capabilities: IMAP.Capabilities) -> Bool {
        self == .appendLimit ? capabilities.appendLimit != nil : capabilities.contains(rawValue)
    }
}
