import MailMIME
import PostroomCore
import PostroomJMAP
import Testing

@Suite("RFC 8621 §4.6 to §4.8: Email/set, /copy, /import")
struct EmailSetTests {
    /// Creates an email and gives its object with all body values.
    private func create(_ test: TestServer, _ members: String) async throws -> JSONValue {
        let drafts = try await test.mailbox(.drafts)
        let result = try await test.call(
            "Email/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"d\":{\"mailboxIds\":{\"\(drafts)\":true},\(members)}}}")
        let id = try #require(result["created"]?["d"]?["id"]?.string, "\(result.text)")
        for name in ["blobId", "threadId", "size"] { #expect(result["created"]?["d"]?[name] != nil) }
        return try await test.get(
            "Email", id,
            """
            ,"properties":["id","blobId","keywords","from","to","cc","bcc","sender","replyTo","subject","sentAt","messageId","inReplyTo",
             "references","textBody","htmlBody","attachments","bodyStructure","bodyValues","hasAttachment","preview","receivedAt","headers"],
             "bodyProperties":["partId","blobId","type","charset","name","cid","disposition","language","location","size"],
             "fetchAllBodyValues":true
            """)
    }

    private func source(_ test: TestServer, _ email: JSONValue) async throws -> String {
        let blob = email["blobId"]?.string ?? ""
        return String(decoding: try await test.server.download(account: test.a, blob: blob, user: test.user), as: UTF8.self)
    }

    @Test("a hundred creates are stored together; one that can't be stored fails alone")
    func together() async throws {
        let test = try await TestServer()
        let drafts = try await test.mailbox(.drafts)
        func email(_ number: Int, _ mailbox: String) -> String {
            "\"c\(number)\":{\"mailboxIds\":{\"\(mailbox)\":true},\"subject\":\"\(number)\",\"bodyValues\":{\"1\":{\"value\":\"x\"}},\"textBody\":[{\"partId\":\"1\",\"type\":\"text/plain\"}]}"
        }
        let all = (0..<100).map { email($0, $0 == 50 ? "#gone" : drafts) }.joined(separator: ",")
        // A creation id of an earlier request may name what is no longer there.
        let response = try await test.request(
            "[\"Email/set\",{\"accountId\":\"\(test.a)\",\"create\":{\(all)}},\"c\"]", more: ",\"createdIds\":{\"gone\":\"m99999\"}")
        let result = try #require(response["methodResponses"]?[0]?[1])
        #expect(result["created"]?.object?.count == 99, "\(result.text)")
        #expect(result["notCreated"]?.object?.entries.map(\.key) == ["c50"])
        #expect(result["notCreated"]?["c50"]?["properties"]?.strings == ["mailboxIds"])
        let good = (0..<100).map { email($0, drafts) }.joined(separator: ",")
        let again = try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"create\":{\(good)}}")
        #expect(again["created"]?.object?.count == 100)
        let folder = try await test.get("Mailbox", drafts)
        #expect(folder["totalEmails"]?.integer == 199)
        let changes = try await test.call(
            "Email/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(again["oldState"]?.string ?? "")\"}")
        #expect(changes["created"]?.array?.count == 100)
    }

