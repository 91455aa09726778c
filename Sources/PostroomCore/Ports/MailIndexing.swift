/// The full text index apart from the mail: a first synchronisation lists everything before it indexes anything.
public protocol MailIndexing: Sendable {
    /// Emails whose source is here and whose text is not in the index yet, newest first, with the sizes of their sources in octets.
    func unindexedEmails(limit: Int, of account: AccountID) async throws -> [(email: EmailID, size: Int)]
    /// The sources of emails that have one here, in no order.
    func sources(of emails: [EmailID], account: AccountID) async throws -> [(email: EmailID, source: [UInt8])]
    /// Adds the words of emails that the index does not hold yet. No change of the account: JMAP's states stay.
    func index(_ texts: [(email: EmailID, text: SearchText)], of account: AccountID) async throws
    func searchCoverage(of account: AccountID) async throws -> SearchCoverage
}

/// How much of an account's mail a search here looks through.
public struct SearchCoverage: Sendable, Hashable {
    /// Emails that are here.
    public var emails: Int
    /// Those of which the index holds all that there is to find.
    public var indexed: Int
    /// Messages that the server holds in the folders that are mirrored and that are not here yet.
    public var missing: Int

    public var isComplete: Bool { indexed >= emails && missing == 0 }

    public init(emails: Int, indexed: Int, missing: Int) {
        self.emails = emails
        self.indexed = indexed
        self.missing = missing
    }
}
