import Foundation
import MailProtocol
import MailTransport
import Testing

/// The real mail servers of `tools/servers up FOLDER`, when `POSTROOM_BED` names their folder or its description.
struct MailBed: Sendable {
    static let shared = MailBed()
    static var isUp: Bool { shared != nil }

    let host: String
    let domain: String
    let authority: String
    let ports: [String: Int]
    /// Kinds of bad certificates by the address that shows them; a bed without addresses of their own chooses by name.
    let badCertificates: [String: String]
    /// The token server's control address, where the bed has one.
    let oauthControl: String?
    /// Servers that could not be started on this machine, with the reason.
    let missing: [String: String]
    /// Whether the bed says which servers it could not start; others that have been used as beds don't.
    let knowsItsPeers: Bool

    private init?() {
        guard let path = ProcessInfo.processInfo.environment["POSTROOM_BED"], !path.isEmpty else { return nil }
        let file = path.hasSuffix(".json") ? path : path + "/bed.json"
        guard let data = FileManager.default.contents(atPath: file),
            let told = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let authority = told["ca"] as? String, let ports = told["ports"] as? [String: Int]
        else { return nil }
        host = told["host"] as? String ?? "127.0.0.1"
        domain = told["domain"] as? String ?? "example.test"
        self.authority = authority
        self.ports = ports
        badCertificates = told["bad_certificates"] as? [String: String] ?? [:]
        oauthControl = (told["oauth"] as? [String: Any])?["control"] as? String
        missing = told["missing"] as? [String: String] ?? [:]
        knowsItsPeers = told["missing"] != nil
    }

    /// The port of a server under any of the names that beds have given it.
    func port(_ names: String...) -> Int { names.lazy.compactMap { ports[$0] }.first ?? 1 }

    /// Options that trust the bed's authority alone, may reach loopback, and ask the bed's DNS.
    func options(trusting: Bool = true) -> ConnectionOptions {
        let resolver =
            DNSResolver.Server(address: "127.0.0.1", port: port("dns")).map { HostResolver.dns(DNSResolver(server: $0)) } ?? .system
        return .loopback(authorities: trusting ? [authority] : [], resolver: resolver)
    }

    func endpoint(_ name: String..., security: ConnectionSecurity, host: String? = nil) -> ServerEndpoint {
        ServerEndpoint(host: host ?? self.host, port: name.lazy.compactMap { ports[$0] }.first ?? 1, security: security)
    }

    /// One order to the fault proxy, and its answer.
    func order(_ json: String) async throws {
        let control = try await MailConnection.open(to: endpoint("proxy_control", "proxyctl", security: .none), options: options())
        try await control.write(Array((json + "\n").utf8))
        var answer = ""
        while !answer.contains("\n") { answer += String(buffer: try #require(try await control.read())) }
        #expect(!answer.contains("error"), "\(answer)")
        control.close()
    }

    /// A certificate of the bed's authority (`client`, alice's) or of one that no server knows (`stranger-client`).
    func identity(_ name: String) throws -> ClientIdentity {
        let folder = URL(filePath: authority).deletingLastPathComponent()
        let key = try String(contentsOf: folder.appending(path: name + ".key"), encoding: .utf8)
        return ClientIdentity(
            certificateChain: Array(try Data(contentsOf: folder.appending(path: name + ".pem"))), privateKey: Secret(key))
    }

    static func password(of user: String) -> Credentials { .password(login: user + "@example.test", password: Secret(user + "-pw")) }

    /// Asks the token server for an access token; nil where the bed has none.
    func token(for user: String, lifetime: Int = 600) async throws -> Secret? {
        guard let oauthControl else { return nil }
        let fetcher = HTTPFetcher(options: .loopback(), allowsPlainHTTP: true)
        let body = #"{"user": "\#(user)", "ttl": \#(lifetime)}"#
        let answer = try await fetcher.fetch(
            HTTPRequest(.post, url: oauthControl + "mint", headers: [("Content-Type", "application/json")], body: Secret(body)))
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        return (object?["access_token"] as? String).map { Secret($0) }
    }
}

extension ConnectionOptions {
    /// Loopback allowed, and no authorities but those named.
    static func loopback(authorities: [String] = [], resolver: HostResolver = .system) -> ConnectionOptions {
        var options = ConnectionOptions(
            trust: TrustStore(usesSystemRoots: false) { authorities },
            addressPolicy: AddressPolicySource(AddressPolicy(allowed: ["127.0.0.0/8", "::1"].compactMap { CIDRBlock($0) })),
            resolver: resolver)
        options.timeouts.connect = .seconds(10)
        options.timeouts.tls = .seconds(10)
        options.timeouts.greeting = .seconds(10)
        options.timeouts.silence = .seconds(30)
        return options
    }
}