    @Test("every convenience property comes back as it was set")
    func convenience() async throws {
        let test = try await TestServer()
        let email = try await create(
            test,
            """
            "keywords":{"$draft":true,"$seen":true},"from":[{"name":"Анна Ëжикова","email":"ann@example.com"}],
            "to":[{"name":"Smith, \\"J\\"","email":"js@example.org"},{"email":"plain@example.org"}],
            "cc":[{"name":null,"email":"c@example.org"}],"bcc":[{"name":"B","email":"b@example.org"}],
            "replyTo":[{"name":"R","email":"r@example.org"}],"sender":[{"name":"S","email":"s@example.org"}],
            "subject":"Тема — длинная, с «кавычками», эмодзи 😀 и продолжением, чтобы строка точно не поместилась в одну",
            "sentAt":"2026-11-21T10:00:00+03:00","messageId":["own@example.com"],"inReplyTo":["q@example.org"],
            "references":["p@example.org","q@example.org"],
            "textBody":[{"partId":"t","type":"text/plain"}],"htmlBody":[{"partId":"h","type":"text/html"}],
            "bodyValues":{"t":{"value":"Привет,\\nмир = мир.\\n"},"h":{"value":"<p>Привет</p>"}}
            """)
        #expect(email["from"]?.text == "[{\"name\":\"Анна Ëжикова\",\"email\":\"ann@example.com\"}]")
        #expect(email["to"]?[0]?["name"]?.string == "Smith, \"J\"")
        #expect(email["to"]?[1]?["email"]?.string == "plain@example.org")
        #expect(email["bcc"]?[0]?["email"]?.string == "b@example.org")
        #expect(email["sender"]?[0]?["email"]?.string == "s@example.org")
        #expect(email["replyTo"]?[0]?["name"]?.string == "R")
        #expect(
            email["subject"]?.string == "Тема — длинная, с «кавычками», эмодзи 😀 и продолжением, чтобы строка точно не поместилась в одну")
        #expect(email["sentAt"]?.string == "2026-11-21T10:00:00+03:00")
        #expect(email["messageId"]?.strings == ["own@example.com"])
        #expect(email["inReplyTo"]?.strings == ["q@example.org"])
        #expect(email["references"]?.strings == ["p@example.org", "q@example.org"])
        #expect(email["keywords"]?.text == "{\"$draft\":true,\"$seen\":true}")
        #expect(email["bodyStructure"]?["type"]?.string == "multipart/alternative")
        let values = email["bodyValues"]?.object?.entries.compactMap { $0.value["value"]?.string } ?? []
        #expect(values.contains("Привет,\nмир = мир.\n"))
        #expect(values.contains("<p>Привет</p>"))
        let source = try await source(test, email)
        #expect(source.utf8.allSatisfy { $0 < 0x80 })
        #expect(source.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 }, "\(source)")
        #expect(!source.replacing("\r\n", with: "").contains("\n"))
    }

    @Test("what is not given is made: Date, Message-ID, MIME-Version, receivedAt")
    func defaults() async throws {
        let test = try await TestServer()
        let email = try await create(test, "\"subject\":\"x\"")
        #expect(email["sentAt"]?.string == "2026-11-23T12:00:00Z")
        #expect(email["receivedAt"]?.string == "2026-11-23T12:00:00Z")
        #expect(email["messageId"]?[0]?.string?.hasSuffix("@example.com") == true)
        #expect(try await source(test, email).contains("MIME-Version: 1.0\r\n"))
    }

    @Test("attachments: files, inline pictures, names in any script, messages unencoded")
    func attachments() async throws {
        let test = try await TestServer()
        let file = try await test.upload(String(repeating: "data\u{1}", count: 100), type: "application/x-thing")
        let picture = try await test.upload("png", type: "image/png")
        let message = "M" + (try await test.deliver(TestServer.message(subject: "Inner"))).dropFirst()
        let email = try await create(
            test,
            """
            "htmlBody":[{"partId":"h","type":"text/html"}],"bodyValues":{"h":{"value":"<img src='cid:p@x'>"}},
            "attachments":[{"blobId":"\(file)","type":"application/x-thing","name":"отчёт за ноябрь и ещё очень длинное имя.bin"},
             {"blobId":"\(picture)","type":"image/png","cid":"p@x","disposition":"inline"},
             {"blobId":"\(message)","type":"message/rfc822"}]
            """)
        #expect(email["bodyStructure"]?["type"]?.string == "multipart/mixed")
        #expect(email["hasAttachment"] == .bool(true))
        let parts = email["attachments"]?.array ?? []
        let thing = try #require(parts.first { $0["type"]?.string == "application/x-thing" })
        #expect(thing["name"]?.string == "отчёт за ноябрь и ещё очень длинное имя.bin")
        #expect(thing["disposition"]?.string == "attachment")
        #expect(thing["size"]?.integer == 500)
        #expect(parts.contains { $0["cid"]?.string == "p@x" })
        let inner = try #require(parts.first { $0["type"]?.string == "message/rfc822" }?["blobId"]?.string)
        let bytes = try await test.server.download(account: test.a, blob: inner, user: test.user)
        #expect(String(decoding: bytes, as: UTF8.self).contains("Subject: Inner\r\n"))
    }

    @Test("a structure of one's own, with header properties on every level")
    func bodyStructure() async throws {
        let test = try await TestServer()
        let blob = try await test.upload("id,name\n", type: "text/csv")
        let email = try await create(
            test,
            """
            "header:X-Raw":" folded\\r\\n value","header:X-Text:asText":"Заметка","header:X-Ids:asMessageIds":["a@b","c@d"],
            "header:X-Date:asDate":"2026-01-02T03:04:05Z","header:List-Post:asURLs":["mailto:l@example.org"],
            "header:X-Many:asText:all":["one","two"],
            "header:To:asGroupedAddresses":[{"name":"Team","addresses":[{"name":"A","email":"a@example.org"}]},{"name":null,"addresses":[{"name":null,"email":"b@example.org"}]}],
            "bodyStructure":{"type":"multipart/digest","subParts":[
              {"type":"text/plain","partId":"1","language":["ru"],"header:X-Part:asText":"here"},
              {"type":"text/csv","charset":"utf-8","blobId":"\(blob)","name":"t.csv","disposition":"attachment","location":"http://example.org/t.csv"}]},
            "bodyValues":{"1":{"value":"text"}}
            """)
        let source = try await source(test, email)
        #expect(source.contains("X-Raw: folded\r\n value\r\n"))
        #expect(source.contains("X-Ids: <a@b> <c@d>\r\n"))
        #expect(source.contains("X-Date: Fri, 2 Jan 2026 03:04:05 +0000\r\n"))
        #expect(source.contains("List-Post: <mailto:l@example.org>\r\n"))
        #expect(source.contains("X-Many: one\r\nX-Many: two\r\n"))
        #expect(source.contains("To: Team: A <a@example.org>;, b@example.org\r\n"))
        #expect(source.contains("X-Part: here\r\n"))
        #expect(email["to"]?.array?.count == 2)
        #expect(email["bodyStructure"]?["type"]?.string == "multipart/digest")
        #expect(email["bodyStructure"]?["subParts"]?[1]?["location"]?.string == "http://example.org/t.csv")
        let header = try await test.get("Email", email["id"]?.string ?? "", ",\"properties\":[\"header:X-Text:asText\"]")
        #expect(header["header:X-Text:asText"]?.string == "Заметка")
    }

    @Test(
        "what a create is refused for (§4.6)",
        arguments: [
            ("\"id\":\"e1\"", "id"), ("\"size\":1", "size"), ("\"foo\":1", "foo"), ("\"headers\":[]", "headers"),
            ("\"from\":\"x\"", "from"), ("\"from\":[{\"email\":\"a@b>\\r\\nBcc: x@y\"}]", "from"),
            ("\"header:Content-Type\":\" text/plain\"", "header:Content-Type"),
            ("\"subject\":\"a\",\"header:Subject\":\" b\"", "header:Subject"), ("\"header:From:asText\":\"x\"", "header:From:asText"),
            ("\"header:X-A\":\" a\\r\\nBcc: b@c\"", "header:X-A"), ("\"keywords\":{\"a b\":true}", "keywords"),
            ("\"keywords\":{\"a\":false}", "keywords"), ("\"receivedAt\":\"2026-01-01T00:00:00+01:00\"", "receivedAt"),
            ("\"sentAt\":\"yesterday\"", "sentAt"), ("\"messageId\":\"x\"", "messageId"), ("\"textBody\":[]", "textBody"),
            ("\"textBody\":[{\"partId\":\"1\",\"type\":\"text/html\"}],\"bodyValues\":{\"1\":{\"value\":\"x\"}}", "textBody"),
            ("\"textBody\":[{\"partId\":\"1\"}]", "textBody/partId"),
            ("\"textBody\":[{\"partId\":\"1\",\"charset\":\"utf-8\"}],\"bodyValues\":{\"1\":{\"value\":\"x\"}}", "textBody/charset"),
            (
                "\"textBody\":[{\"partId\":\"1\",\"header:Content-Transfer-Encoding\":\" 8bit\"}],\"bodyValues\":{\"1\":{\"value\":\"x\"}}",
                "textBody/header:Content-Transfer-Encoding"
            ),
            ("\"bodyStructure\":{\"partId\":\"1\"},\"textBody\":[],\"bodyValues\":{\"1\":{\"value\":\"x\"}}", "textBody"),
            ("\"bodyStructure\":{\"type\":\"multipart/mixed\",\"partId\":\"1\"}", "bodyStructure/subParts"),
            ("\"bodyStructure\":{\"partId\":\"1\",\"blobId\":\"G1\"}", "bodyStructure/partId"),
            ("\"bodyValues\":{\"1\":{\"value\":\"x\",\"isTruncated\":true}}", "bodyValues/1"),
        ])
    func refused(_ members: String, _ property: String) async throws {
        let test = try await TestServer()
        let drafts = try await test.mailbox(.drafts)
        let result = try await test.call(
            "Email/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"d\":{\"mailboxIds\":{\"\(drafts)\":true},\(members)}}}")
        #expect(result["notCreated"]?["d"]?["type"]?.string == "invalidProperties", "\(result.text)")
        #expect(result["notCreated"]?["d"]?["properties"]?.strings == [property], "\(result.text)")
    }

    @Test(
        "an email is in at least one mailbox that exists; blobs must exist",
        arguments: ["{}", "{\"m999\":true}", "null", "{\"#none\":true}"])
    func mailboxes(_ ids: String) async throws {
        let test = try await TestServer()
        let result = try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"d\":{\"mailboxIds\":\(ids)}}}")
        #expect(result["notCreated"]?["d"]?["properties"]?.strings == ["mailboxIds"])
    }

    @Test("blobNotFound names the blobs")
    func missingBlobs() async throws {
        let test = try await TestServer()
        let drafts = try await test.mailbox(.drafts)
        let result = try await test.call(
            "Email/set",
            "{\"accountId\":\"\(test.a)\",\"create\":{\"d\":{\"mailboxIds\":{\"\(drafts)\":true},\"attachments\":[{\"blobId\":\"nope\"}]}}}"
        )
        #expect(result["notCreated"]?["d"]?["type"]?.string == "blobNotFound")
        #expect(result["notCreated"]?["d"]?["notFound"]?.strings == ["nope"])
    }

    @Test("patches of keywords and mailboxes, whole and one by one")
    func update() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(TestServer.message(), keywords: "{\"$seen\":true}")
        let (inbox, archive) = (try await test.mailbox(.inbox), try await test.mailbox(.archive))
        func update(_ patch: String) async throws -> JSONValue {
            try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(id)\":\(patch)}}")
        }
        func email() async throws -> JSONValue { try await test.get("Email", id, ",\"properties\":[\"keywords\",\"mailboxIds\"]") }
        #expect(
            try await update("{\"keywords/$Flagged\":true,\"keywords/$seen\":null,\"mailboxIds/\(archive)\":true}")["updated"]?[id] == .null
        )
        #expect(try await email()["keywords"]?.text == "{\"$flagged\":true}")
        #expect(try await email()["mailboxIds"]?.object?.count == 2)
        _ = try await update("{\"keywords\":{\"$seen\":true,\"label\":true},\"mailboxIds\":{\"\(archive)\":true}}")
        #expect(try await email()["keywords"]?.text == "{\"$seen\":true,\"label\":true}")
        #expect(try await email()["mailboxIds"]?.text == "{\"\(archive)\":true}")
        for (patch, type) in [
            ("{\"mailboxIds/\(archive)\":null}", "invalidProperties"), ("{\"mailboxIds/m999\":true}", "invalidProperties"),
            ("{\"subject\":\"new\"}", "invalidProperties"), ("{\"keywords/$seen\":false}", "invalidProperties"),
            ("{\"foo\":1}", "invalidProperties"), ("{\"keywords\":{},\"keywords/$seen\":true}", "invalidPatch"),
            ("{\"mailboxIds\":{}}", "invalidProperties"),
        ] { #expect(try await update(patch)["notUpdated"]?[id]?["type"]?.string == type, "\(patch)") }
        #expect(try await update("{\"subject\":\"Hello\",\"mailboxIds/\(inbox)\":null}")["updated"]?[id] == .null)
        let missing = try await test.call(
            "Email/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"e999\":{\"keywords/$seen\":true},\"zz\":{}}}")
        #expect(missing["notUpdated"]?["e999"]?["type"]?.string == "notFound")
        #expect(missing["notUpdated"]?["zz"]?["type"]?.string == "notFound")
    }

    @Test("destroy, its changes, and an update of what is destroyed in the same call")
    func destroy() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(TestServer.message())
        let other = try await test.deliver(TestServer.message())
        let state = try await test.call("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[]}")["state"]?.string ?? ""
        let result = try await test.call(
            "Email/set",
            """
            {"accountId":"\(test.a)","destroy":["\(id)","e999","zz"],
             "update":{"\(id)":{"keywords/$seen":true},"\(other)":{"keywords/$seen":true}}}
            """)
        #expect(result["destroyed"]?.strings == [id])
        #expect(result["notDestroyed"]?["e999"]?["type"]?.string == "notFound")
        #expect(result["notDestroyed"]?["zz"]?["type"]?.string == "notFound")
        #expect(result["notUpdated"]?[id]?["type"]?.string == "willDestroy")
        let changes = try await test.call("Email/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(state)\"}")
        #expect(changes["destroyed"]?.strings == [id])
        #expect(changes["updated"]?.strings == [other])
        #expect(changes["newState"] == result["newState"])
        #expect(changes["hasMoreChanges"] == .bool(false))
    }

    @Test("RFC 8620 §5.2: maxChanges cuts the changes into pieces that add up")
    func changesInPieces() async throws {
        let test = try await TestServer()
        var ids: Set<String> = []
        for number in 0..<5 { ids.insert(try await test.deliver(TestServer.message(subject: "\(number)"))) }
        var state = "0"
        var seen: Set<String> = []
        for _ in 0..<10 {
            let changes = try await test.call("Email/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(state)\",\"maxChanges\":2}")
            let created = changes["created"]?.strings ?? []
            #expect(created.count <= 2)
            seen.formUnion(created)
            state = changes["newState"]?.string ?? ""
            if changes["hasMoreChanges"] == .bool(false) { break }
        }
        #expect(seen == ids)
    }

    @Test("§4.8: import: times, keywords, and what is refused")
    func importEmails() async throws {
        let test = try await TestServer()
        let inbox = try await test.mailbox(.inbox)
        let blob = try await test.upload("Received: from x by y; Thu, 1 Jan 2026 12:00:00 +0100\r\nFrom: a@x\r\nSubject: s\r\n\r\nbody")
        let text = try await test.upload("this is not an email", type: "text/plain")
        let result = try await test.call(
            "Email/import",
            """
            {"accountId":"\(test.a)","emails":{"ok":{"blobId":"\(blob)","mailboxIds":{"\(inbox)":true}},
             "text":{"blobId":"\(text)","mailboxIds":{"\(inbox)":true}},"none":{"blobId":"nope","mailboxIds":{"\(inbox)":true}},
             "box":{"blobId":"\(blob)","mailboxIds":{}},"extra":{"blobId":"\(blob)","mailboxIds":{"\(inbox)":true},"subject":"x"}}}
            """)
        let id = try #require(result["created"]?["ok"]?["id"]?.string)
        #expect(try await test.get("Email", id, ",\"properties\":[\"receivedAt\"]")["receivedAt"]?.string == "2026-01-01T11:00:00Z")
        #expect(result["notCreated"]?["text"]?["type"]?.string == "invalidEmail")
        #expect(result["notCreated"]?["none"]?["properties"]?.strings == ["blobId"])
        #expect(result["notCreated"]?["box"]?["properties"]?.strings == ["mailboxIds"])
        #expect(result["notCreated"]?["extra"]?["properties"]?.strings == ["subject"])
        #expect(result["oldState"] != result["newState"])
    }

    @Test("§4.7: copy between accounts, and the move that is a copy and a destroy")
    func copy() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(TestServer.message(subject: "Moving"), keywords: "{\"$flagged\":true}")
        let other = try await test.addAccount("ann@other.example")
        let inbox = try #require(try await test.store.mailboxes(of: other.id).first { $0.role == .inbox })
        let responses = try await test.responses(
            """
            ["Email/copy",{"fromAccountId":"\(test.a)","accountId":"\(other.id.jmap)","onSuccessDestroyOriginal":true,
             "create":{"c":{"id":"\(id)","mailboxIds":{"\(inbox.id.jmap)":true}},"n":{"id":"e999","mailboxIds":{"\(inbox.id.jmap)":true}}}},"c"]
            """)
        #expect(responses.map(\.0) == ["Email/copy", "Email/set"])
        let copied = try #require(responses[0].1["created"]?["c"]?["id"]?.string, "\(responses[0].1.text)")
        #expect(responses[0].1["notCreated"]?["n"]?["type"]?.string == "notFound")
        #expect(responses[1].1["destroyed"]?.strings == [id])
        let email = try await test.call("Email/get", "{\"accountId\":\"\(other.id.jmap)\",\"ids\":[\"\(copied)\"]}")["list"]?[0]
        #expect(email?["subject"]?.string == "Moving")
        #expect(email?["keywords"]?.text == "{\"$flagged\":true}")
        #expect(email?["receivedAt"]?.string == "2026-11-20T10:00:00Z")
        #expect(
            try await test.error("Email/copy", "{\"fromAccountId\":\"\(test.a)\",\"accountId\":\"\(test.a)\",\"create\":{}}")
                == "invalidArguments")
        #expect(
            try await test.error("Email/copy", "{\"fromAccountId\":\"a999\",\"accountId\":\"\(test.a)\",\"create\":{}}")
                == "fromAccountNotFound")
    }
}
