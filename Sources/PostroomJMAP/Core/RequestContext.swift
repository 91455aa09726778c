import PostroomCore
import Synchronization

/// What the method calls of one request share.
final class RequestContext: Sendable {
    let server: JMAPServer
    let user: User
    let accounts: [Account]
    let using: Set<Capability>
    let credential: RequestCredential
    /// Of what people are shown (RFC 8620 §3.8).
    let language: Language
    /// Creation ids of this request and their ids (RFC 8620 §3.3).
    var createdIDs: [String: String] {
        get { created.withLock { $0 } }
        set { created.withLock { $0 = newValue } }
    }
    private let created: Mutex<[String: String]>

    var ports: JMAPPorts { server.ports }
    var mail: any MailStore { server.ports.mail }
    var limits: JMAPLimits { server.limits }

    init(
        server: JMAPServer, user: User, accounts: [Account], using: Set<Capability>, createdIDs: [String: String],
        credential: RequestCredential = .password, language: Language = .english
    ) {
        self.server = server
        self.user = user
        self.accounts = accounts
        self.using = using
        self.credential = credential
        self.language = language
        created = Mutex(createdIDs)
    }

    /// The account that a call names, where the user may read it.
    func account(_ arguments: Arguments, _ argument: String = "accountId", for need: AccountNeed = .read) throws -> AccountContext {
        let text = try arguments.requiredString(argument)
        guard JMAPID.isValid(text) else { throw MethodError.invalidArguments("\"\(argument)\" is no id.") }
        let fault = argument == "fromAccountId" ? "fromAccountNotFound" : "accountNotFound"
        guard let id = JMAPID.account(text), let account = accounts.first(where: { $0.id == id }) else { throw MethodError(fault) }
        let access = AccountAccess.of(user, to: account)
        guard access.mayRead else { throw MethodError(fault) }
        guard access.covers(need) else {
            throw MethodError(
                access.mayWrite ? "forbidden" : "accountReadOnly", "The account is shared with you for less than this.")
        }
        return AccountContext(account: account, access: access, mail: mail, guest: account.userID == user.id ? nil : user.id)
    }

    /// An id as given, or the one behind "#" and a creation id; nil where that was never created.
    func resolve(_ reference: String) -> String? {
        reference.utf8.first == UInt8(ascii: "#") ? createdIDs[String(reference.dropFirst())] : reference
    }
}

/// One account within a call.
struct AccountContext {
    let account: Account
    let access: AccountAccess
    let mail: any MailStore

    var id: AccountID { account.id }
    var jmap: String { account.id.jmap }

    func state(of type: DataType) async throws -> Int64 { try await mail.states(of: id)[type] ?? 0 }

    /// nil: the user owns the account; else who has subscriptions of his own in it (RFC 8621 §2).
    let guest: UserID?

    /// The mailboxes as this user has them: whether each is subscribed is his own affair.
    func mailboxes() async throws -> [Mailbox] {
        let all = try await mail.mailboxes(of: id)
        guard let guest else { return all }
        return Self.subscribed(all, try await mail.subscriptions(of: id, user: guest))
    }

    /// The same within a transaction.
    func mailboxes(_ editing: any AccountEditing) throws -> [Mailbox] {
        let all = try editing.mailboxes()
        guard let guest else { return all }
        return Self.subscribed(all, try editing.subscriptions(of: guest))
    }

    /// Where a guest has chosen nothing, it is as the owner has it: a guest who may only read could choose nothing else.
    private static func subscribed(_ all: [Mailbox], _ chosen: [MailboxID: Bool]) -> [Mailbox] {
        all.map { mailbox in
            var mailbox = mailbox
            mailbox.isSubscribed = chosen[mailbox.id] ?? mailbox.isSubscribed
            return mailbox
        }
    }
}
