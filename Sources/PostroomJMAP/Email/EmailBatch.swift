import MailMIME
import PostroomCore

/// New emails of one call on their way to the store: one transaction, in which each that can't be stored fails alone.
struct EmailBatch {
    struct Waiting: Sendable {
        var key: String
        var email: any PreparedObject
    }

    /// What became of one.
    struct Stored: Sendable {
        var key: String
        var email: Result<EmailRecord, SetError>
    }

    let account: AccountContext
    let context: RequestContext
    /// The state that must hold when the first of them are stored.
    var ifInState: Int64?
    private(set) var stored: [Stored] = []
    /// The Email states before and after; nil: nothing was stored yet.
    private(set) var states: (old: Int64, new: Int64)?
    private(set) var waiting: [Waiting] = []
    private var octets = 0
    /// Packed octets that are held at most. A call with more (attachments of a hundred megabytes) is stored in several steps.
    private static let mostOctets = 64 << 20

    init(_ account: AccountContext, _ context: RequestContext, ifInState: Int64? = nil) {
        self.account = account
        self.context = context
        self.ifInState = ifInState
    }

    mutating func add(_ key: String, _ source: [UInt8], _ placement: EmailPlacement) async throws {
        let message = MIMEMessage.opened(source)
        let content = EmailContent(message)
        let email = NewEmail(
            source: source, content: content, searchText: SearchText(message, content), mailboxIDs: placement.mailboxes,
            keywords: placement.keywords, receivedAt: placement.receivedAt ?? context.ports.clock.now().wholeSeconds)
        let prepared = try await context.mail.prepare(email, of: account.id)
        waiting.append(Waiting(key: key, email: prepared))
        octets += prepared.size
        if octets > Self.mostOctets { try await store() }
    }

    /// Stores what waits.
    mutating func store() async throws {
        let all = waiting
        waiting = []
        octets = 0
        guard !all.isEmpty else { return }
        let edited = try await context.mail.edit(account.id, .email, ifInState: states == nil ? ifInState : nil, isDurable: true) {
            try Self.create(all, $0)
        }
        stored += edited.value
        states = (states?.old ?? edited.oldState, edited.newState)
    }

    static func create(_ waiting: [Waiting], _ editing: any AccountEditing) throws -> [Stored] {
        try waiting.map { item in
            do {
                return Stored(key: item.key, email: .success(try editing.attempt { try editing.createEmail(item.email) }))
            } catch {
                // A failure of the store as a whole is the call's.
                return Stored(key: item.key, email: .failure(try MailboxMethods.setError(error)))
            }
        }
    }
}
