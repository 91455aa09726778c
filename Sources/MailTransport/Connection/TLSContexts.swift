import NIOCore
import NIOSSL
import Synchronization

/// One TLS context for all connections without a client certificate: what differs between them sits in the verifier.
enum TLSContexts {
    private static let shared = Mutex<NIOSSLContext?>(nil)

    static func context(for identity: ClientIdentity?) throws -> NIOSSLContext {
        if let identity {
            var configuration = base()
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(identity.certificateChain).map { .certificate($0) }
            configuration.privateKey = .privateKey(try identity.privateKey.withBytes { try NIOSSLPrivateKey(bytes: $0, format: .pem) })
            return try NIOSSLContext(configuration: configuration)
        }
        return try shared.withLock { shared in
            if let shared { return shared }
            let context = try NIOSSLContext(configuration: base())
            shared = context
            return context
        }
    }

    private static func base() -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        // The verifier judges chain and name, also of a pinned certificate whose name does not count; the library must not judge the
        // name once more, nor load the system's authorities a second time.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        configuration.shutdownTimeout = .seconds(1)
        return configuration
    }
}
