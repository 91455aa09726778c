import Logging
import MailProtocol
import NIOCore
import NIOPosix

/// How connections are made: time, trust, addresses.
///
/// One value serves all connections of a provider; what an administrator can change while running sits behind ``TrustStore`` and
/// ``AddressPolicySource``.
public struct ConnectionOptions: Sendable {
    /// How long each stage may take.
    public struct Timeouts: Sendable, Equatable {
        /// From the name to a connected socket, all addresses together.
        public var connect = Duration.seconds(30)
        public var tls = Duration.seconds(30)
        /// RFC 5321 section 4.5.3.2.1 grants five minutes; no service that people use takes one.
        public var greeting = Duration.seconds(60)
        /// While somebody waits for bytes and none come.
        public var silence = Duration.seconds(300)
        /// Until the kernel takes what is written.
        public var write = Duration.seconds(120)

        public init() {}
    }

    public var timeouts = Timeouts()
    public var trust: TrustStore
    /// SHA-256 of the one certificate this provider must show; it then needs no authority, and its name and dates are not judged.
    public var pinnedCertificate: [UInt8]?
    /// The certificate we show when asked, for EXTERNAL.
    public var clientIdentity: ClientIdentity?
    public var addressPolicy: AddressPolicySource
    public var resolver: HostResolver
    public var eventLoopGroup: any EventLoopGroup
    public var logger: Logger?

    public init(
        trust: TrustStore = TrustStore(), addressPolicy: AddressPolicySource = AddressPolicySource(), resolver: HostResolver = .system,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger? = nil
    ) {
        self.trust = trust
        self.addressPolicy = addressPolicy
        self.resolver = resolver
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
    }
}

/// A client certificate with its key, both PEM.
public struct ClientIdentity: Sendable, Equatable {
    public var certificateChain: [UInt8]
    public var privateKey: Secret

    public init(certificateChain: [UInt8], privateKey: Secret) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }
}
