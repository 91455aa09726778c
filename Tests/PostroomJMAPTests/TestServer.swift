import Foundation
import MailMIME
import MailProtocol
import PostroomCore
import PostroomJMAP
import PostroomStore
import Testing

/// A JMAP server over a real store in a folder of its own, with a user who has one account with the usual folders.
final class TestServer: Sendable {
    let folder: URL
    let store: SQLiteStore
    let server: JMAPServer
    let user: User
    let account: Account
    let clock: TestClock
    let poster: TestPoster

    var a: String { account.id.jmap }

    init(limits: JMAPLimits = JMAPLimits(), sources: (SQLiteStore) -> any SourceFetching = { _ in NoSources() }) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("postroom-jmap-\(UUID().uuidString)")
        clock = TestClock()
        poster = TestPoster()
        store = try await SQLiteStore.open(folder: folder.path, clock: clock)
        let endpoint = ServerEndpoint(host: "mail.example.com", port: 993, security: .tls)
        let provider = try await store.addProvider(
            ProviderSettings(name: "Example", imap: endpoint, smtp: endpoint), ownerID: nil, sealedClientSecret: nil)
        user = try await store.addUser(name: "ann", displayName: "Ann", isAdmin: false, passwordHash: nil)
        account = try await Self.addAccount("ann@example.com", to: user, provider.id, store)
        let push = PushService(directory: store, changes: store, poster: poster, clock: clock, pause: .milliseconds(1))
        server = JMAPServer(
            ports: JMAPPorts(directory: store, mail: store, sources: sources(store), clock: clock), limits: limits, push: push)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    static func addAccount(_ address: String, to user: User, _ provider: ProviderID, _ store: SQLiteStore) async throws -> Account {
        let account = try await store.addAccount(
            userID: user.id, providerID: provider, address: address, login: address, settings: AccountSettings(), senderName: "Ann",
            sealedCredential: [1])
        let folders: [(String, MailboxRole)] = [
            ("INBOX", .inbox), ("Drafts", .drafts), ("Sent", .sent), ("Archive", .archive), ("Junk", .junk), ("Trash", .trash),
        ]
        _ = try await store.replaceMailboxes(
            with: folders.map { MailboxListing(path: $0.0, separator: "/", role: $0.1) }, of: account.id)
        return account
    }

    /// Another account of the same user, or of `owner`.
    func addAccount(_ address: String, owner: User? = nil) async throws -> Account {
        let provider = try #require(try await store.providers().first)
        return try await Self.addAccount(address, to: owner ?? user, provider.id, store)
    }

    static let capabilities = [
        "urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission", "urn:ietf:params:jmap:blob",
        "urn:ietf:params:jmap:quota",
    ]

    /// The whole response to a request.
    func request(
        _ calls: String, using: [String] = capabilities, more: String = "", as someone: User? = nil,
        by credential: RequestCredential = .password
    ) async throws -> JSONValue {
        let names = using.map { "\"\($0)\"" }.joined(separator: ",")
        let text = "{\"using\":[\(names)],\"methodCalls\":[\(calls)]\(more)}"
        return try JSONParser.parse(try await server.handle(Array(text.utf8), user: someone ?? user, credential: credential))
    }

    /// The responses' names and arguments.
    func responses(_ calls: String) async throws -> [(String, JSONValue)] {
        let response = try await request(calls)
        return try #require(response["methodResponses"]?.array).map { ($0[0]?.string ?? "", $0[1] ?? .null) }
    }

