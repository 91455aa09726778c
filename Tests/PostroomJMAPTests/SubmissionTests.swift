import PostroomCore
import PostroomJMAP
import Testing

@Suite("RFC 8621 §6, §7: identities and submissions")
struct SubmissionTests {
    private func draft(_ test: TestServer, _ more: String = "\"to\":[{\"email\":\"bob@example.org\"}]") async throws -> String {
        let drafts = try await test.mailbox(.drafts)
        let result = try await test.call(
            "Email/set",
            """
            {"accountId":"\(test.a)","create":{"d":{"mailboxIds":{"\(drafts)":true},"keywords":{"$draft":true,"$seen":true},
             "from":[{"name":"Ann","email":"ann@example.com"}],"subject":"Hi","textBody":[{"partId":"t","type":"text/plain"}],
             "bodyValues":{"t":{"value":"Hello"}}\(more.isEmpty ? "" : "," + more)}}}
            """)
        return try #require(result["created"]?["d"]?["id"]?.string, "\(result.text)")
    }

    private func identity(_ test: TestServer) async throws -> String {
        try #require(try await test.call("Identity/get", "{\"accountId\":\"\(test.a)\"}")["list"]?[0]?["id"]?.string)
    }

    /// Creates a submission; the whole answer.
    private func submit(_ test: TestServer, _ email: String, _ members: String = "") async throws -> JSONValue {
        let identity = try await identity(test)
        return try await test.call(
            "EmailSubmission/set",
            "{\"accountId\":\"\(test.a)\",\"create\":{\"s\":{\"identityId\":\"\(identity)\",\"emailId\":\"\(email)\"\(members)}}}")
    }

    @Test("§6: identities: the account's own, further ones, what can't be")
    func identities() async throws {
        let test = try await TestServer()
        let own = try await test.get("Identity", try await identity(test))
        #expect(own["email"]?.string == "ann@example.com")
        #expect(own["name"]?.string == "Ann")
        #expect(own["replyTo"] == .null)
        #expect(own["bcc"] == .null)
        #expect(own["textSignature"]?.string == "")
        let id = own["id"]?.string ?? ""
        let set = try await test.call(
            "Identity/set",
            """
            {"accountId":"\(test.a)","create":{"n":{"email":"sales@example.com","bcc":[{"name":null,"email":"archive@example.com"}]},
             "bad":{"name":"x"},"worse":{"email":"a@b\\r\\nc"}},
             "update":{"\(id)":{"name":"Anna","replyTo":[{"name":"R","email":"r@example.com"}],"htmlSignature":"<b>A</b>"},"zz":{"name":"x"}},
             "destroy":["i9999"]}
            """)
        let new = try #require(set["created"]?["n"]?["id"]?.string, "\(set.text)")
        #expect(set["created"]?["n"]?["name"]?.string == "")
        #expect(set["created"]?["n"]?["mayDelete"] == .bool(true))
        #expect(set["notCreated"]?["bad"]?["properties"]?.strings == ["email"])
        #expect(set["notCreated"]?["worse"]?["properties"]?.strings == ["email"])
        #expect(set["updated"]?[id] == .null)
        #expect(set["notUpdated"]?["zz"]?["type"]?.string == "notFound")
        #expect(set["notDestroyed"]?["i9999"]?["type"]?.string == "notFound")
        #expect(try await test.get("Identity", id)["replyTo"]?[0]?["email"]?.string == "r@example.com")
        let change = try await test.call(
            "Identity/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(new)\":{\"email\":\"other@example.com\"}}}")
        #expect(change["notUpdated"]?[new]?["properties"]?.strings == ["email"])
        let changes = try await test.call(
            "Identity/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(set["oldState"]?.string ?? "")\"}")
        #expect(changes["created"]?.strings == [new])
        #expect(changes["updated"]?.strings == [id])
        let gone = try await test.call("Identity/set", "{\"accountId\":\"\(test.a)\",\"destroy\":[\"\(new)\"]}")
        #expect(gone["destroyed"]?.strings == [new])
    }

