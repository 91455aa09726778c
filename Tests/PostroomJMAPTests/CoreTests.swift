import PostroomCore
import PostroomJMAP
import Testing

@Suite("RFC 8620 §2, §3: session, requests, references")
struct CoreTests {
    @Test("§2: the session has every member, and the account its capabilities")
    func session() async throws {
        let test = try await TestServer()
        let session = try JSONParser.parse(try await test.server.session(of: test.user, baseURL: "https://mail.example.com"))
        for name in [
            "capabilities", "accounts", "primaryAccounts", "username", "apiUrl", "downloadUrl", "uploadUrl", "eventSourceUrl", "state",
        ] {
            #expect(session[name] != nil, "\(name)")
        }
        let core = try #require(session["capabilities"]?["urn:ietf:params:jmap:core"])
        for name in [
            "maxSizeUpload", "maxConcurrentUpload", "maxSizeRequest", "maxConcurrentRequests", "maxCallsInRequest", "maxObjectsInGet",
            "maxObjectsInSet",
        ] { #expect((core[name]?.integer ?? 0) > 0, "\(name)") }
        #expect(core["collationAlgorithms"]?.array?.isEmpty == false)
        let account = try #require(session["accounts"]?[test.a])
        #expect(account["isPersonal"] == .bool(true))
        #expect(account["isReadOnly"] == .bool(false))
        #expect(
            account["accountCapabilities"]?["urn:ietf:params:jmap:mail"]?["emailQuerySortOptions"]?.strings.contains("receivedAt") == true)
        #expect(session["primaryAccounts"]?["urn:ietf:params:jmap:mail"]?.string == test.a)
        for name in ["{accountId}", "{blobId}", "{name}", "{type}"] { #expect(session["downloadUrl"]?.string?.contains(name) == true) }
        for name in ["{types}", "{closeafter}", "{ping}"] { #expect(session["eventSourceUrl"]?.string?.contains(name) == true) }
    }

    @Test("§2: the session's state changes when accounts do, and each response carries it")
    func sessionState() async throws {
        let test = try await TestServer()
        let before = try await test.request("[\"Core/echo\",{},\"c\"]")["sessionState"]?.string
        #expect(before == (try JSONParser.parse(try await test.server.session(of: test.user, baseURL: ""))["state"]?.string))
        _ = try await test.addAccount("ann@other.example")
        #expect(try await test.request("[\"Core/echo\",{},\"c\"]")["sessionState"]?.string != before)
    }

    @Test(
        "§3.6.1: request-level errors",
        arguments: [
            ("no json", "notJSON"), ("{\"a\":1,\"a\":2}", "notJSON"), ("[]", "notRequest"), ("{\"foo\":1}", "notRequest"),
            ("{\"using\":[],\"methodCalls\":\"x\"}", "notRequest"), ("{\"using\":[1],\"methodCalls\":[]}", "notRequest"),
            ("{\"using\":[],\"methodCalls\":[[\"Core/echo\",{}]]}", "notRequest"),
            ("{\"using\":[\"urn:x\"],\"methodCalls\":[]}", "unknownCapability"),
            ("{\"using\":[],\"methodCalls\":[],\"createdIds\":[]}", "notRequest"),
        ])
    func requestErrors(_ text: String, _ type: String) async throws {
        let test = try await TestServer()
        let problem = try await #require(throws: RequestProblem.self) { try await test.server.handle(Array(text.utf8), user: test.user) }
        #expect(problem.type == "urn:ietf:params:jmap:error:" + type)
        #expect(problem.status == 400)
        #expect(try JSONParser.parse(problem.json())["detail"]?.string?.isEmpty == false)
    }

    @Test("§3.6.1: limits name themselves")
    func limits() async throws {
        var limits = JMAPLimits()
        limits.maxCallsInRequest = 2
        limits.maxSizeRequest = 500
        limits.maxObjectsInGet = 3
        limits.maxObjectsInSet = 1
        let test = try await TestServer(limits: limits)
        let echo = "[\"Core/echo\",{},\"c\"]"
        let calls = try await #require(throws: RequestProblem.self) { try await test.request("\(echo),\(echo),\(echo)") }
        #expect(calls.limit == "maxCallsInRequest")
        let size = try await #require(throws: RequestProblem.self) {
            try await test.request(echo, more: String(repeating: " ", count: 500))
        }
        #expect(size.limit == "maxSizeRequest")
        #expect(
            try await test.error("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"e1\",\"e2\",\"e3\",\"e4\"]}") == "requestTooLarge")
        #expect(try await test.error("Mailbox/get", "{\"accountId\":\"\(test.a)\"}") == "requestTooLarge")
        #expect(try await test.error("Email/set", "{\"accountId\":\"\(test.a)\",\"destroy\":[\"e1\",\"e2\"]}") == "requestTooLarge")
    }

