import Hummingbird
import Logging
import NIOCore
import PostroomCore

/// What a request carries through the router: who asks, in which language, from where.
public struct WebContext: RequestContext, RemoteAddressRequestContext {
    public var coreContext: CoreRequestContextStorage
    public let remoteAddress: SocketAddress?
    /// Who is signed in; nil before authentication and for strangers.
    public var identity: User?
    /// What the user was let in by.
    public var credential = RequestCredential.password
    /// The session cookie's token, where that is how the user came in.
    public var sessionToken: String?
    public var language: Language = .english

    public init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.remoteAddress = source.channel.remoteAddress
    }

    /// The largest body that is read for a JSON request; uploads have a limit of their own.
    public var maxUploadSize: Int { 10 << 20 }

    /// The signed-in user; throws `not-signed-in`.
    public var user: User {
        get throws {
            guard let identity else { throw Problem(.notSignedIn) }
            return identity
        }
    }

    public var administrator: User {
        get throws {
            let user = try user
            guard user.isAdmin else { throw Problem(.forbidden) }
            return user
        }
    }

    /// The address that attempts are counted by.
    var client: String { remoteAddress?.ipAddress ?? "unknown" }
}
