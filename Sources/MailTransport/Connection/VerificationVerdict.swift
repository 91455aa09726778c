import Crypto
import MailProtocol
import NIOCore
import NIOSSL
import Synchronization
import X509

/// What the verifier found about one handshake, kept until the TLS library has reported the handshake's end.
final class VerificationVerdict: Sendable {
    private struct State {
        var failure: TLSFailure?
        var presented: [[UInt8]] = []
        var binding: ChannelBinding?
    }

    private let state = Mutex(State())

    var failure: TLSFailure? { state.withLock { $0.failure } }
    /// The chain in DER, the server's own certificate first; empty where none came.
    var presented: [[UInt8]] { state.withLock { $0.presented } }
    var binding: ChannelBinding? { state.withLock { $0.binding } }

    /// Runs the verifier away from the event loop and completes the handshake's promise; at once where the same chain was good just now.
    func judge(_ presented: [NIOSSLCertificate], by verifier: CertificateVerifier, promise: EventLoopPromise<NIOSSLVerificationResult>) {
        // One that has no DER is none that can be read.
        let encoded = presented.map { (try? $0.toDERBytes()) ?? [] }
        let key = VerifiedChains.key(host: verifier.host, pinned: verifier.pinned, encoded: encoded)
        if let known = verifier.trust.verified.find(key) {
            state.withLock { $0 = State(failure: nil, presented: known.encoded, binding: known.leafBinding) }
            return promise.succeed(.certificateVerified)
        }
        // The callback is synchronous and the verifier is not; the promise bounds the task's life.
        Task {
            let (failure, leaf) = await verifier.verify(encoded)
            let binding = leaf.flatMap { Self.endPoint($0, der: encoded[0]) }
            state.withLock { $0 = State(failure: failure, presented: encoded, binding: binding) }
            if failure == nil { verifier.trust.verified.add(VerifiedChains.Chain(encoded: encoded, leafBinding: binding), key) }
            promise.succeed(failure == nil ? .certificateVerified : .failed)
        }
    }

    /// `tls-server-end-point`: the certificate under the hash of its signature, SHA-256 in place of MD5 and SHA-1 (RFC 5929, section 4.1).
    private static func endPoint(_ leaf: Certificate, der: [UInt8]) -> ChannelBinding? {
        let hash: [UInt8]
        switch leaf.signatureAlgorithm {
        case .sha256WithRSAEncryption, .ecdsaWithSHA256, .sha1WithRSAEncryption: hash = Array(SHA256.hash(data: der))
        case .sha384WithRSAEncryption, .ecdsaWithSHA384: hash = Array(SHA384.hash(data: der))
        case .sha512WithRSAEncryption, .ecdsaWithSHA512: hash = Array(SHA512.hash(data: der))
        default: return nil
        }
        return ChannelBinding(type: "tls-server-end-point", data: hash)
    }
}
