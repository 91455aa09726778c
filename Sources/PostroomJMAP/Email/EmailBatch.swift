import MailMIME
import PostroomCore

/// New emails of one call on their way to the store: as many as fit are one transaction, so that a hundred cost one commit.
struct EmailBatch {
    let account: AccountContext
    let context: RequestContext
    /// By creation id: what became of each.
    private(set) var created: [(key: String, email: EmailRecord)] = []
    private(set) var refused: [(key: String, error: SetError)] = []

    private(set) var waiting: [(key: String, email: NewEmail)] = []
    private var octets = 0
    /// Beyond this what waits is stored first: the sources are held until then.
    private static let most = (octets: 16 << 20, emails: 200)

    init(_ account: AccountContext, _ context: RequestContext) {
        self.account = account
        self.context = context
    }

    mutating func add(_ key: String, _ source: [UInt8], _ placement: EmailPlacement) async throws {
        let message = MIMEMessage.opened(source)
        let content = EmailContent(message)
        waiting.append(
            (
                key,
                NewEmail(
                    source: source, content: content, searchText: SearchText(message, content), mailboxIDs: placement.mailboxes,
                    keywords: placement.keywords, receivedAt: placement.receivedAt ?? context.ports.clock.now().wholeSeconds)
            ))
        octets += source.count
        if octets > Self.most.octets || waiting.count >= Self.most.emails { try await store() }
    }

    /// What waited was stored together with other edits.
    mutating func stored(_ emails: [EmailRecord]) {
        created += zip(waiting, emails).map { ($0.key, $1) }
        waiting = []
        octets = 0
    }

    /// Stores what waits, all at once; where one of them can't be, each on its own, so that it fails alone.
    mutating func store() async throws {
        let all = waiting
        waiting = []
        octets = 0
        guard !all.isEmpty else { return }
        do {
            for (item, email) in zip(all, try await context.mail.createEmails(all.map(\.email), of: account.id)) {
                created.append((item.key, email))
            }
        } catch {
            // A failure of the store as a whole is the call's.
            let fault = try MailboxMethods.setError(error)
            guard all.count > 1 else { return refused.append((all[0].key, fault)) }
            for item in all {
                do {
                    created += try await context.mail.createEmails([item.email], of: account.id).map { (item.key, $0) }
                } catch {
                    refused.append((item.key, try MailboxMethods.setError(error)))
                }
            }
        }
    }
}