    @Test("§7: a submission, its envelope from the header, its wire form without Bcc")
    func create() async throws {
        let test = try await TestServer()
        let email = try await draft(
            test,
            """
            "to":[{"email":"bob@example.org"},{"email":"BOB@example.org"}],"cc":[{"email":"c@example.org"}],
            "bcc":[{"name":"Geheim","email":"secret@example.org"}]
            """)
        let result = try await submit(test, email)
        let made = try #require(result["created"]?["s"], "\(result.text)")
        #expect(made["undoStatus"]?.string == "pending")
        #expect(made["sendAt"]?.string == "2026-11-23T12:00:00Z")
        let id = made["id"]?.string ?? ""
        let submission = try await test.get("EmailSubmission", id)
        #expect(submission["emailId"]?.string == email)
        #expect(submission["identityId"]?.string == (try await identity(test)))
        #expect(submission["envelope"]?["mailFrom"]?["email"]?.string == "ann@example.com")
        let recipients = submission["envelope"]?["rcptTo"]?.array?.compactMap { $0["email"]?.string }
        #expect(recipients == ["bob@example.org", "c@example.org", "secret@example.org"])
        #expect(submission["deliveryStatus"]?["bob@example.org"]?["delivered"]?.string == "queued")
        #expect(submission["dsnBlobIds"]?.array?.isEmpty == true)
        let number = try #require(Int64(id.dropFirst()))
        let wire = try #require(try await test.store.wire(of: SubmissionID(number), account: test.account.id))
        let text = String(decoding: wire, as: UTF8.self)
        #expect(!text.lowercased().contains("bcc"))
        #expect(!text.contains("secret@example.org"))
        #expect(text.contains("Hello"))
    }

    @Test("§7.5: an envelope of one's own; FUTURERELEASE")
    func envelope() async throws {
        let test = try await TestServer()
        let email = try await draft(test)
        func envelope(_ parameters: String) -> String {
            ",\"envelope\":{\"mailFrom\":{\"email\":\"ann@example.com\",\"parameters\":\(parameters)},\"rcptTo\":[{\"email\":\"x@example.org\",\"parameters\":null}]}"
        }
        let held = try await submit(test, email, envelope("{\"HOLDFOR\":\"3600\"}"))
        #expect(held["created"]?["s"]?["sendAt"]?.string == "2026-11-23T13:00:00Z")
        let until = try await submit(test, email, envelope("{\"HOLDUNTIL\":\"2026-11-24T08:00:00+03:00\"}"))
        #expect(until["created"]?["s"]?["sendAt"]?.string == "2026-11-24T05:00:00Z")
        let due = try await test.store.dueSubmissions(at: test.clock.now(), of: test.account.id)
        #expect(due.isEmpty)
        for wrong in ["{\"HOLDFOR\":\"x\"}", "{\"HOLDFOR\":\"99999999\"}", "{\"NOPE\":null}", "7"] {
            #expect(try await submit(test, email, envelope(wrong))["notCreated"]?["s"]?["properties"]?.strings == ["envelope"], "\(wrong)")
        }
    }

