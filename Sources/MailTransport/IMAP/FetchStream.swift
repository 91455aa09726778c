import MailProtocol

/// The messages of one UID FETCH as they come, for one reader.
///
/// The reader sets the pace: what it has not taken holds the connection back at a few megabytes. A reader that leaves early makes
/// the rest come and go unseen. The end throws what the server said if it was not OK.
public struct FetchStream: AsyncSequence, Sendable {
    public typealias Element = IMAP.FetchedMessage
    let events: FetchEventStream

    public struct Iterator: AsyncIteratorProtocol {
        public typealias Failure = IMAPError
        var events: FetchEventStream.Iterator

        public mutating func next() async throws(IMAPError) -> IMAP.FetchedMessage? {
            while let event = try await events.next() {
                if case .message(let message) = event { return message }
            }
            return nil
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(events: events.makeAsyncIterator()) }
}

/// Everything that one UID FETCH delivers: messages, vanished UIDs, and the pieces of sections too large for memory.
public struct FetchEventStream: AsyncSequence, Sendable {
    public typealias Element = FetchEvent
    let lease: FetchLease

    public struct Iterator: AsyncIteratorProtocol {
        public typealias Failure = IMAPError
        let lease: FetchLease
        var batch: [FetchEvent] = []
        var index = 0
        var isOver = false

        public mutating func next() async throws(IMAPError) -> FetchEvent? {
            if index < batch.count {
                defer { index += 1 }
                return batch[index]
            }
            guard !isOver else { return nil }
            do {
                batch = try await lease.channel.take()
            } catch {
                isOver = true
                batch = []
                index = 0
                throw error
            }
            index = 1
            isOver = batch.isEmpty
            return batch.first
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(lease: lease) }
}

/// Held by a stream and its iterator: when the last of them goes, so does the interest in the rest.
final class FetchLease: Sendable {
    let channel: FetchChannel

    init(_ channel: FetchChannel) { self.channel = channel }
    deinit { channel.abandon() }
}