    @Test("§3.6.2: method-level errors, and the calls after them still run")
    func methodErrors() async throws {
        let test = try await TestServer()
        let responses = try await test.responses(
            """
            ["Fake/get",{},"1"],["Mailbox/get",{},"2"],["Mailbox/get",{"accountId":"a999"},"3"],
            ["Mailbox/get",{"accountId":"\(test.a)","ids":"x"},"4"],["Mailbox/get",{"accountId":"\(test.a)","foo":1},"5"],
            ["Mailbox/get",{"accountId":"\(test.a)","properties":["foo"]},"6"],["Core/echo",{"x":[1.50,"é"]},"7"]
            """)
        let types = responses.map { $0.1["type"]?.string }
        #expect(
            types == [
                "unknownMethod", "invalidArguments", "accountNotFound", "invalidArguments", "invalidArguments", "invalidArguments", nil,
            ])
        #expect(responses[6].1.text == "{\"x\":[1.50,\"é\"]}")
    }

    @Test("§3.3: a method of a capability that is not used is unknown")
    func unusedCapability() async throws {
        let test = try await TestServer()
        let response = try await test.request("[\"Mailbox/get\",{\"accountId\":\"\(test.a)\"},\"c\"]", using: ["urn:ietf:params:jmap:core"])
        #expect(response["methodResponses"]?[0]?[1]?["type"]?.string == "unknownMethod")
    }

    @Test("nothing reaches another user's account")
    func strangers() async throws {
        let test = try await TestServer()
        let email = try await test.deliver(TestServer.message())
        let stranger = try await test.store.addUser(name: "eve", displayName: "Eve", isAdmin: true, passwordHash: nil)
        let call = "[\"Email/get\",{\"accountId\":\"\(test.a)\",\"ids\":[\"\(email)\"]},\"c\"]"
        let response = try await test.request(call, as: stranger)
        #expect(response["methodResponses"]?[0]?[1]?["type"]?.string == "accountNotFound")
        let problem = try await #require(throws: RequestProblem.self) {
            try await test.server.download(account: test.a, blob: "M" + email.dropFirst(), user: stranger)
        }
        #expect(problem.status == 404)
        await #expect(throws: RequestProblem.self) {
            try await test.server.upload(account: test.a, type: "text/plain", user: stranger) { [1] }
        }
    }

    @Test("§3.7: references, chained and through arrays")
    func references() async throws {
        let test = try await TestServer()
        let email = try await test.deliver(TestServer.message())
        let responses = try await test.responses(
            """
            ["Email/query",{"accountId":"\(test.a)"},"q"],
            ["Email/get",{"accountId":"\(test.a)","#ids":{"resultOf":"q","name":"Email/query","path":"/ids"},"properties":["threadId"]},"g"],
            ["Thread/get",{"accountId":"\(test.a)","#ids":{"resultOf":"g","name":"Email/get","path":"/list/*/threadId"}},"t"],
            ["Email/get",{"accountId":"\(test.a)","#ids":{"resultOf":"t","name":"Thread/get","path":"/list/*/emailIds"},"properties":["id"]},"e"]
            """)
        #expect(responses[3].1["list"]?[0]?["id"]?.string == email)
    }

    @Test(
        "§3.7: references that lead nowhere",
        arguments: [
            "{\"resultOf\":\"x\",\"name\":\"Core/echo\",\"path\":\"/a\"}", "{\"resultOf\":\"c\",\"name\":\"Email/get\",\"path\":\"/a\"}",
            "{\"resultOf\":\"c\",\"name\":\"Core/echo\",\"path\":\"/b\"}",
            "{\"resultOf\":\"c\",\"name\":\"Core/echo\",\"path\":\"/a/*/x\"}",
            "{\"resultOf\":\"c\"}", "7",
        ])
    func brokenReferences(_ reference: String) async throws {
        let test = try await TestServer()
        let responses = try await test.responses("[\"Core/echo\",{\"a\":[1]},\"c\"],[\"Core/echo\",{\"#v\":\(reference)},\"d\"]")
        #expect(responses[1].1["type"]?.string == "invalidResultReference")
    }

    @Test("§3.7: an argument may not be there twice, plain and as a reference")
    func doubledArgument() async throws {
        let test = try await TestServer()
        let reference = "{\"resultOf\":\"c\",\"name\":\"Core/echo\",\"path\":\"/a\"}"
        let responses = try await test.responses("[\"Core/echo\",{\"a\":1},\"c\"],[\"Core/echo\",{\"v\":1,\"#v\":\(reference)},\"d\"]")
        #expect(responses[1].1["type"]?.string == "invalidArguments")
    }

    @Test("§3.3: creation ids come in, work across methods, and go out only when they came in")
    func createdIDs() async throws {
        let test = try await TestServer()
        let inbox = try await test.mailbox(.inbox)
        let calls = """
            ["Mailbox/set",{"accountId":"\(test.a)","create":{"box":{"name":"Box","parentId":"#old"}}},"1"],
            ["Email/set",{"accountId":"\(test.a)","create":{"mail":{"mailboxIds":{"#box":true},"subject":"x"}}},"2"]
            """
        let none = try await test.request("[\"Core/echo\",{},\"c\"]")
        #expect(none["createdIds"] == nil)
        let archive = try await test.mailbox(.archive)
        let response = try await test.request(calls, more: ",\"createdIds\":{\"old\":\"\(archive)\",\"in\":\"\(inbox)\"}")
        let ids = try #require(response["createdIds"])
        #expect(ids["box"]?.string?.hasPrefix("m") == true)
        #expect(ids["mail"]?.string?.hasPrefix("e") == true)
        #expect(ids["old"]?.string == archive)
        let box = try await test.get("Mailbox", ids["box"]?.string ?? "")
        #expect(box["parentId"]?.string == archive)
        #expect(box["totalEmails"]?.integer == 1)
    }

    @Test("§5.3: ifInState and §5.2: states that were never given out")
    func states() async throws {
        let test = try await TestServer()
        let email = try await test.deliver(TestServer.message())
        let update = "\"update\":{\"\(email)\":{\"keywords/$seen\":true}}"
        #expect(try await test.error("Email/set", "{\"accountId\":\"\(test.a)\",\"ifInState\":\"no\",\(update)}") == "stateMismatch")
        let state = try await test.call("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[]}")["state"]?.string ?? ""
        let result = try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"ifInState\":\"\(state)\",\(update)}")
        #expect(result["oldState"]?.string == state)
        #expect(result["newState"]?.string != state)
        #expect(try await test.error("Email/set", "{\"accountId\":\"\(test.a)\",\"ifInState\":\"\(state)\",\(update)}") == "stateMismatch")
        for wrong in ["never", "99999999", "-1", "01"] {
            #expect(
                try await test.error("Email/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(wrong)\"}")
                    == "cannotCalculateChanges")
        }
        #expect(
            try await test.error("Email/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"0\",\"maxChanges\":0}")
                == "invalidArguments")
    }
}