    @Test("§7.5: what a submission is refused for")
    func refused() async throws {
        let test = try await TestServer()
        let identity = try await identity(test)
        let email = try await draft(test)
        let lonely = try await draft(test, "")
        let odd = try await draft(test, "\"to\":[{\"email\":\"not an address\"}]")
        let inbox = try await test.mailbox(.inbox)
        let foreign = try await test.deliver(TestServer.message(), to: inbox)
        let cases: [(String, String)] = [
            ("{\"emailId\":\"\(email)\"}", "invalidProperties"), ("{\"identityId\":\"i99\",\"emailId\":\"\(email)\"}", "invalidProperties"),
            ("{\"identityId\":\"\(identity)\",\"emailId\":\"e999\"}", "invalidProperties"),
            ("{\"identityId\":\"\(identity)\",\"emailId\":\"\(email)\",\"sendAt\":\"2026-01-01T00:00:00Z\"}", "invalidProperties"),
            ("{\"identityId\":\"\(identity)\",\"emailId\":\"\(lonely)\"}", "noRecipients"),
            ("{\"identityId\":\"\(identity)\",\"emailId\":\"\(odd)\"}", "invalidRecipients"),
            ("{\"identityId\":\"\(identity)\",\"emailId\":\"\(foreign)\"}", "forbiddenFrom"),
            (
                "{\"identityId\":\"\(identity)\",\"emailId\":\"\(email)\",\"envelope\":{\"mailFrom\":{\"email\":\"eve@example.org\"},\"rcptTo\":[{\"email\":\"x@y\"}]}}",
                "forbiddenMailFrom"
            ),
            (
                "{\"identityId\":\"\(identity)\",\"emailId\":\"\(email)\",\"envelope\":{\"mailFrom\":{\"email\":\"ann@example.com\"},\"rcptTo\":[]}}",
                "noRecipients"
            ),
        ]
        for (object, type) in cases {
            let result = try await test.call("EmailSubmission/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"s\":\(object)}}")
            #expect(result["notCreated"]?["s"]?["type"]?.string == type, "\(object): \(result.text)")
        }
    }

    @Test("§7.5: draft, send and move to Sent in one request; the implicit Email/set answers after it")
    func onSuccess() async throws {
        let test = try await TestServer()
        let (drafts, sent) = (try await test.mailbox(.drafts), try await test.mailbox(.sent))
        let identity = try await identity(test)
        let responses = try await test.responses(
            """
            ["Email/set",{"accountId":"\(test.a)","create":{"d":{"mailboxIds":{"\(drafts)":true},"keywords":{"$draft":true},
              "from":[{"email":"ann@example.com"}],"to":[{"email":"bob@example.org"}],"subject":"One go"}}},"1"],
            ["EmailSubmission/set",{"accountId":"\(test.a)","create":{"s":{"identityId":"\(identity)","emailId":"#d"}},
              "onSuccessUpdateEmail":{"#s":{"mailboxIds/\(drafts)":null,"mailboxIds/\(sent)":true,"keywords/$draft":null}}},"2"]
            """)
        #expect(responses.map(\.0) == ["Email/set", "EmailSubmission/set", "Email/set"])
        let id = try #require(responses[0].1["created"]?["d"]?["id"]?.string)
        #expect(responses[2].1["updated"]?[id] == .null, "\(responses[2].1.text)")
        let email = try await test.get("Email", id, ",\"properties\":[\"mailboxIds\",\"keywords\"]")
        #expect(email["mailboxIds"]?.text == "{\"\(sent)\":true}")
        #expect(email["keywords"]?.text == "{}")
        // It is kept with the submission too: whoever sends it carries it out where this server was stopped in between.
        let kept = try #require(try await test.store.submissions(nil, of: test.account.id).first).onSuccess
        #expect(kept.removeKeywords == ["$draft"])
        #expect(kept.addMailboxes.map { "m\($0)" } == [sent])
        #expect(kept.removeMailboxes.map { "m\($0)" } == [drafts])
    }

    @Test("§7.5: onSuccessDestroyEmail; nothing happens to the email of a refused submission")
    func onSuccessDestroy() async throws {
        let test = try await TestServer()
        let identity = try await identity(test)
        let email = try await draft(test)
        let lonely = try await draft(test, "")
        let responses = try await test.responses(
            """
            ["EmailSubmission/set",{"accountId":"\(test.a)","create":{"s":{"identityId":"\(identity)","emailId":"\(email)"},
              "n":{"identityId":"\(identity)","emailId":"\(lonely)"}},"onSuccessDestroyEmail":["#s","#n"]},"1"]
            """)
        #expect(responses.count == 2)
        #expect(responses[1].1["destroyed"]?.strings == [email])
        #expect(responses[0].1["notCreated"]?["n"]?["type"]?.string == "noRecipients")
        // Whoever sends it knows that no copy is wanted.
        #expect(try await test.store.submissions(nil, of: test.account.id).map(\.onSuccess.destroy) == [true])
        let submission = try await test.get("EmailSubmission", responses[0].1["created"]?["s"]?["id"]?.string ?? "")
        #expect(submission["undoStatus"]?.string == "pending")
    }

