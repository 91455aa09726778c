/// Threads worked out anew from the mail that is here.
public protocol MailThreading: Sendable {
    /// Where ``rethread(_:of:)`` begins, with all emails that it will look at.
    func rethreadingStart(of account: AccountID) async throws -> RethreadPosition
    /// Looks at the next threads, some thousand emails at most, in one transaction: joins what belongs together by Message-ID,
    /// In-Reply-To, References and the server's own thread ids, parts what does not, and logs what changed. Repeated on mail that it has
    /// seen it changes nothing.
    func rethread(_ position: RethreadPosition, of account: AccountID) async throws -> RethreadStep
}

/// How far threads have been worked out anew.
public struct RethreadPosition: Sendable, Hashable {
    /// The last thread that was looked at.
    public var thread: Int64
    /// The last that will be: those that come later are right from the beginning.
    public var lastThread: Int64
    /// Emails to look at, and looked at so far.
    public var total: Int
    public var done: Int

    public init(thread: Int64, lastThread: Int64, total: Int, done: Int) {
        self.thread = thread
        self.lastThread = lastThread
        self.total = total
        self.done = done
    }

    /// As a program sends it back.
    public var text: String { "\(thread).\(lastThread).\(total).\(done)" }

    public init?(text: some StringProtocol) {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int64($0) }
        guard numbers.count == 4, let thread = numbers[0], let last = numbers[1], let total = numbers[2], let done = numbers[3],
            [thread, last, total, done].allSatisfy({ (0...(1 << 53)).contains($0) })
        else { return nil }
        self.init(thread: thread, lastThread: last, total: Int(total), done: Int(done))
    }
}

/// What one step of working out threads anew did.
public struct RethreadStep: Sendable, Hashable {
    /// Where to go on; nil: all of it is done.
    public var next: RethreadPosition?
    public var total: Int
    public var done: Int
    /// Emails that are in another thread now.
    public var moved = 0
    public var createdThreads = 0
    public var destroyedThreads = 0

    public init(next: RethreadPosition?, total: Int, done: Int) {
        self.next = next
        self.total = total
        self.done = done
    }
}
