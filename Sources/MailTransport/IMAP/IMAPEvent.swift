import MailProtocol

/// Something a server told without being asked for it, in IDLE or with any other command.
public enum IMAPEvent: Sendable, Hashable {
    /// The open mailbox now holds so many messages: more than before means new mail.
    case exists(UInt32)
    case recent(UInt32)
    /// The message at this position is gone; those behind it move up by one.
    case expunged(sequence: UInt32)
    case vanished(UIDSet)
    /// A message of the open mailbox changed: flags mostly. The UID may be missing.
    case changed(IMAP.FetchedMessage)
    /// Counts of another mailbox (NOTIFY).
    case mailboxStatus(IMAP.MailboxName, IMAP.MailboxStatus)
    /// A mailbox was made, renamed, removed or (un)subscribed (NOTIFY).
    case mailboxListed(IMAP.ListedMailbox)
    case metadataChanged(IMAP.MailboxName, [IMAP.MetadataEntry])
    /// New permanent facts about the open mailbox: UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ and the like.
    case status(IMAP.Status)
    case flags([IMAP.Flag])
    /// The server wants people to read this.
    case alert(String)
    /// The server no longer tells everything (RFC 5465, section 5.8): look at all mailboxes again.
    case notificationsLost
    /// A response that makes no sense was skipped; whatever it told is not known.
    case malformed(IMAP.ParseError, line: String)
    /// So many events were dropped since nobody read them: look at the mailbox again.
    case missed(Int)
}

/// The events of one connection, for one reader; ends with the error that ended the connection, or quietly after logout.
public struct IMAPEvents: AsyncSequence, Sendable {
    public typealias Element = IMAPEvent
    let queue: EventQueue

    public struct Iterator: AsyncIteratorProtocol {
        public typealias Failure = IMAPError
        let queue: EventQueue
        public mutating func next() async throws(IMAPError) -> IMAPEvent? { try await queue.next() }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(queue: queue) }
}
