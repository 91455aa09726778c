import NIOCore

extension MailConnection {
    /// The bytes as a sequence for one reader; ends when the server closes.
    public var inbound: Inbound { Inbound(connection: self) }

    public struct Inbound: AsyncSequence, Sendable {
        let connection: MailConnection
        public func makeAsyncIterator() -> Iterator { Iterator(connection: connection) }

        public struct Iterator: AsyncIteratorProtocol {
            let connection: MailConnection
            public mutating func next() async throws(TransportError) -> ByteBuffer? { try await connection.read() }
            public mutating func next(isolation actor: isolated (any Actor)?) async throws(TransportError) -> ByteBuffer? {
                try await connection.read()
            }
        }
    }
}
