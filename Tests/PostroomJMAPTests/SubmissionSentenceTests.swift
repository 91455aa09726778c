import PostroomCore
import PostroomJMAP
import Testing

/// Submissions as the text of RFC 8621 §7 and §9.6 has them.
@Suite("RFC 8621 §7, sentence by sentence")
struct SubmissionSentenceTests {
    private func identity(_ test: TestServer, _ email: String? = nil) async throws -> String {
        if let email {
            let made = try await test.call("Identity/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"i\":{\"email\":\"\(email)\"}}}")
            return try #require(made["created"]?["i"]?["id"]?.string, "\(made.text)")
        }
        return try #require(try await test.call("Identity/get", "{\"accountId\":\"\(test.a)\"}")["list"]?[0]?["id"]?.string)
    }

    /// What becomes of a submission of a message with this header.
    private func submit(_ test: TestServer, _ header: String, _ identity: String, _ more: String = "") async throws -> JSONValue {
        let drafts = try await test.mailbox(.drafts)
        let email = try await test.deliver(header + "\n\ntext", to: drafts)
        return try await test.call(
            "EmailSubmission/set",
            "{\"accountId\":\"\(test.a)\",\"create\":{\"s\":{\"identityId\":\"\(identity)\",\"emailId\":\"\(email)\"\(more)}}}")
    }

    @Test("§7: the envelope's sender is Sender, else From, else, where the identity may not use that, the identity's own")
    func mailFrom() async throws {
        let test = try await TestServer()
        let own = try await identity(test)
        let any = try await identity(test, "*@example.com")
        for (header, identity, expected) in [
            ("From: ann@example.com\nTo: b@x.org", own, "ann@example.com"),
            ("From: ann@example.com\nSender: secretary@example.org\nTo: b@x.org", own, "ann@example.com"),
            ("From: ann@example.com\nSender: desk@example.com\nTo: b@x.org", any, "desk@example.com"),
            ("From: team@example.com\nSender: else@example.org\nTo: b@x.org", any, "team@example.com"),
            ("From: a@example.com, b@example.com\nSender: ann@example.com\nTo: b@x.org", own, "ann@example.com"),
        ] {
            let result = try await submit(test, header, identity)
            let envelope = result["created"]?["s"]?["envelope"]
            #expect(envelope?["mailFrom"]?["email"]?.string == expected, "\(header): \(result.text)")
            #expect(envelope?["mailFrom"]?["parameters"] == .null)
        }
    }

    @Test("§7, §7.5: several senders, doubled fields and a missing From are invalidEmail, which names each of them")
    func invalidEmail() async throws {
        let test = try await TestServer()
        let own = try await identity(test)
        for (header, properties) in [
            ("To: b@x.org\nSubject: s", ["from"]), ("From: ann@example.com\nFrom: ann@example.com\nTo: b@x.org", ["from"]),
            ("From: ann@example.com\nSender: a@x, b@x\nTo: b@x.org", ["sender"]),
            ("From: ann@example.com, bob@example.com\nTo: b@x.org", ["sender"]),
            ("From: ann@example.com\nSubject: a\nSubject: b\nTo: b@x.org\nTo: c@x.org", ["subject", "to"]),
        ] {
            let refused = try await submit(test, header, own)["notCreated"]?["s"]
            #expect(refused?["type"]?.string == "invalidEmail", "\(header)")
            #expect(Set(refused?["properties"]?.strings ?? []) == Set(properties), "\(header)")
        }
    }

    @Test("§9.6: From is the address of the identity that is named, not of any other; all that is wrong is named")
    func forbiddenFrom() async throws {
        let test = try await TestServer()
        let own = try await identity(test)
        let sales = try await identity(test, "sales@example.com")
        #expect(try await submit(test, "From: sales@example.com\nTo: b@x.org", sales)["created"]?["s"] != nil)
        for (header, identity) in [
            ("From: sales@example.com\nTo: b@x.org", own), ("From: ann@example.com\nTo: b@x.org", sales),
            ("From: a@example.com, b@example.com\nSender: sales@example.com\nTo: b@x.org", own),
        ] {
            #expect(try await submit(test, header, identity)["notCreated"]?["s"]?["type"]?.string == "forbiddenFrom", "\(header)")
        }
        let both = try await test.call(
            "EmailSubmission/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"s\":{\"identityId\":\"i9\",\"emailId\":\"e9\",\"foo\":1}}}")
        #expect(Set(both["notCreated"]?["s"]?["properties"]?.strings ?? []) == ["identityId", "emailId", "foo"], "\(both.text)")
    }

    @Test("§7: the time that a message is held back for stays in its envelope; the email may go, the submission keeps its ids")
    func held() async throws {
        let test = try await TestServer()
        let own = try await identity(test)
        func envelope(_ parameters: String) -> String {
            ",\"envelope\":{\"mailFrom\":{\"email\":\"ann@example.com\",\"parameters\":\(parameters)},\"rcptTo\":[{\"email\":\"x@example.org\",\"parameters\":null}]}"
        }
        let header = "From: ann@example.com\nTo: b@x.org"
        let made = try await submit(test, header, own, envelope("{\"HOLDFOR\":\"60\"}"))
        #expect(made["created"]?["s"]?["envelope"] == nil, "it is as it was given")
        let id = made["created"]?["s"]?["id"]?.string ?? ""
        let before = try await test.get("EmailSubmission", id)
        #expect(before["envelope"]?["mailFrom"]?["parameters"]?.text == "{\"HOLDFOR\":\"60\"}")
        #expect(before["sendAt"]?.string == "2026-11-23T12:01:00Z")
        let until = try await submit(test, header, own, envelope("{\"HOLDUNTIL\":\"2026-11-23T12:02:00Z\"}"))
        #expect(until["created"]?["s"]?["envelope"]?["mailFrom"]?["parameters"]?.text == "{\"HOLDFOR\":\"120\"}")
        let email = before["emailId"]?.string ?? ""
        try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"destroy\":[\"\(email)\"]}")
        let after = try await test.get("EmailSubmission", id)
        #expect(after == before)
        let whole = try await test.call("EmailSubmission/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(id)\":\(after.text)}}")
        #expect(whole["updated"]?[id] == .null, "\(whole.text)")
        for delivery in after["deliveryStatus"]?.object?.entries ?? [] {
            #expect(delivery.value["smtpReply"]?.string != nil)
            #expect(delivery.value["displayed"]?.string == "unknown")
        }
    }

    @Test("RFC 8620 §3.8: why somebody may not send is said in the language that the request asks for")
    func language() async throws {
        let test = try await TestServer()
        let eve = try await test.store.addUser(name: "eve", displayName: "Eve", isAdmin: false, passwordHash: nil)
        _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: .write)
        let request =
            "{\"using\":[\"urn:ietf:params:jmap:submission\"],\"methodCalls\":[[\"EmailSubmission/set\",{\"accountId\":\"\(test.a)\",\"create\":{\"s\":{}}},\"c\"]]}"
        for (language, words) in [(Language.english, "not shared"), (.russian, "не дано право")] {
            let answer = try JSONParser.parse(try await test.server.handle(Array(request.utf8), user: eve, language: language))
            let refused = answer["methodResponses"]?[0]?[1]?["notCreated"]?["s"]
            #expect(refused?["type"]?.string == "forbiddenToSend")
            #expect(refused?["description"]?.string?.contains(words) == true, "\(answer.text)")
        }
    }
}
