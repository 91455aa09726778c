import Foundation
import PostroomCore
@testable import PostroomJMAP
import Testing

/// Every method against every right: nothing reaches an account that is not one's own or shared for as much.
@Suite("RFC 8620 §1.6.3, §8.5: several accounts, shared accounts, strangers")
struct SharingTests {
    /// What a method needs; nil: it has no account.
    private enum Need { case read, write, send }

    /// Every method with an account, its need, and arguments beside the account that would do something.
    private static let methods: [(name: String, need: Need, arguments: String)] = [
        ("Blob/upload", .write, "\"create\":{\"b\":{\"data\":[{\"data:asText\":\"x\"}]}}"), ("Blob/get", .read, "\"ids\":[]"),
        ("Blob/lookup", .read, "\"ids\":[],\"typeNames\":[]"), ("Mailbox/get", .read, ""),
        ("Mailbox/changes", .read, "\"sinceState\":\"0\""),
        ("Mailbox/query", .read, ""), ("Mailbox/queryChanges", .read, "\"sinceQueryState\":\"0\""),
        ("Mailbox/set", .write, "\"create\":{\"m\":{\"name\":\"Made\"}}"), ("Thread/get", .read, "\"ids\":[]"),
        ("Thread/changes", .read, "\"sinceState\":\"0\""), ("Email/get", .read, "\"ids\":[]"),
        ("Email/changes", .read, "\"sinceState\":\"0\""),
        ("Email/query", .read, ""), ("Email/queryChanges", .read, "\"sinceQueryState\":\"0\""),
        ("Email/set", .write, "\"destroy\":[\"e999\"]"),
        ("Email/import", .write, "\"emails\":{}"), ("Email/parse", .read, "\"blobIds\":[]"),
        ("SearchSnippet/get", .read, "\"emailIds\":[],\"filter\":{}"), ("Identity/get", .read, ""),
        ("Identity/changes", .read, "\"sinceState\":\"0\""), ("Identity/set", .send, "\"update\":{}"), ("EmailSubmission/get", .read, ""),
        ("EmailSubmission/changes", .read, "\"sinceState\":\"0\""), ("EmailSubmission/query", .read, ""),
        ("EmailSubmission/queryChanges", .read, "\"sinceQueryState\":\"0\""), ("Quota/get", .read, ""),
        ("Quota/changes", .read, "\"sinceState\":\"0\""), ("Quota/query", .read, ""),
        ("Quota/queryChanges", .read, "\"sinceQueryState\":\"0\""), ("EmailSubmission/set", .write, "\"create\":{}"),
    ]

    private static let withoutAccount: Set<String> = ["Core/echo", "PushSubscription/get", "PushSubscription/set"]
    /// Those with two accounts, tested on their own below.
    private static let withTwo: Set<String> = ["Email/copy", "Blob/copy"]

    private func answer(_ test: TestServer, _ method: String, _ arguments: String, as user: User) async throws -> (String, JSONValue) {
        let response = try await test.request("[\"\(method)\",{\(arguments)},\"c\"]", as: user)
        let call = try #require(response["methodResponses"]?[0])
        return (call[0]?.string ?? "", call[1] ?? .null)
    }

    private func other(_ test: TestServer) async throws -> User {
        try await test.store.addUser(name: "eve", displayName: "Eve", isAdmin: true, passwordHash: nil)
    }

    @Test("every method is in the table")
    func complete() {
        let table = Self.withTwo.union(Self.withoutAccount).union(Self.methods.map(\.name))
        #expect(table == Set(Method.all.keys))
    }