    /// One call's arguments; a test fails where the method answers with an error.
    @discardableResult
    func call(_ name: String, _ arguments: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> JSONValue {
        let (answer, value) = try #require(try await responses("[\"\(name)\",\(arguments),\"c\"]").first, sourceLocation: sourceLocation)
        #expect(answer == name, "\(value.text)", sourceLocation: sourceLocation)
        return value
    }

    /// The type of the error that a call answers with.
    func error(_ name: String, _ arguments: String) async throws -> String? {
        let (answer, value) = try #require(try await responses("[\"\(name)\",\(arguments),\"c\"]").first)
        return answer == "error" ? value["type"]?.string : "no error but \(value.text)"
    }

    func mailbox(_ role: MailboxRole) async throws -> String {
        try #require(try await store.mailboxes(of: account.id).first { $0.role == role }).id.jmap
    }

    func upload(_ text: String, type: String = "message/rfc822") async throws -> String {
        let json = try await server.upload(account: a, type: type, user: user) { Array(text.utf8) }
        return try #require(try JSONParser.parse(json)["blobId"]?.string)
    }

    /// Imports a message; gives the email's id.
    @discardableResult
    func deliver(
        _ message: String, to mailbox: String? = nil, keywords: String = "{}", receivedAt: String = "2026-11-20T10:00:00Z"
    ) async throws -> String {
        let inbox = try await self.mailbox(.inbox)
        let blob = try await upload(message.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n"))
        let result = try await call(
            "Email/import",
            """
            {"accountId":"\(a)","emails":{"x":{"blobId":"\(blob)","mailboxIds":{"\(mailbox ?? inbox)":true},"keywords":\(keywords),
             "receivedAt":"\(receivedAt)"}}}
            """)
        return try #require(result["created"]?["x"]?["id"]?.string, "\(result.text)")
    }

    static func message(
        from: String = "Bob <bob@example.org>", subject: String = "Hello", body: String = "Hello there.", more: String = ""
    ) -> String {
        """
        From: \(from)
        To: ann@example.com
        Subject: \(subject)
        Date: Fri, 20 Nov 2026 09:59:58 +0300
        Message-ID: <\(UUID().uuidString)@example.org>
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        \(more)
        \(body)
        """
    }

    /// The only object of a /get by id.
    func get(_ type: String, _ id: String, _ more: String = "") async throws -> JSONValue {
        let result = try await call("\(type)/get", "{\"accountId\":\"\(a)\",\"ids\":[\"\(id)\"]\(more)}")
        return try #require(result["list"]?[0], "\(result.text)")
    }
}

/// No server behind the store: nothing can be fetched.
struct NoSources: SourceFetching {
    func fetchSource(_ email: EmailID, account: AccountID) async throws -> [UInt8] {
        throw SourceError.unavailable("There is no mail server in this test.")
    }
}

/// A clock that stands still until it is moved.
final class TestClock: PostroomCore.Clock {
    private let time = Mutexed(Timestamp(rfc3339: "2026-11-23T12:00:00Z") ?? Timestamp(seconds: 0))

    func now() -> Timestamp { time.value }
    func advance(seconds: Int64) { time.update { $0 = $0.adding(seconds: seconds) } }
}

/// Remembers what would have been pushed.
final class TestPoster: PushPosting {
    struct Post: Sendable {
        var body: [UInt8]
        var url: String
        var headers: [String: String]
    }

    private let posts = Mutexed<[Post]>([])
    /// What a receiver answers; 201 where nothing is said.
    let answers = Mutexed<[String: Int]>([:])

    var all: [Post] { posts.value }

    func post(_ body: [UInt8], to url: String, headers: [(name: String, value: String)]) async throws -> Int {
        posts.update { $0.append(Post(body: body, url: url, headers: Dictionary(headers.map { ($0.name, $0.value) }) { $1 })) }
        return answers.value[url] ?? 201
    }

    /// Waits until there are `count` posts.
    func wait(for count: Int) async throws -> [Post] {
        for _ in 0..<2000 {
            if all.count >= count { return all }
            try await Task.sleep(for: .milliseconds(5))
        }
        return all
    }
}

extension JSONValue {
    subscript(_ key: String) -> JSONValue? { object?[key] }
    subscript(_ index: Int) -> JSONValue? { array.flatMap { $0.indices.contains(index) ? $0[index] : nil } }

    var text: String {
        var json = JSONWriter()
        json.value(self)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    var strings: [String] { array?.compactMap(\.string) ?? [] }

    static func json(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }
}
