import Crypto
import Foundation
import Synchronization
import X509

/// Chains that were found good a short time ago, so that a thousand connections to one server are one verification.
///
/// To judge a chain costs a millisecond of processor time, a good part of a connection's start. Only what passed is remembered, and only for exactly the same
/// certificates, name, pin and authorities; a failure is judged, and explained, each time anew.
final class VerifiedChains: Sendable {
    static let shared = VerifiedChains()

    struct Key: Hashable {
        var host: String
        var pinned: [UInt8]?
        var chain: [[UInt8]]
        var trust: TrustStore.Stamp
    }

    struct Verified {
        var chain: [CertificateSummary]
        var leaf: Certificate
    }

    private struct Entry {
        var verified: Verified
        var at: ContinuousClock.Instant
        var notBefore: Date
        var notAfter: Date
    }

    /// What else may have changed about a chain in this time is nothing that a new connection is in a hurry to hear of.
    private static let lifetime = Duration.seconds(300)
    private static let capacity = 256

    private let entries = Mutex<[Key: Entry]>([:])

    func find(_ key: Key, now: Date) -> Verified? {
        entries.withLock { entries in
            guard let entry = entries[key] else { return nil }
            guard ContinuousClock.now - entry.at < Self.lifetime, (entry.notBefore...entry.notAfter).contains(now) else {
                entries[key] = nil
                return nil
            }
            return entry.verified
        }
    }

    func remember(_ verified: Verified, _ certificates: [Certificate], as key: Key) {
        let notBefore = certificates.map(\.notValidBefore).max() ?? .distantFuture
        let notAfter = certificates.map(\.notValidAfter).min() ?? .distantPast
        // A pinned certificate may be out of its time.
        guard notBefore <= notAfter else { return }
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries = [:] }
            entries[key] = Entry(verified: verified, at: .now, notBefore: notBefore, notAfter: notAfter)
        }
    }
}