    @Test("§7.5: taking back what waits; not what a sender holds")
    func cancel() async throws {
        let test = try await TestServer()
        let email = try await draft(test)
        let id = try #require(try await submit(test, email)["created"]?["s"]?["id"]?.string)
        func set(_ arguments: String) async throws -> JSONValue {
            try await test.call("EmailSubmission/set", "{\"accountId\":\"\(test.a)\",\(arguments)}")
        }
        #expect(try await set("\"destroy\":[\"\(id)\"]")["notDestroyed"]?[id]?["type"]?.string == "forbidden")
        #expect(try await set("\"update\":{\"\(id)\":{\"emailId\":\"e999\"}}")["notUpdated"]?[id]?["properties"]?.strings == ["emailId"])
        #expect(
            try await set("\"update\":{\"\(id)\":{\"undoStatus\":\"final\"}}")["notUpdated"]?[id]?["properties"]?.strings == ["undoStatus"])
        #expect(try await set("\"update\":{\"\(id)\":{\"undoStatus\":\"canceled\"}}")["updated"]?[id] == .null)
        #expect(try await test.get("EmailSubmission", id)["undoStatus"]?.string == "canceled")
        #expect(try await set("\"destroy\":[\"\(id)\"]")["destroyed"]?.strings == [id])
        let second = try #require(try await submit(test, email)["created"]?["s"]?["id"]?.string)
        #expect(try await test.store.claimSubmission(SubmissionID(try #require(Int64(second.dropFirst()))), of: test.account.id))
        #expect(
            try await set("\"update\":{\"\(second)\":{\"undoStatus\":\"canceled\"}}")["notUpdated"]?[second]?["type"]?.string
                == "cannotUnsend")
        #expect(try await test.get("EmailSubmission", second)["undoStatus"]?.string == "final")
    }

    @Test("§7.3, §7.4: queries and their changes")
    func query() async throws {
        let test = try await TestServer()
        let email = try await draft(test)
        let before = try await test.call("EmailSubmission/query", "{\"accountId\":\"\(test.a)\"}")["queryState"]?.string ?? ""
        let first = try #require(try await submit(test, email)["created"]?["s"]?["id"]?.string)
        test.clock.advance(seconds: 60)
        let second = try #require(try await submit(test, email)["created"]?["s"]?["id"]?.string)
        func ids(_ more: String) async throws -> [String] {
            try await test.call("EmailSubmission/query", "{\"accountId\":\"\(test.a)\",\(more)}")["ids"]?.strings ?? []
        }
        #expect(try await ids("\"sort\":[{\"property\":\"sentAt\"}]") == [first, second])
        #expect(try await ids("\"sort\":[{\"property\":\"sentAt\",\"isAscending\":false}]") == [second, first])
        #expect(try await ids("\"filter\":{\"undoStatus\":\"pending\",\"emailIds\":[\"\(email)\"]}").count == 2)
        #expect(try await ids("\"filter\":{\"after\":\"2026-11-23T12:00:30Z\"}") == [second])
        #expect(try await ids("\"filter\":{\"before\":\"2026-11-23T12:00:30Z\"}") == [first])
        #expect(try await ids("\"filter\":{\"identityIds\":[\"i999\"]}").isEmpty)
        let changes = try await test.call("EmailSubmission/queryChanges", "{\"accountId\":\"\(test.a)\",\"sinceQueryState\":\"\(before)\"}")
        #expect(Set(changes["added"]?.array?.compactMap { $0["id"]?.string } ?? []) == [first, second])
        let log = try await test.call("EmailSubmission/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(before)\"}")
        #expect(log["created"]?.strings == [first, second])
    }
}
