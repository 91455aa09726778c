import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import MailProtocol
import NIOCore
import PostroomCore
import PostroomJMAP
import PostroomStore
import Testing

@testable import PostroomWeb

/// All routes over a real store in a folder of its own, with an administrator and a member.
///
/// Sign-in at mail servers is played by `PasswordTester`; the end-to-end tests do it on real ones.
final class WebFixture: Sendable {
    let folder: String
    let store: SQLiteStore
    let services: WebServices

    init() async throws {
        folder = NSTemporaryDirectory() + "postroom-web-\(UUID().uuidString)"
        store = try await SQLiteStore.open(folder: folder)
        let master = [UInt8](repeating: 1, count: 32)
        let (key, wrapped) = try AESVault.open(masterKey: master, wrapped: nil)
        try await store.setSetting("data-key", to: Data(wrapped).base64EncodedString())
        let vault = KeyRing(key)
        let providers = ProviderService(store: store, vault: vault)
        let http = NoOAuth()
        let tokens = AccessTokens(store: store, vault: vault, http: http, logger: Logger(label: "test"))
        let accounts = AccountService(
            store: store, credentials: AccountCredentials(store: store, vault: vault, tokens: tokens), providers: providers,
            tester: PasswordTester(),
            activity: NoActivity())
        services = WebServices(
            access: AccessService(store: store, hasher: PasswordHash(cost: 1024)), providers: providers, accounts: accounts,
            signIns: SignInService(store: store, accounts: accounts, providers: providers, tokens: tokens, vault: vault),
            metadata: OAuthMetadata(http: http),
            discovery: DiscoveryService(providers: providers, ladder: DiscoveryLadder(network: SilentNetwork())),
            providerChecks: ProviderChecks(store: store, network: SilentNetwork()), directory: store, mail: store, sources: NoSources(),
            serverSearch: NoSources(),
            jmap: JMAPServer(ports: JMAPPorts(directory: store, mail: store, sources: NoSources())), outbox: NoOutbox(),
            network: NoNetwork(), maintenance: store,
            keys: KeyRotation(store: store, ring: vault, masterKeys: OneMasterKey(key: master), settling: .zero), version: "test",
            operatorToken: "operator-secret")
        _ = try await services.access.addUser(name: "root", displayName: "Root", password: "root-password", isAdmin: true, by: nil)
        _ = try await services.access.addUser(name: "mary", displayName: "Mary", password: "mary-password", isAdmin: false, by: nil)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func run(_ body: @Sendable @escaping (WebClient) async throws -> Void) async throws {
        let application = Application(router: WebApplication.router(services))
        try await application.test(.router) { client in try await body(WebClient(client: client)) }
    }
}

/// Requests as somebody, answers as JSON.
struct WebClient: Sendable {
    let client: any TestClientProtocol

    struct Answer: Sendable {
        var status: Int
        var json: JSONObject
        var headers: HTTPFields
        var text: String

        var code: String? { json["code"]?.string }
    }

    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil, as user: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if let user { headers[.authorization] = "Basic " + Data("\(user):\(user)-password".utf8).base64EncodedString() }
        var buffer: ByteBuffer?
        if let body {
            var writer = JSONWriter()
            writer.value(body)
            buffer = ByteBuffer(bytes: writer.bytes)
        }
        return try await client.execute(uri: path, method: method, headers: headers, body: buffer) { response in
            let bytes = Array(response.body.readableBytesView)
            return Answer(
                status: response.status.code, json: (try? JSONParser.parse(bytes))?.object ?? JSONObject(), headers: response.headers,
                text: String(decoding: bytes, as: UTF8.self))
        }
    }
}

/// No authorization server answers; the end-to-end tests have a real one.
struct NoOAuth: OAuthAsking {
    func ask(_ request: OAuthRequest) async throws -> OAuthReply { throw OAuthUnreachable(reason: "nobody there") }
}

/// A mail server that knows one password: "right".
struct PasswordTester: ConnectionTesting {
    func test(
        _ side: MailSide, at endpoint: ServerEndpoint, credentials: Credentials?, sender: String?, pinnedCertificate: String?
    ) async -> [DiagnosticStage] {
        guard case .password(let login, let password) = credentials else {
            return [DiagnosticStage(side: side, stage: .capabilities, verdict: .ok)]
        }
        guard password.reveal() != "right" else { return [DiagnosticStage(side: side, stage: .signIn, verdict: .ok)] }
        let diagnosis = Diagnosis(
            stage: .signIn, cause: .wrongCredentials, side: side, serverText: "NO [AUTHENTICATIONFAILED]",
            details: ["host": endpoint.host, "login": login])
        return [DiagnosticStage(side: side, stage: .signIn, verdict: .failed, diagnosis: diagnosis)]
    }

    func sendToSelf(
        _ address: String, through smtp: ConnectionDetails, awaitedAt imap: ConnectionDetails, within limit: Duration
    ) async -> [DiagnosticStage] {
        [DiagnosticStage(side: .smtp, stage: .delivery, verdict: .ok), DiagnosticStage(side: .imap, stage: .delivery, verdict: .ok)]
    }
}

/// A world in which nobody answers.
struct SilentNetwork: DiscoveryNetwork {
    func exchangers(of domain: String) async throws(DiscoveryNote) -> [String] { [] }
    func services(at name: String) async throws(DiscoveryNote) -> [ServiceRecord] { [] }
    func texts(at name: String) async throws(DiscoveryNote) -> [String] { [] }
    func document(at url: String, posting body: String?) async throws(DiscoveryNote) -> [UInt8] { throw DiscoveryNote(.unreachable) }
    func probe(_ side: MailSide, at endpoint: ServerEndpoint) async -> ServerProbe {
        let diagnosis = Diagnosis(stage: .connect, cause: .connectionRefused, side: side, details: ["host": endpoint.host])
        return ServerProbe(
            side: side, endpoint: endpoint, stages: [DiagnosticStage(side: side, stage: .connect, verdict: .failed, diagnosis: diagnosis)],
            mechanisms: [], milliseconds: 0)
    }
}

struct NoActivity: AccountActivity {
    func start(_ account: AccountID) async {}
    func stop(_ account: AccountID) async {}
    func restart(_ account: AccountID) async {}
    func syncNow(_ account: AccountID) async {}
}

struct NoSources: SourceFetching, ServerSearching {
    func searchServer(_ terms: [ServerSearchTerm], account: AccountID) async throws -> ServerFinds { ServerFinds(emails: [], missing: 0) }

    func fetchSource(_ email: EmailID, account: AccountID) async throws -> [UInt8] { throw StoreError.notFound(what: "email") }
}

struct NoOutbox: OutboxDeciding {
    func resend(_ id: SubmissionID, of account: AccountID) async throws { throw StoreError.notFound(what: "submission") }
    func dismiss(_ id: SubmissionID, of account: AccountID) async throws { throw StoreError.notFound(what: "submission") }
}

/// A master key that is kept for nobody else.
struct OneMasterKey: MasterKeyKeeping {
    var key: [UInt8]
    let isOutside = false
    func current() throws -> [UInt8] { key }
    func prepare(_ key: [UInt8]) throws {}
    func adopt() throws {}
}

struct NoNetwork: NetworkControlling {
    func allow(networks: [String]) throws {}
    func trust(certificates pem: String) throws {}
    func announce() async {}
}
