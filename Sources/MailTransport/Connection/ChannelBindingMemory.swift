import MailProtocol
import Synchronization

/// The servers that offer -PLUS mechanisms and then refuse `tls-server-end-point`, for as long as the program runs.
///
/// A server does not say which binding types it takes (Cyrus knows `tls-unique` alone), and a failed sign-in at the start of every
/// session looks like an attack to those who count them.
enum ChannelBindingMemory {
    private static let refused = Mutex(Set<String>())

    static func refuse(_ endpoint: ServerEndpoint) { refused.withLock { _ = $0.insert("\(endpoint.host):\(endpoint.port)") } }
    static func isRefused(_ endpoint: ServerEndpoint) -> Bool { refused.withLock { $0.contains("\(endpoint.host):\(endpoint.port)") } }
}
