/// Messages that could not be fetched: what they are, why, and another attempt.
public protocol MailQuarantine: Sendable {
    /// The latest first, at most `limit`.
    func quarantined(limit: Int, of account: AccountID) async throws -> [QuarantinedEmail]
    func quarantinedCount(of account: AccountID) async throws -> Int
    /// From now on these (nil: all) count as not fetched yet, and the next look at the server tries them. Returns how many.
    func releaseQuarantined(_ emails: [EmailID]?, of account: AccountID) async throws -> Int
}

/// A message that its server would not give.
public struct QuarantinedEmail: Sendable, Hashable {
    /// What is known of it: all of its header, or only size and arrival.
    public var email: EmailRecord
    /// The server's words; empty where it had none.
    public var reason: String
    /// nil: before this was kept.
    public var since: Timestamp?
    public var copies: [Copy]

    public struct Copy: Sendable, Hashable {
        public var path: String
        public var name: String
        public var role: MailboxRole?
        public var uid: UInt32

        public init(path: String, name: String, role: MailboxRole?, uid: UInt32) {
            self.path = path
            self.name = name
            self.role = role
            self.uid = uid
        }
    }

    public init(email: EmailRecord, reason: String, since: Timestamp?, copies: [Copy]) {
        self.email = email
        self.reason = reason
        self.since = since
        self.copies = copies
    }
}
