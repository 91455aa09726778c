import Glibc
import NIOCore
import NIOPosix

/// How host names become addresses.
public enum HostResolver: Sendable {
    /// The machine's own way (`getaddrinfo`): hosts file, resolv.conf.
    case system
    /// One DNS server of our choice (`--dns`).
    case dns(DNSResolver)
    /// These addresses for every name: a server behind a tunnel, or one under test.
    case fixed([String])

    /// The addresses of a host in the order to try, without duplicates; an address literal is its own answer.
    ///
    /// Throws ``TransportError/Cause/unknownHost`` where the name has none, ``TransportError/Cause/nameServerFailure`` where nobody
    /// could tell, ``TransportError/Cause/timedOut`` after `timeout`.
    func addresses(of host: String, port: Int, timeout: TimeAmount) async throws(TransportError) -> [SocketAddress] {
        if let literal = IPAddress(host) { return try Self.sockets([literal], port: port) }
        switch self {
        case .system: return try await Self.system(host, port: port, timeout: timeout)
        case .fixed(let addresses): return try Self.sockets(addresses.compactMap { IPAddress($0) }, port: port)
        case .dns(let resolver):
            let found: [IPAddress]
            do {
                found = try await resolver.addresses(of: host)
            } catch {
                switch error {
                case .noSuchName, .noRecords, .invalidName: throw TransportError(.resolve, .unknownHost)
                case .timedOut: throw TransportError(.resolve, .timedOut)
                case .serverFailure, .malformedAnswer, .invalidServer: throw TransportError(.resolve, .nameServerFailure)
                }
            }
            return try Self.sockets(found, port: port)
        }
    }

    private static func sockets(_ addresses: [IPAddress], port: Int) throws(TransportError) -> [SocketAddress] {
        let sockets = addresses.compactMap { try? SocketAddress(ipAddress: $0.description, port: port) }
        guard !sockets.isEmpty else { throw TransportError(.resolve, .unknownHost) }
        return sockets
    }

    /// `getaddrinfo` cannot be cancelled: the caller stops waiting, the thread ends when libc gives up.
    private static func system(_ host: String, port: Int, timeout: TimeAmount) async throws(TransportError) -> [SocketAddress] {
        let outcome = await LookupThreads.run(timeout: timeout) { () -> Result<[SocketAddress], TransportError> in
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_ADDRCONFIG
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, String(port), &hints, &list)
            defer { if let list { freeaddrinfo(list) } }
            switch code {
            case 0: break
            case EAI_AGAIN, EAI_FAIL, EAI_SYSTEM, EAI_MEMORY: return .failure(TransportError(.resolve, .nameServerFailure))
            default: return .failure(TransportError(.resolve, .unknownHost))
            }
            var found: [SocketAddress] = []
            var next = list
            while let entry = next {
                if let address = socketAddress(entry.pointee), !found.contains(address) { found.append(address) }
                next = entry.pointee.ai_next
            }
            return found.isEmpty ? .failure(TransportError(.resolve, .unknownHost)) : .success(found)
        }
        guard let outcome else { throw TransportError(.resolve, .timedOut) }
        return try outcome.get()
    }

    private static func socketAddress(_ entry: addrinfo) -> SocketAddress? {
        guard let raw = entry.ai_addr else { return nil }
        switch entry.ai_family {
        case AF_INET: return raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
        case AF_INET6: return raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
        default: return nil
        }
    }
}
