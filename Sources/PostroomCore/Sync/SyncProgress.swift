/// What a sync has done so far.
public struct SyncProgress: Sendable, Hashable {
    /// Messages mirrored, of those that the server holds within the history window.
    public var done: Int
    public var total: Int
    /// The folder being worked on.
    public var mailbox: String
    public var isCaughtUp: Bool
    /// Until everything is here, by the pace so far; nil while that says little.
    public var secondsLeft: Int?

    public init(done: Int = 0, total: Int = 0, mailbox: String = "", isCaughtUp: Bool = false) {
        self.done = done
        self.total = total
        self.mailbox = mailbox
        self.isCaughtUp = isCaughtUp
    }
}

/// Counts of one sync, for people and `--json`.
public struct SyncReport: Sendable, Hashable, Codable {
    public var mailboxes = 0
    public var added = 0
    public var sources = 0
    public var bytes = 0
    public var flagsChanged = 0
    public var removed = 0
    public var quarantined = 0
    public var operations = 0
    /// Emails whose words went into the full text index after everything was listed.
    public var indexed = 0
    /// Milliseconds until the newest messages of the inbox were stored.
    public var firstScreen: Int?
    /// The same with their texts.
    public var firstTexts: Int?
    /// Milliseconds until everything was stored and listed.
    public var listed: Int?
    public var milliseconds = 0

    public init() {}
}
