import MailProtocol

/// One section of a message in pieces, each a command of its own; ends after the last byte.
public struct Download: AsyncSequence, Sendable {
    public typealias Element = IMAP.Bytes
    let client: IMAPClient
    let uid: UID
    let section: IMAP.Section
    let chunk: UInt64
    let priority: IMAPPriority

    public struct Iterator: AsyncIteratorProtocol {
        public typealias Failure = IMAPError
        let download: Download
        var offset: UInt64 = 0
        var isOver = false

        /// The next piece; nil at the end. A message that is gone has no piece at all.
        public mutating func next() async throws(IMAPError) -> IMAP.Bytes? {
            guard !isOver else { return nil }
            let item = IMAP.FetchItem.body(download.section, partial: .init(offset: offset, count: download.chunk))
            var piece: IMAP.Bytes = []
            for try await message in try await download.client.fetch(.uids([download.uid]), items: [item], priority: download.priority) {
                guard let body = message.bodies.first(where: { $0.section == download.section && ($0.origin ?? 0) == offset }) else {
                    continue
                }
                piece = body.bytes ?? []
            }
            // A server that ignores the range sends everything: longer than asked, and complete.
            isOver = UInt64(piece.count) != download.chunk
            offset += UInt64(piece.count)
            return piece.isEmpty ? nil : piece
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(download: self) }
}
