import PostroomCore
import PostroomJMAP
import Testing

/// A state counts the objects that transactions have changed, and what one transaction makes and takes back it never tells. So states tell how
/// many transactions there were.
@Suite("RFC 8620 §5.3: each call is one transaction, each object is refused on its own")
struct TransactionTests {
    /// How many objects have been changed by transactions so far.
    private func steps(_ test: TestServer, _ account: AccountID? = nil) async throws -> Int64 {
        try await test.store.states(of: account ?? test.account.id).values.max() ?? 0
    }

    private func set(_ test: TestServer, _ type: String, _ arguments: String) async throws -> JSONValue {
        try await test.call("\(type)/set", "{\"accountId\":\"\(test.a)\",\(arguments)}")
    }

    @Test("Mailbox/set: what is made and destroyed in one call never was; refusals undo nothing")
    func mailboxes() async throws {
        let test = try await TestServer()
        let inbox = try await test.mailbox(.inbox)
        var before = try await steps(test)
        let nothing = try await set(test, "Mailbox", "\"create\":{\"a\":{\"name\":\"A\"}},\"destroy\":[\"#a\"]")
        let id = try #require(nothing["created"]?["a"]?["id"]?.string, "\(nothing.text)")
        #expect(nothing["destroyed"]?.strings == [id])
        #expect(nothing["newState"] == nothing["oldState"])
        #expect(try await steps(test) == before)
        before = try await steps(test)
        let mixed = try await set(
            test, "Mailbox",
            """
            "create":{"a":{"name":"A"},"b":{"name":"B","parentId":"#a"},"twice":{"name":"A"},"bad":{"name":"C","parentId":"m9999"}},
            "update":{"#b":{"name":"B2"},"\(inbox)":{"name":"X"},"m9999":{"name":"Y"}},"destroy":["\(inbox)","m9998"]
            """)
        #expect(Set(mixed["created"]?.object?.entries.map(\.key) ?? []) == ["a", "b"], "\(mixed.text)")
        #expect(mixed["notCreated"]?["twice"]?["properties"]?.strings == ["name"])
        #expect(mixed["notCreated"]?["bad"]?["properties"]?.strings == ["parentId"])
        let renamed = try #require(mixed["created"]?["b"]?["id"]?.string)
        #expect(mixed["updated"]?.object?.entries.map(\.key) == [renamed])
        #expect(mixed["notUpdated"]?[inbox]?["type"]?.string == "willDestroy")
        #expect(mixed["notUpdated"]?["m9999"]?["type"]?.string == "notFound")
        #expect(mixed["notDestroyed"]?[inbox]?["type"]?.string == "forbidden")
        #expect(mixed["notDestroyed"]?["m9998"]?["type"]?.string == "notFound")
        // Two mailboxes; that one of them was renamed behind its creation is no step of its own.
        #expect(try await steps(test) == before + 2)
        #expect(try await test.get("Mailbox", renamed)["name"]?.string == "B2")
    }

    @Test("Identity/set")
    func identities() async throws {
        let test = try await TestServer()
        let own = try #require(try await test.call("Identity/get", "{\"accountId\":\"\(test.a)\"}")["list"]?[0]?["id"]?.string)
        let before = try await steps(test)
        let result = try await set(
            test, "Identity",
            """
            "create":{"a":{"email":"a@example.com"},"b":{"email":"b@example.com"},"bad":{"email":"nobody"}},
            "update":{"#a":{"name":"A"},"i999":{"name":"B"},"\(own)":{"mayDelete":true}},"destroy":["#b","\(own)"]
            """)
        #expect(Set(result["created"]?.object?.entries.map(\.key) ?? []) == ["a", "b"], "\(result.text)")
        #expect(result["notCreated"]?["bad"]?["properties"]?.strings == ["email"])
        #expect(result["updated"]?.object?.count == 1)
        #expect(result["notUpdated"]?["i999"]?["type"]?.string == "notFound")
        #expect(result["notUpdated"]?[own]?["type"]?.string == "willDestroy")
        let gone = try #require(result["created"]?["b"]?["id"]?.string)
        #expect(result["destroyed"]?.strings == [gone])
        #expect(result["notDestroyed"]?[own]?["type"]?.string == "forbidden")
        #expect(try await steps(test) == before + 1)
    }

