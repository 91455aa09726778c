/// A Message-ID as threads compare it: a 64-bit hash of it, so that references are small and of one size.
///
/// Two ids with the same hash would join two conversations, nothing more; who wants that can as well name the other's id.
public struct MessageReference: Sendable, Hashable {
    public let hash: Int64

    public init(hash: Int64) {
        self.hash = hash
    }

    public init(messageID: String) {
        hash = Self.fnv1a(messageID.utf8)
    }

    /// A server's own conversation id (THREADID, X-GM-THRID): one more name that the conversation goes by.
    public init(serverThreadID: String) {
        hash = Self.fnv1a("thread:\(serverThreadID)".utf8)
    }

    /// What stands in for a missing Message-ID: size and arrival to the second.
    public init(size: Int, receivedAt: Timestamp) {
        hash = Self.fnv1a("none:\(size):\(receivedAt.seconds)".utf8)
    }

    private static func fnv1a(_ bytes: some Sequence<UInt8>) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash ^= UInt64(byte)
            hash &*= 0x100_0000_01b3
        }
        return Int64(bitPattern: hash)
    }
}

extension EmailContent {
    /// Message-ID, or what stands in for it.
    public func reference(receivedAt: Timestamp) -> MessageReference {
        messageID.map { MessageReference(messageID: $0) } ?? MessageReference(size: size, receivedAt: receivedAt)
    }

    /// All ids by which this message's conversation may be known. The first and the newest of References: a hostile header
    /// names thousands.
    public func threadReferences(serverThreadID: String? = nil) -> [MessageReference] {
        var found: [MessageReference] = []
        if let serverThreadID { found.append(MessageReference(serverThreadID: serverThreadID)) }
        if let messageID { found.append(MessageReference(messageID: messageID)) }
        let named = references.count > 32 ? Array(references.prefix(1)) + references.suffix(31) : references
        for id in named + inReplyTo.prefix(8) {
            let reference = MessageReference(messageID: id)
            if !found.contains(reference) { found.append(reference) }
        }
        return found
    }
}
