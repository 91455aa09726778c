import Crypto
import MailProtocol
import NIOCore
import Synchronization

/// Chains that were found good a moment ago: a thousand accounts of one provider present the same one, and to judge it takes half as long as
/// the handshake itself. Bad ones are judged each time, so that what was mended counts at once.
final class VerifiedChains: Sendable {
    struct Chain: Sendable {
        /// In DER; held by all who were presented it.
        var encoded: [[UInt8]]
        var leafBinding: ChannelBinding?
    }

    /// So long an authority that is taken away, or a certificate that runs out, may still count.
    static let lifetime = TimeAmount.seconds(60)
    private static let limit = 256

    private let known = Mutex<[[UInt8]: (chain: Chain, until: NIODeadline)]>([:])

    /// What must agree: the name that was asked for, a pinned certificate, and every byte of the chain.
    static func key(host: String, pinned: [UInt8]?, encoded: [[UInt8]]) -> [UInt8] {
        var hash = SHA256()
        for piece in [Array(host.utf8), pinned ?? []] + encoded {
            withUnsafeBytes(of: UInt64(piece.count)) { hash.update(bufferPointer: $0) }
            hash.update(data: piece)
        }
        return Array(hash.finalize())
    }

    func find(_ key: [UInt8], now: NIODeadline = .now()) -> Chain? {
        known.withLock { known in known[key].flatMap { now < $0.until ? $0.chain : nil } }
    }

    func add(_ chain: Chain, _ key: [UInt8], now: NIODeadline = .now()) {
        known.withLock { known in
            if known.count >= Self.limit { known = known.filter { now < $0.value.until } }
            if known.count >= Self.limit { known.removeAll() }
            known[key] = (chain, now + Self.lifetime)
        }
    }
}