    @Test("EmailSubmission/set: several at once, and one that is taken back in the same call")
    func submissions() async throws {
        let test = try await TestServer()
        let identity = try #require(try await test.call("Identity/get", "{\"accountId\":\"\(test.a)\"}")["list"]?[0]?["id"]?.string)
        let email = try await test.deliver(
            "From: ann@example.com\nTo: bob@example.org\nSubject: Hi\nMessage-ID: <s@x>\n\nHello.", to: try await test.mailbox(.drafts))
        let lonely = try await test.deliver("From: ann@example.com\nSubject: Hi\n\nHello.", to: try await test.mailbox(.drafts))
        func create(_ email: String) -> String { "{\"identityId\":\"\(identity)\",\"emailId\":\"\(email)\"}" }
        let before = try await steps(test)
        let result = try await set(
            test, "EmailSubmission",
            """
            "create":{"a":\(create(email)),"none":\(create(lonely)),"b":\(create(email))},
            "update":{"#a":{"undoStatus":"canceled"},"s999":{"undoStatus":"canceled"}},"destroy":["#b","s998"]
            """)
        #expect(Set(result["created"]?.object?.entries.map(\.key) ?? []) == ["a", "b"], "\(result.text)")
        let canceled = try #require(result["created"]?["a"]?["id"]?.string)
        let waiting = try #require(result["created"]?["b"]?["id"]?.string)
        #expect(result["notCreated"]?["none"]?["type"]?.string == "noRecipients")
        #expect(result["updated"]?[canceled] == .null)
        #expect(result["notUpdated"]?["s999"]?["type"]?.string == "notFound")
        #expect(result["notDestroyed"]?[waiting]?["type"]?.string == "forbidden")
        #expect(result["notDestroyed"]?["s998"]?["type"]?.string == "notFound")
        #expect(try await steps(test) == before + 2)
        #expect(try await test.get("EmailSubmission", canceled)["undoStatus"]?.string == "canceled")
        #expect(try await test.get("EmailSubmission", waiting)["undoStatus"]?.string == "pending")
    }

