import PostroomCore
import PostroomJMAP
import Testing

@Suite("RFC 8621 §2, §3: mailboxes and threads")
struct MailboxTests {
    @Test("§2: every property, rights of an owner, the inbox stays")
    func get() async throws {
        let test = try await TestServer()
        try await test.deliver(TestServer.message())
        let inbox = try await test.get("Mailbox", try await test.mailbox(.inbox))
        #expect(inbox["role"]?.string == "inbox")
        #expect(inbox["parentId"] == .null)
        #expect(inbox["totalEmails"]?.integer == 1)
        #expect(inbox["unreadEmails"]?.integer == 1)
        #expect(inbox["totalThreads"]?.integer == 1)
        #expect(inbox["unreadThreads"]?.integer == 1)
        #expect(inbox["isSubscribed"] == .bool(true))
        let rights = try #require(inbox["myRights"])
        for name in [
            "mayReadItems", "mayAddItems", "mayRemoveItems", "maySetSeen", "maySetKeywords", "mayCreateChild", "maySubmit",
        ] { #expect(rights[name] == .bool(true), "\(name)") }
        #expect(rights["mayRename"] == .bool(false))
        #expect(rights["mayDelete"] == .bool(false))
        let some = try await test.call("Mailbox/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"m9999\",\"zz\"],\"properties\":[\"name\"]}")
        #expect(some["list"]?.array?.isEmpty == true)
        #expect(some["notFound"]?.strings == ["m9999", "zz"])
    }

    private func create(_ test: TestServer, _ name: String, parent: String? = nil) async throws -> String {
        let parent = parent.map { "\"\($0)\"" } ?? "null"
        let result = try await test.call(
            "Mailbox/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"n\":{\"name\":\"\(name)\",\"parentId\":\(parent)}}}")
        return try #require(result["created"]?["n"]?["id"]?.string, "\(result.text)")
    }

    @Test("§2.5: create, rename, move, reorder, destroy")
    func set() async throws {
        let test = try await TestServer()
        let first = try await create(test, "Проекты")
        let second = try await create(test, "2026", parent: first)
        let result = try await test.call(
            "Mailbox/set",
            """
            {"accountId":"\(test.a)","update":{"\(second)":{"name":"Old","parentId":null,"sortOrder":99,"isSubscribed":false}}}
            """)
        #expect(result["updated"]?[second] == .null)
        let changed = try await test.get("Mailbox", second)
        #expect(changed["name"]?.string == "Old")
        #expect(changed["parentId"] == .null)
        #expect(changed["sortOrder"]?.integer == 99)
        #expect(changed["isSubscribed"] == .bool(false))
        let gone = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"destroy\":[\"\(first)\",\"\(second)\",\"nope\"]}")
        #expect(Set(gone["destroyed"]?.strings ?? []) == [first, second])
        #expect(gone["notDestroyed"]?["nope"]?["type"]?.string == "notFound")
    }

    @Test("§2.5: a parent and its child made in one call, child first; sortOrder and defaults come back")
    func createTree() async throws {
        let test = try await TestServer()
        let result = try await test.call(
            "Mailbox/set",
            """
            {"accountId":"\(test.a)","create":{"child":{"name":"C","parentId":"#top"},"top":{"name":"T","sortOrder":10}}}
            """)
        let top = try #require(result["created"]?["top"]?["id"]?.string, "\(result.text)")
        #expect(result["created"]?["top"]?["parentId"] == .null)
        let child = try #require(result["created"]?["child"]?["id"]?.string)
        #expect(try await test.get("Mailbox", child)["parentId"]?.string == top)
        #expect(try await test.get("Mailbox", top)["sortOrder"]?.integer == 10)
        let circle = try await test.call(
            "Mailbox/set",
            "{\"accountId\":\"\(test.a)\",\"create\":{\"x\":{\"name\":\"X\",\"parentId\":\"#y\"},\"y\":{\"name\":\"Y\",\"parentId\":\"#x\"}}}"
        )
        #expect(circle["notCreated"]?["x"]?["type"]?.string == "invalidProperties")
        #expect(circle["notCreated"]?["y"]?["type"]?.string == "invalidProperties")
    }