    @Test("a stranger, administrator or not, finds no account; a right gives what it says and no more")
    func rights() async throws {
        let test = try await TestServer()
        let eve = try await other(test)
        for right in [nil, ShareRight.read, .write, .send] {
            if let right { _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: right) }
            for method in Self.methods {
                let arguments = "\"accountId\":\"\(test.a)\"" + (method.arguments.isEmpty ? "" : "," + method.arguments)
                let (name, value) = try await answer(test, method.name, arguments, as: eve)
                let expected: String
                switch (right, method.need) {
                case (nil, _): expected = "accountNotFound"
                case (.read, .write), (.read, .send): expected = "accountReadOnly"
                case (.write, .send): expected = "forbidden"
                default: expected = method.name
                }
                #expect(
                    (name == "error" ? value["type"]?.string : name) == expected,
                    "\(right?.rawValue ?? "none"): \(method.name) \(value.text)")
            }
        }
        #expect(try await test.store.removeShare(of: test.account.id, with: eve.id))
        #expect(try await answer(test, "Mailbox/get", "\"accountId\":\"\(test.a)\"", as: eve).1["type"]?.string == "accountNotFound")
    }

    @Test("§2: the session shows shared accounts as not personal, read-only or not, and its state changes with the right")
    func session() async throws {
        let test = try await TestServer()
        let eve = try await other(test)
        func session() async throws -> JSONValue { try JSONParser.parse(try await test.server.session(of: eve, baseURL: "https://x")) }
        let before = try await session()
        #expect(before["accounts"]?.object?.count == 0)
        var states = [before["state"]?.string]
        for (right, isReadOnly) in [(ShareRight.read, true), (.write, false), (.send, false)] {
            _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: right)
            let told = try await session()
            let account = try #require(told["accounts"]?[test.a])
            #expect(account["isPersonal"] == .bool(false))
            #expect(account["isReadOnly"] == .bool(isReadOnly))
            // Who has no account of his own starts with what is shared with him.
            #expect(told["primaryAccounts"]?["urn:ietf:params:jmap:mail"]?.string == test.a)
            states.append(told["state"]?.string)
            let rights = try await answer(test, "Mailbox/get", "\"accountId\":\"\(test.a)\"", as: eve).1["list"]?[0]?["myRights"]
            #expect(rights?["mayReadItems"] == .bool(true))
            #expect(rights?["maySetKeywords"] == .bool(!isReadOnly))
            #expect(rights?["maySubmit"] == .bool(right == .send))
        }
        #expect(Set(states).count == 4)
        let own = try await test.addAccount("eve@example.com", owner: eve)
        let both = try await session()
        #expect(both["accounts"]?.object?.count == 2)
        #expect(both["primaryAccounts"]?["urn:ietf:params:jmap:mail"]?.string == own.id.jmap)
    }

    @Test("§7.5: without the right to send nothing is sent, canceled or removed from the outbox")
    func sending() async throws {
        let test = try await TestServer()
        let eve = try await other(test)
        let drafts = try await test.mailbox(.drafts)
        let made = try await test.call(
            "Email/set",
            """
            {"accountId":"\(test.a)","create":{"d":{"mailboxIds":{"\(drafts)":true},"from":[{"email":"ann@example.com"}],"to":[{"email":"b@example.org"}],
             "subject":"Hi","textBody":[{"partId":"t","type":"text/plain"}],"bodyValues":{"t":{"value":"x"}}}}}
            """)
        let email = try #require(made["created"]?["d"]?["id"]?.string)
        let identity = try #require(try await test.call("Identity/get", "{\"accountId\":\"\(test.a)\"}")["list"]?[0]?["id"]?.string)
        let create = "\"accountId\":\"\(test.a)\",\"create\":{\"s\":{\"identityId\":\"\(identity)\",\"emailId\":\"\(email)\"}}"
        let mine = try await test.call("EmailSubmission/set", "{\(create)}")
        let submission = try #require(mine["created"]?["s"]?["id"]?.string)
        _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: .write)
        let refused = try await answer(test, "EmailSubmission/set", create, as: eve).1
        #expect(refused["notCreated"]?["s"]?["type"]?.string == "forbiddenToSend", "\(refused.text)")
        let change = "\"accountId\":\"\(test.a)\",\"update\":{\"\(submission)\":{\"undoStatus\":\"canceled\"}}"
        #expect(try await answer(test, "EmailSubmission/set", change, as: eve).1["notUpdated"]?[submission]?["type"]?.string == "forbidden")
        let removal = "\"accountId\":\"\(test.a)\",\"destroy\":[\"\(submission)\"]"
        #expect(
            try await answer(test, "EmailSubmission/set", removal, as: eve).1["notDestroyed"]?[submission]?["type"]?.string == "forbidden")
        _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: .send)
        let sent = try await answer(test, "EmailSubmission/set", create, as: eve).1
        #expect(sent["created"]?["s"]?["id"]?.string != nil, "\(sent.text)")
        #expect(try await answer(test, "EmailSubmission/set", change, as: eve).1["updated"]?.object?.count == 1)
    }

    @Test("§5.4, §6.3: copies go from what may be read to what may be written, and the original goes only where that may be written")
    func copies() async throws {
        let test = try await TestServer()
        let eve = try await other(test)
        let hers = try await test.addAccount("eve@example.com", owner: eve)
        let inbox = try #require(try await test.store.mailboxes(of: hers.id).first { $0.role == .inbox }).id.jmap
        let email = try await test.deliver(TestServer.message())
        let upload = "M" + email.dropFirst()
        func copy(_ more: String = "") -> String {
            """
            "fromAccountId":"\(test.a)","accountId":"\(hers.id.jmap)","create":{"c":{"id":"\(email)","mailboxIds":{"\(inbox)":true}}}\(more)
            """
        }
        let blobs = "\"fromAccountId\":\"\(test.a)\",\"accountId\":\"\(hers.id.jmap)\",\"blobIds\":[\"\(upload)\"]"
        #expect(try await answer(test, "Email/copy", copy(), as: eve).1["type"]?.string == "fromAccountNotFound")
        #expect(try await answer(test, "Blob/copy", blobs, as: eve).1["type"]?.string == "fromAccountNotFound")
        _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: .read)
        let copied = try await answer(test, "Email/copy", copy(), as: eve).1
        #expect(copied["created"]?["c"]?["id"]?.string != nil, "\(copied.text)")
        #expect(try await answer(test, "Blob/copy", blobs, as: eve).1["copied"]?[upload]?.string != nil)
        // Back into the shared account: it is read-only.
        let mine = try await test.mailbox(.inbox)
        let back =
            "\"fromAccountId\":\"\(hers.id.jmap)\",\"accountId\":\"\(test.a)\",\"create\":{\"c\":{\"id\":\"e1\",\"mailboxIds\":{\"\(mine)\":true}}}"
        #expect(try await answer(test, "Email/copy", back, as: eve).1["type"]?.string == "accountReadOnly")
        let moving = try await test.request("[\"Email/copy\",{\(copy(",\"onSuccessDestroyOriginal\":true"))},\"c\"]", as: eve)
        #expect(moving["methodResponses"]?[1]?[1]?["type"]?.string == "accountReadOnly", "\(moving.text)")
        #expect(try await test.get("Email", email)["id"]?.string == email)
    }

    @Test("§6: uploads and downloads follow the right; a blob's id is no key")
    func blobs() async throws {
        let test = try await TestServer()
        let eve = try await other(test)
        let hers = try await test.addAccount("eve@example.com", owner: eve)
        let email = try await test.deliver(TestServer.message())
        let blob = try #require(try await test.get("Email", email)["blobId"]?.string)
        let upload = try await test.upload("secret")
        func status(_ body: () async throws -> Void) async -> Int {
            do {
                try await body()
                return 200
            } catch let problem as RequestProblem {
                return problem.status
            } catch {
                return 0
            }
        }
        func statuses() async -> [Int] {
            [
                await status { _ = try await test.server.download(account: test.a, blob: blob, user: eve) },
                await status { _ = try await test.server.upload(account: test.a, type: "a/b", user: eve) { [1] } },
                await status { _ = try await test.server.download(account: hers.id.jmap, blob: blob, user: eve) },
                await status { _ = try await test.server.download(account: hers.id.jmap, blob: upload, user: eve) },
            ]
        }
        #expect(await statuses() == [404, 404, 404, 404])
        _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: .read)
        #expect(await statuses() == [200, 403, 404, 404])
        _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: .write)
        #expect(await statuses() == [200, 200, 404, 404])
    }

    @Test("§7: streams and push messages begin and end with the right")
    func push() async throws {
        let test = try await TestServer()
        let eve = try await other(test)
        let hers = try await test.addAccount("eve@example.com", owner: eve)
        let pushing = Task { await test.server.push?.run() }
        defer { pushing.cancel() }
        _ = try await answer(
            test, "PushSubscription/set", "\"create\":{\"p\":{\"deviceClientId\":\"d\",\"url\":\"https://push.example.com/x\"}}", as: eve)
        let posted = try await test.poster.wait(for: 1)
        let verification = try JSONParser.parse(posted[0].body)
        let id = try #require(verification["pushSubscriptionId"]?.string)
        let code = try #require(verification["verificationCode"]?.string)
        _ = try await answer(test, "PushSubscription/set", "\"update\":{\"\(id)\":{\"verificationCode\":\"\(code)\"}}", as: eve)
        let source = EventSource(
            ports: test.server.ports, user: eve, types: "Email", closesAfterState: false, pingSeconds: 0, lastEventID: nil,
            tellsAccounts: true)
        var pieces = source.pieces().makeAsyncIterator()
        _ = await pieces.next()
        // Not shared yet: neither stream nor push hear of it. News of her own come after it, and so does the share.
        try await test.deliver(TestServer.message())
        var status = hers.status
        status.phase = .paused
        try await test.store.setStatus(status, of: hers.id)
        let own = String(decoding: await pieces.next() ?? [], as: UTF8.self)
        #expect(own.hasPrefix("event: account") && own.contains(hers.id.jmap), "\(own)")
        _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: .read)
        #expect(String(decoding: await pieces.next() ?? [], as: UTF8.self).hasPrefix("event: account"))
        try await test.deliver(TestServer.message())
        #expect(String(decoding: await pieces.next() ?? [], as: UTF8.self).hasPrefix("event: state"))
        let told = try await test.poster.wait(for: 2)
        #expect(String(decoding: told[1].body, as: UTF8.self).contains(test.a))
        #expect(try await test.store.removeShare(of: test.account.id, with: eve.id))
        #expect(
            String(decoding: await pieces.next() ?? [], as: UTF8.self)
                == "event: account\ndata: {\"accountId\":\"\(test.a)\",\"phase\":null}\n\n")
        try await test.deliver(TestServer.message())
        // Her own mail comes next, nothing of the other account before it.
        _ = try await test.store.createMailbox(name: "Own", parentID: nil, role: nil, isSubscribed: true, of: hers.id)
        status.phase = .waiting
        try await test.store.setStatus(status, of: hers.id)
        let next = String(decoding: await pieces.next() ?? [], as: UTF8.self)
        #expect(next.contains(hers.id.jmap) && !next.contains("\"\(test.a)\""), "\(next)")
        #expect(
            !(try await test.poster.wait(for: 3)).dropFirst(2).contains {
                String(decoding: $0.body, as: UTF8.self).contains("\"\(test.a)\"")
            })
    }
}