    @Test("Email/set about what it makes itself, Email/import, Email/copy")
    func emails() async throws {
        let test = try await TestServer()
        let drafts = try await test.mailbox(.drafts)
        let new = "{\"mailboxIds\":{\"\(drafts)\":true},\"subject\":\"x\"}"
        let nothing = try await set(test, "Email", "\"create\":{\"a\":\(new)},\"destroy\":[\"#a\",\"e999\"]")
        #expect(nothing["destroyed"]?.strings.count == 1, "\(nothing.text)")
        #expect(nothing["notDestroyed"]?["e999"]?["type"]?.string == "notFound")
        let changes = try await test.call(
            "Email/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(nothing["oldState"]?.string ?? "")\"}")
        for name in ["created", "updated", "destroyed"] { #expect(changes[name]?.array?.isEmpty == true, "\(changes.text)") }
        var before = try await steps(test)
        let mixed = try await set(
            test, "Email",
            """
            "create":{"a":\(new),"bad":{"mailboxIds":{"m999":true}},"b":\(new)},
            "update":{"#a":{"keywords/$seen":true},"e999":{"keywords/$seen":true}}
            """)
        #expect(mixed["created"]?.object?.count == 2, "\(mixed.text)")
        #expect(mixed["notCreated"]?["bad"]?["properties"]?.strings == ["mailboxIds"])
        let seen = try #require(mixed["created"]?["a"]?["id"]?.string)
        #expect(mixed["updated"]?[seen] == .null)
        #expect(mixed["notUpdated"]?["e999"]?["type"]?.string == "notFound")
        #expect(try await test.get("Email", seen)["keywords"]?.text == "{\"$seen\":true}")
        // The folder's counts once, two threads, two emails, and that there is new mail.
        #expect(try await steps(test) == before + 6)

        var imports: [String] = []
        for number in 0..<3 {
            let blob = try await test.upload("From: a@x\r\nMessage-ID: <\(number)@i>\r\nSubject: \(number)\r\n\r\nx")
            imports.append("\"i\(number)\":{\"blobId\":\"\(blob)\",\"mailboxIds\":{\"\(drafts)\":true}}")
        }
        imports.append("\"bad\":{\"blobId\":\"B00\",\"mailboxIds\":{\"\(drafts)\":true}}")
        let state = try await test.call("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[]}")["state"]?.string ?? ""
        before = try await steps(test)
        let imported = try await test.call(
            "Email/import", "{\"accountId\":\"\(test.a)\",\"ifInState\":\"\(state)\",\"emails\":{\(imports.joined(separator: ","))}}")
        #expect(imported["created"]?.object?.count == 3, "\(imported.text)")
        #expect(imported["notCreated"]?["bad"]?["properties"]?.strings == ["blobId"])
        #expect(imported["oldState"]?.string == state)
        #expect(try await steps(test) == before + 8)

        let other = try await test.addAccount("ann@other.example")
        let box = try #require(try await test.store.mailboxes(of: other.id).first).id.jmap
        let copies = ["i0", "i1", "i2"].map { key in
            "\"\(key)\":{\"id\":\"\(imported["created"]?[key]?["id"]?.string ?? "")\",\"mailboxIds\":{\"\(box)\":true}}"
        }
        before = try await steps(test, other.id)
        let copied = try await test.call(
            "Email/copy",
            """
            {"fromAccountId":"\(test.a)","accountId":"\(other.id.jmap)","create":{\(copies.joined(separator: ",")),
             "bad":{"id":"e999","mailboxIds":{"\(box)":true}}}}
            """)
        #expect(copied["created"]?.object?.count == 3, "\(copied.text)")
        #expect(copied["notCreated"]?["bad"]?["type"]?.string == "notFound")
        #expect(try await steps(test, other.id) == before + 8)
    }

    @Test("a call that fails as a whole leaves nothing, not even its creation ids")
    func nothingAtAll() async throws {
        let test = try await TestServer()
        let state = try await test.call("Mailbox/get", "{\"accountId\":\"\(test.a)\",\"ids\":[]}")["state"]?.string ?? ""
        let response = try await test.request(
            """
            ["Mailbox/set",{"accountId":"\(test.a)","create":{"a":{"name":"A"}}},"1"],
            ["Mailbox/set",{"accountId":"\(test.a)","ifInState":"\(state)","create":{"b":{"name":"B"}}},"2"],
            ["Mailbox/set",{"accountId":"\(test.a)","create":{"c":{"name":"C","parentId":"#b"}}},"3"]
            """, more: ",\"createdIds\":{}")
        #expect(response["methodResponses"]?[1]?[1]?["type"]?.string == "stateMismatch")
        #expect(response["methodResponses"]?[2]?[1]?["notCreated"]?["c"]?["properties"]?.strings == ["parentId"])
        #expect(response["createdIds"]?.object?.entries.map(\.key) == ["a"])
    }

    @Test("PushSubscription/set: many calls at the same time lose none of each other's")
    func pushSubscriptions() async throws {
        let test = try await TestServer()
        try await withThrowingTaskGroup { group in
            for number in 0..<10 {
                group.addTask {
                    let creates = (0..<3).map {
                        "\"p\($0)\":{\"deviceClientId\":\"d\(number)-\($0)\",\"url\":\"https://push.example.com/x\"}"
                    }
                    let result = try await test.call(
                        "PushSubscription/set",
                        "{\"create\":{\(creates.joined(separator: ",")),\"bad\":{}},\"destroy\":[\"#p2\",\"p404\"]}")
                    #expect(result["created"]?.object?.count == 3, "\(result.text)")
                    #expect(result["destroyed"]?.strings.count == 1)
                    #expect(result["notCreated"]?["bad"]?["type"]?.string == "invalidProperties")
                    #expect(result["notDestroyed"]?["p404"]?["type"]?.string == "notFound")
                }
            }
            try await group.waitForAll()
        }
        #expect(try await test.call("PushSubscription/get", "{\"ids\":null}")["list"]?.array?.count == 20)
    }
}
