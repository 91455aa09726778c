import PostroomCore
import PostroomJMAP
import Testing

/// Mailboxes as the text of RFC 8621 §2 and RFC 8620 §5.3 has them.
@Suite("RFC 8621 §2, sentence by sentence")
struct MailboxSentenceTests {
    private func make(_ test: TestServer, _ name: String) async throws -> String {
        let made = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"n\":{\"name\":\"\(name)\"}}}")
        return try #require(made["created"]?["n"]?["id"]?.string, "\(made.text)")
    }

    private func name(_ test: TestServer, _ id: String) async throws -> String? {
        try await test.get("Mailbox", id, ",\"properties\":[\"name\"]")["name"]?.string
    }

    @Test("RFC 8620 §5.3: two or three may change names in one call; where one of them can't, each is judged by what is there then")
    func swap() async throws {
        let test = try await TestServer()
        let (a, b, c) = (try await make(test, "A"), try await make(test, "B"), try await make(test, "C"))
        func update(_ patches: String) async throws -> JSONValue {
            try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"update\":{\(patches)}}")
        }
        let two = try await update("\"\(a)\":{\"name\":\"B\"},\"\(b)\":{\"name\":\"A\"}")
        #expect(two["updated"]?.object?.count == 2, "\(two.text)")
        #expect(try await [name(test, a), name(test, b)] == ["B", "A"])
        let three = try await update("\"\(a)\":{\"name\":\"A\"},\"\(b)\":{\"name\":\"C\"},\"\(c)\":{\"name\":\"B\"}")
        #expect(three["notUpdated"] == .null, "\(three.text)")
        #expect(try await [name(test, a), name(test, b), name(test, c)] == ["A", "C", "B"])
        // One moves out of the way with its name.
        let moved = try await update("\"\(a)\":{\"name\":\"B\"},\"\(c)\":{\"parentId\":\"\(b)\"}")
        #expect(moved["updated"]?.object?.count == 2, "\(moved.text)")
        #expect(try await [name(test, a), name(test, c)] == ["B", "B"])
        let refused = try await update("\"\(a)\":{\"name\":\"C\"},\"\(b)\":{\"name\":\"x/y\"}")
        #expect(refused["notUpdated"]?[a]?["properties"]?.strings == ["name"], "\(refused.text)")
        #expect(refused["notUpdated"]?[b]?["properties"]?.strings == ["name"])
        #expect(try await [name(test, a), name(test, b)] == ["B", "C"])
    }

    @Test("RFC 8620 §5.3: an update tells what became otherwise than it asked for: here a name in Normalization Form C")
    func normalized() async throws {
        let test = try await TestServer()
        let box = try await make(test, "Box")
        let result = try await test.call(
            "Mailbox/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(box)\":{\"name\":\"cafe\\u0301\"}}}")
        let told = try #require(result["updated"]?[box]?["name"]?.string, "\(result.text)")
        #expect(told.unicodeScalars.count == 4)
        let plain = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(box)\":{\"name\":\"Plain\"}}}")
        #expect(plain["updated"]?[box] == .null)
    }

    @Test("RFC 8620 §5.3: a name that the same call makes free may be given to a new mailbox, and to its children's parent")
    func freed() async throws {
        let test = try await TestServer()
        let (old, gone) = (try await make(test, "Old"), try await make(test, "Gone"))
        let result = try await test.call(
            "Mailbox/set",
            """
            {"accountId":"\(test.a)","create":{"n":{"name":"Old"},"child":{"name":"Within","parentId":"#n"},"g":{"name":"Gone"}},
             "update":{"\(old)":{"name":"Older"}},"destroy":["\(gone)"]}
            """)
        let created = try #require(result["created"]?.object, "\(result.text)")
        #expect(Set(created.entries.map(\.key)) == ["n", "child", "g"], "\(result.text)")
        #expect(try await name(test, old) == "Older")
        let child = try await test.get("Mailbox", result["created"]?["child"]?["id"]?.string ?? "")
        #expect(child["parentId"] == result["created"]?["n"]?["id"])
    }

    @Test("§2: no two siblings of one name; the one that is there is named, and all that is wrong at once")
    func siblings() async throws {
        let test = try await TestServer()
        let box = try await make(test, "Box")
        func refused(_ object: String) async throws -> JSONValue? {
            try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"n\":\(object)}}")["notCreated"]?["n"]
        }
        let twice = try await refused("{\"name\":\"Box\"}")
        #expect(twice?["type"]?.string == "alreadyExists")
        #expect(twice?["properties"]?.strings == ["name"])
        #expect(twice?["existingId"]?.string == box)
        #expect(try await refused("{\"name\":\"Box\",\"parentId\":\"\(box)\"}") == nil)
        let much = try await refused("{\"parentId\":\"m999\",\"role\":\"drafts\",\"sortOrder\":-1,\"isSubscribed\":null,\"foo\":1}")
        #expect(Set(much?["properties"]?.strings ?? []) == ["name", "parentId", "role", "sortOrder", "isSubscribed", "foo"])
        for name in ["a\\u0085b", "a\\u2028b", "\\u0000"] {
            #expect(try await refused("{\"name\":\"\(name)\"}")?["properties"]?.strings == ["name"], "\(name)")
        }
    }

    @Test("§2: the inbox keeps its role, which else would make it one that can be removed; sortOrder null is 0")
    func inbox() async throws {
        let test = try await TestServer()
        let inbox = try await test.mailbox(.inbox)
        for role in ["null", "\"archive\""] {
            let result = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(inbox)\":{\"role\":\(role)}}}")
            #expect(result["notUpdated"]?[inbox]?["type"]?.string == (role == "null" ? "forbidden" : "invalidProperties"), "\(result.text)")
        }
        let box = try await make(test, "Box")
        _ = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(box)\":{\"sortOrder\":null}}}")
        #expect(try await test.get("Mailbox", box)["sortOrder"]?.integer == 0)
    }

    @Test("§2: whether a mailbox of a shared account is subscribed is each user's own, and a change of it a change")
    func subscriptions() async throws {
        let test = try await TestServer()
        let eve = try await test.store.addUser(name: "eve", displayName: "Eve", isAdmin: false, passwordHash: nil)
        _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: .write)
        let archive = try await test.mailbox(.archive)
        func call(_ name: String, _ arguments: String, as user: User) async throws -> JSONValue {
            let response = try await test.request("[\"\(name)\",{\"accountId\":\"\(test.a)\",\(arguments)},\"c\"]", as: user)
            return response["methodResponses"]?[0]?[1] ?? .null
        }
        func isSubscribed(_ user: User) async throws -> JSONValue? {
            try await call("Mailbox/get", "\"ids\":[\"\(archive)\"]", as: user)["list"]?[0]?["isSubscribed"]
        }
        let set = try await call("Mailbox/set", "\"update\":{\"\(archive)\":{\"isSubscribed\":false,\"sortOrder\":7}}", as: eve)
        #expect(set["updated"]?[archive] == .null, "\(set.text)")
        #expect(try await isSubscribed(eve) == .bool(false))
        #expect(try await isSubscribed(test.user) == .bool(true))
        let changes = try await call("Mailbox/changes", "\"sinceState\":\"\(set["oldState"]?.string ?? "")\"", as: eve)
        #expect(changes["updated"]?.strings == [archive])
        #expect(changes["updatedProperties"] == .null)
        let found = try await call("Mailbox/query", "\"filter\":{\"isSubscribed\":false}", as: eve)
        #expect(found["ids"]?.strings == [archive])
        #expect(try await call("Mailbox/query", "\"filter\":{\"isSubscribed\":false}", as: test.user)["ids"]?.strings == [])
        // The owner's own is the mail server's, and nothing of it was told there.
        _ = try await call("Mailbox/set", "\"update\":{\"\(archive)\":{\"isSubscribed\":false}}", as: test.user)
        _ = try await call("Mailbox/set", "\"update\":{\"\(archive)\":{\"isSubscribed\":true}}", as: eve)
        #expect(try await isSubscribed(test.user) == .bool(false))
        #expect(try await isSubscribed(eve) == .bool(true))
        let made = try await call("Mailbox/set", "\"create\":{\"n\":{\"name\":\"Hers\",\"isSubscribed\":false}}", as: eve)
        let new = made["created"]?["n"]?["id"]?.string ?? ""
        #expect(try await call("Mailbox/get", "\"ids\":[\"\(new)\"]", as: eve)["list"]?[0]?["isSubscribed"] == .bool(false))
        #expect(try await call("Mailbox/get", "\"ids\":[\"\(new)\"]", as: test.user)["list"]?[0]?["isSubscribed"] == .bool(true))
        #expect(try await test.store.subscriptions(of: test.account.id, user: eve.id).count == 2)
        try await test.store.removeUser(eve.id)
        #expect(try await test.store.subscriptions(of: test.account.id, user: eve.id).isEmpty)
    }
}
