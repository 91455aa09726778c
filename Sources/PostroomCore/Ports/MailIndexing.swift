/// The full text index apart from the mail: a first synchronisation lists everything before it indexes anything.
public protocol MailIndexing: Sendable {
    /// Emails whose source is here and whose text is not in the index yet, newest first, with the sizes of their sources in octets.
    func unindexedEmails(limit: Int, of account: AccountID) async throws -> [(email: EmailID, size: Int)]
    /// The sources of emails that have one here, in no order.
    func sources(of emails: [EmailID], account: AccountID) async throws -> [(email: EmailID, source: [UInt8])]
    /// The words of some emails as the index keeps them. Costs time and touches nothing: several can be made at once.
    func indexPart(of batch: IndexBatch) -> any IndexPart
    /// Adds the words of emails to the index. No change of the account: JMAP's states stay.
    func index(_ part: any IndexPart, of account: AccountID) async throws
    /// Indexes some of the emails that are here by their headers alone and are not in the index. Returns their number.
    func indexHeaders(limit: Int, of account: AccountID) async throws -> Int
    /// Makes few large pieces of many small ones, so that searches stay fast.
    func tidyIndex(of account: AccountID) async throws
    func searchCoverage(of account: AccountID) async throws -> SearchCoverage
}

extension MailIndexing {
    public func index(_ texts: [(email: EmailID, text: SearchText)], of account: AccountID) async throws {
        try await index(indexPart(of: IndexBatch(texts)), of: account)
    }
}

/// The words of some emails, ready to be added to the index of the store that made it.
public protocol IndexPart: Sendable {
    var emails: [EmailID] { get }
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