    @Test(
        "§2.5: what a create is refused for",
        arguments: [
            ("{}", "name"), ("{\"name\":\"\"}", "name"), ("{\"name\":7}", "name"), ("{\"name\":\"a/b\"}", "name"),
            ("{\"name\":\"a\\n\"}", "name"), ("{\"name\":\"x\",\"parentId\":\"m9999\"}", "parentId"),
            ("{\"name\":\"x\",\"foo\":1}", "foo"), ("{\"name\":\"x\",\"role\":\"inbox\"}", "role"),
            ("{\"name\":\"x\",\"role\":\"nonsense\"}", "role"), ("{\"name\":\"x\",\"sortOrder\":-1}", "sortOrder"),
            ("{\"name\":\"x\",\"totalEmails\":1}", "totalEmails"),
        ])
    func refusedCreates(_ object: String, _ property: String) async throws {
        let test = try await TestServer()
        let result = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"n\":\(object)}}")
        #expect(result["notCreated"]?["n"]?["type"]?.string == "invalidProperties", "\(result.text)")
        #expect(result["notCreated"]?["n"]?["properties"]?.strings == [property])
        #expect(result["oldState"] == result["newState"])
    }

    @Test("§2: two of the same name in one place are refused")
    func duplicates() async throws {
        let test = try await TestServer()
        let first = try await create(test, "Same")
        let result = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"n\":{\"name\":\"Same\"}}}")
        #expect(result["notCreated"]?["n"]?["type"]?.string == "alreadyExists")
        #expect(result["notCreated"]?["n"]?["existingId"]?.string == first)
    }

    @Test("§2.5: mailboxHasChild, mailboxHasEmail, onDestroyRemoveEmails, and the inbox")
    func destroy() async throws {
        let test = try await TestServer()
        let top = try await create(test, "Top")
        let child = try await create(test, "Child", parent: top)
        let email = try await test.deliver(TestServer.message(), to: child)
        func refusal(_ id: String, _ more: String = "") async throws -> String? {
            let result = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"destroy\":[\"\(id)\"]\(more)}")
            return result["notDestroyed"]?[id]?["type"]?.string
        }
        #expect(try await refusal(top) == "mailboxHasChild")
        #expect(try await refusal(top, ",\"onDestroyRemoveEmails\":true") == "mailboxHasChild")
        #expect(try await refusal(child) == "mailboxHasEmail")
        #expect(try await refusal(try await test.mailbox(.inbox)) == "forbidden")
        #expect(try await refusal(child, ",\"onDestroyRemoveEmails\":true") == nil)
        let gone = try await test.call("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(email)\"]}")
        #expect(gone["notFound"]?.strings == [email])
    }

    @Test("§2.5: a mailbox can't lie within itself")
    func circles() async throws {
        let test = try await TestServer()
        let top = try await create(test, "Top")
        let child = try await create(test, "Child", parent: top)
        for parent in [top, child] {
            let result = try await test.call(
                "Mailbox/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(top)\":{\"parentId\":\"\(parent)\"}}}")
            #expect(result["notUpdated"]?[top]?["type"]?.string == "invalidProperties")
        }
    }

    @Test("RFC 8620 §5.3: server-set properties may be sent back unchanged, not otherwise")
    func unchangedProperties() async throws {
        let test = try await TestServer()
        let box = try await create(test, "Box")
        let whole = try await test.get("Mailbox", box)
        let same = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(box)\":\(whole.text)}}")
        #expect(same["updated"]?[box] == .null, "\(same.text)")
        let other = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(box)\":{\"totalEmails\":5}}}")
        #expect(other["notUpdated"]?[box]?["properties"]?.strings == ["totalEmails"])
    }

    @Test("§2.3: filters, sorts, trees and windows")
    func query() async throws {
        let test = try await TestServer()
        let top = try await create(test, "Apples")
        let child = try await create(test, "Zebra", parent: top)
        let drafts = try await test.mailbox(.drafts)
        func ids(_ more: String) async throws -> [String] {
            try await test.call("Mailbox/query", "{\"accountId\":\"\(test.a)\",\(more)}")["ids"]?.strings ?? []
        }
        #expect(try await ids("\"filter\":{\"parentId\":\"\(top)\"}") == [child])
        #expect(try await ids("\"filter\":{\"parentId\":null,\"hasAnyRole\":false}") == [top])
        #expect(try await ids("\"filter\":{\"role\":\"drafts\"}") == [drafts])
        #expect(try await ids("\"filter\":{\"name\":\"EBR\"}") == [child])
        #expect(try await ids("\"filter\":{\"operator\":\"NOT\",\"conditions\":[{\"hasAnyRole\":true},{\"name\":\"zebra\"}]}") == [top])
        #expect(try await ids("\"filter\":{\"name\":\"Zebra\"},\"filterAsTree\":true").isEmpty)
        let byName = try await ids("\"sort\":[{\"property\":\"name\"}]")
        #expect(byName.first == top)
        #expect(byName.last == child)
        let tree = try await ids("\"sort\":[{\"property\":\"name\"}],\"sortAsTree\":true")
        #expect(tree.prefix(2) == [top, child])
        #expect(try await ids("\"sort\":[{\"property\":\"name\"}],\"position\":-2") == byName.suffix(2))
        #expect(
            try await ids("\"sort\":[{\"property\":\"name\"}],\"anchor\":\"\(byName[2])\",\"anchorOffset\":-1,\"limit\":2")
                == Array(byName[1...2]))
        #expect(try await ids("\"limit\":0").isEmpty)
        let total = try await test.call("Mailbox/query", "{\"accountId\":\"\(test.a)\",\"limit\":1,\"calculateTotal\":true}")
        #expect(total["total"]?.integer == 8)
        #expect(try await test.error("Mailbox/query", "{\"accountId\":\"\(test.a)\",\"anchor\":\"m999\"}") == "anchorNotFound")
        #expect(try await test.error("Mailbox/query", "{\"accountId\":\"\(test.a)\",\"limit\":-1}") == "invalidArguments")
        #expect(try await test.error("Mailbox/query", "{\"accountId\":\"\(test.a)\",\"filter\":{\"x\":1}}") == "unsupportedFilter")
        #expect(try await test.error("Mailbox/query", "{\"accountId\":\"\(test.a)\",\"sort\":[{\"property\":\"x\"}]}") == "unsupportedSort")
    }

    @Test("§2.2: counts alone are told as such; §2.4: they move nothing in a query")
    func changes() async throws {
        let test = try await TestServer()
        let query = try await test.call("Mailbox/query", "{\"accountId\":\"\(test.a)\"}")
        let state = try await test.call("Mailbox/get", "{\"accountId\":\"\(test.a)\",\"ids\":[]}")["state"]?.string ?? ""
        let inbox = try await test.mailbox(.inbox)
        try await test.deliver(TestServer.message())
        let counted = try await test.call("Mailbox/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(state)\"}")
        #expect(counted["updated"]?.strings == [inbox])
        #expect(counted["updatedProperties"]?.strings.contains("totalEmails") == true)
        let since = "\"sinceQueryState\":\"\(query["queryState"]?.string ?? "")\""
        let still = try await test.call("Mailbox/queryChanges", "{\"accountId\":\"\(test.a)\",\(since)}")
        #expect(still["removed"]?.strings == [])
        #expect(still["added"]?.array?.isEmpty == true)
        let box = try await create(test, "Box")
        let named = try await test.call("Mailbox/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(state)\"}")
        #expect(named["created"]?.strings == [box])
        let moved = try await test.call("Mailbox/queryChanges", "{\"accountId\":\"\(test.a)\",\(since),\"calculateTotal\":true}")
        #expect(moved["added"]?.array?.contains { $0["id"]?.string == box } == true)
        #expect(moved["total"]?.integer == 7)
    }

    @Test("§3: a thread's emails, oldest first; a thread that is not there")
    func threads() async throws {
        let test = try await TestServer()
        let reply = try await test.deliver(
            TestServer.message(subject: "Re: Plan", more: "In-Reply-To: <plan@x>\nReferences: <plan@x>\n"),
            receivedAt: "2026-11-20T11:00:00Z")
        let first = try await test.deliver(
            "From: a@x\nTo: b@x\nSubject: Plan\nMessage-ID: <plan@x>\n\nLet us.", receivedAt: "2026-11-20T10:00:00Z")
        let thread = try await test.get("Email", first, ",\"properties\":[\"threadId\"]")["threadId"]?.string ?? ""
        #expect(try await test.get("Email", reply, ",\"properties\":[\"threadId\"]")["threadId"]?.string == thread)
        #expect(try await test.get("Thread", thread)["emailIds"]?.strings == [first, reply])
        let missing = try await test.call("Thread/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"t9999\"]}")
        #expect(missing["notFound"]?.strings == ["t9999"])
        let all = try await test.call("Thread/get", "{\"accountId\":\"\(test.a)\",\"ids\":null}")
        #expect(all["list"]?.array?.count == 1)
        let changes = try await test.call("Thread/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"0\"}")
        #expect(changes["created"]?.strings.contains(thread) == true)
    }
}
