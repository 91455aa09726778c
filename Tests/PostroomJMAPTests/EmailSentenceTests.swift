import PostroomCore
import PostroomJMAP
import Testing

/// Emails as the text of RFC 8621 §4 has them, beside their header fields.
@Suite("RFC 8621 §4, sentence by sentence")
struct EmailSentenceTests {
    private static let mixed = """
        From: a@x
        Subject: s
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=b

        --b

        implied, with\r
        two lines
        --b
        Content-Type: multipart/digest; boundary=d

        --d

        From: inner@x
        Subject: inner

        x
        --d--
        --b
        Content-Type: application/json; charset=utf-8
        Content-Disposition: ATTACHMENT; filename="a.json"

        {}
        --b
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: x-unknown
        Content-ID: (c) <id@x>
        Content-Location: http://example.org/x
        Content-Language: en (English), de

        as it is
        --b--
        """

    @Test("§4.1.4: implied types and charsets, what has no subParts, transfer encodings nobody knows")
    func parts() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(Self.mixed)
        let email = try await test.get(
            "Email", id,
            """
            ,"properties":["bodyStructure","textBody","attachments","bodyValues"],"fetchAllBodyValues":true,
            "bodyProperties":["partId","blobId","type","charset","disposition","name","cid","location","language","subParts","size"]
            """)
        let parts = try #require(email["bodyStructure"]?["subParts"]?.array, "\(email.text)")
        #expect(email["bodyStructure"]?["charset"] == .null)
        #expect(parts[0]["type"]?.string == "text/plain")
        #expect(parts[0]["charset"]?.string == "us-ascii")
        #expect(parts[0]["subParts"] == .null)
        let inner = try #require(parts[1]["subParts"]?[0])
        #expect(inner["type"]?.string == "message/rfc822")
        #expect(inner["subParts"] == .null)
        #expect(inner["partId"]?.string != nil)
        #expect(parts[2]["charset"]?.string == "utf-8")
        #expect(parts[2]["disposition"]?.string?.lowercased() == "attachment")
        #expect(parts[3]["cid"]?.string == "id@x")
        #expect(parts[3]["location"]?.string == "http://example.org/x")
        #expect(parts[3]["language"]?.strings == ["en", "de"])
        #expect(email["textBody"]?[0]?["subParts"] == .null, "asked for, so there")
        let first = email["bodyValues"]?[parts[0]["partId"]?.string ?? ""]
        #expect(first?["value"]?.string == "implied, with\ntwo lines")
        let last = email["bodyValues"]?[parts[3]["partId"]?.string ?? ""]
        #expect(last?["isEncodingProblem"] == .bool(true))
        #expect(last?["value"]?.string == "as it is")
        let blob = parts[3]["blobId"]?.string ?? ""
        let bytes = try await test.server.download(account: test.a, blob: blob, user: test.user)
        #expect(bytes.count == parts[3]["size"]?.integer)
        let ids = parts.compactMap { $0["partId"]?.string }
        #expect(Set(ids).count == ids.count)
    }

    @Test("§4.1.4: a preview has 256 characters at most; hasAttachment is there unless all of them are inline")
    func previews() async throws {
        let test = try await TestServer()
        let long = try await test.deliver(TestServer.message(body: String(repeating: "слово ", count: 200)))
        let preview = try await test.get("Email", long, ",\"properties\":[\"preview\",\"hasAttachment\"]")
        #expect((preview["preview"]?.string?.unicodeScalars.count ?? 999) <= 256)
        #expect(preview["preview"]?.string?.isEmpty == false)
        #expect(preview["hasAttachment"] == .bool(false))
    }

    @Test("§4.8, §4.9: messages with UTF-8 in their headers (RFC 6532)")
    func internationalized() async throws {
        let test = try await TestServer()
        let id = try await test.deliver("From: Юля <юля@пример.рф>\nTo: ann@example.com\nSubject: Привет, мир\n\nтекст")
        let email = try await test.get("Email", id, ",\"properties\":[\"from\",\"subject\",\"blobId\"]")
        #expect(email["from"]?.text == "[{\"name\":\"Юля\",\"email\":\"юля@пример.рф\"}]")
        #expect(email["subject"]?.string == "Привет, мир")
        let blob = email["blobId"]?.string ?? ""
        let parsed = try await test.call("Email/parse", "{\"accountId\":\"\(test.a)\",\"blobIds\":[\"\(blob)\"]}")
        #expect(parsed["parsed"]?[blob]?["from"] == email["from"])
        #expect(parsed["notFound"] == .null)
        #expect(parsed["notParsable"] == .null)
    }

    @Test("§4.6: what an email is made of can't change; sent back as it is, all of it is no change")
    func immutable() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(Self.mixed)
        func update(_ patch: String) async throws -> JSONValue {
            try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(id)\":\(patch)}}")
        }
        for more in ["", ",\"fetchTextBodyValues\":true"] {
            let whole = try await test.get("Email", id, more)
            let same = try await update(whole.text)
            #expect(same["updated"]?[id] == .null, "\(same.text)")
            #expect(same["oldState"] == same["newState"])
        }
        let raw = try await test.get("Email", id, ",\"properties\":[\"headers\",\"bodyStructure\",\"header:Subject\"]")
        #expect(try await update(raw.text)["updated"]?[id] == .null)
        for (patch, property) in [
            ("{\"textBody\":[]}", "textBody"), ("{\"headers\":[]}", "headers"),
            ("{\"bodyValues\":{\"1\":{\"value\":\"x\"}}}", "bodyValues"),
            ("{\"bodyStructure\":null}", "bodyStructure"), ("{\"header:Subject\":\" t\"}", "header:Subject"),
            ("{\"header:X-New\":\" t\"}", "header:X-New"), ("{\"size\":1}", "size"),
            ("{\"receivedAt\":\"2020-01-01T00:00:00Z\"}", "receivedAt"),
            ("{\"preview\":\"x\"}", "preview"), ("{\"threadId\":\"t999\"}", "threadId"), ("{\"blobId\":\"M999\"}", "blobId"),
            ("{\"hasAttachment\":false}", "hasAttachment"), ("{\"id\":\"e999\"}", "id"),
        ] {
            let refused = try await update(patch)["notUpdated"]?[id]
            #expect(refused?["type"]?.string == "invalidProperties", "\(patch)")
            #expect(refused?["properties"]?.strings == [property], "\(patch)")
        }
    }

    @Test("RFC 8620 §5.3: everything that is wrong with an object is named at once; nothing of it happens")
    func allThatIsWrong() async throws {
        let test = try await TestServer()
        let made = try await test.call(
            "Email/set",
            "{\"accountId\":\"\(test.a)\",\"create\":{\"d\":{\"mailboxIds\":{},\"keywords\":{\"a b\":true},\"from\":1,\"foo\":2,\"sentAt\":\"x\"}}}"
        )
        #expect(
            Set(made["notCreated"]?["d"]?["properties"]?.strings ?? []) == ["mailboxIds", "keywords", "from", "foo", "sentAt"],
            "\(made.text)")
        let imported = try await test.call(
            "Email/import",
            "{\"accountId\":\"\(test.a)\",\"emails\":{\"d\":{\"blobId\":\"nope\",\"mailboxIds\":{\"m999\":true},\"keywords\":[],\"foo\":2}}}"
        )
        #expect(
            Set(imported["notCreated"]?["d"]?["properties"]?.strings ?? []) == ["blobId", "mailboxIds", "keywords", "foo"],
            "\(imported.text)")
        let other = try await test.addAccount("ann@other.example")
        let copied = try await test.call(
            "Email/copy", "{\"fromAccountId\":\"\(test.a)\",\"accountId\":\"\(other.id.jmap)\",\"create\":{\"d\":{\"mailboxIds\":{}}}}")
        #expect(copied["notCreated"]?["d"]?["properties"]?.strings == ["id"])
        #expect(copied["created"] == .null)
        #expect(copied["oldState"] == copied["newState"])
    }

    @Test("§4.8: two of the same bytes are two emails with ids and keywords of their own")
    func duplicates() async throws {
        let test = try await TestServer()
        let blob = try await test.upload("From: a@x\r\nMessage-ID: <one@x>\r\n\r\nsame")
        let inbox = try await test.mailbox(.inbox)
        let item = "{\"blobId\":\"\(blob)\",\"mailboxIds\":{\"\(inbox)\":true}}"
        let made = try await test.call("Email/import", "{\"accountId\":\"\(test.a)\",\"emails\":{\"a\":\(item),\"b\":\(item)}}")
        let ids = ["a", "b"].compactMap { made["created"]?[$0]?["id"]?.string }
        #expect(Set(ids).count == 2, "\(made.text)")
        try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(ids[0])\":{\"keywords/$seen\":true}}}")
        #expect(try await test.get("Email", ids[1], ",\"properties\":[\"keywords\"]")["keywords"]?.text == "{}")
        #expect(made["notCreated"] == .null)
    }

    @Test("§5.1: an id named twice has one snippet, and no snippet an id")
    func snippets() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(TestServer.message(subject: "Plan"))
        let found = try await test.call(
            "SearchSnippet/get", "{\"accountId\":\"\(test.a)\",\"filter\":{\"text\":\"plan\"},\"emailIds\":[\"\(id)\",\"\(id)\"]}")
        #expect(found["notFound"]?.array?.isEmpty == true)
        #expect(found["list"]?.array?.count == 1)
        #expect(found["list"]?[0]?["id"] == nil)
        #expect(
            try await test.error("SearchSnippet/get", "{\"accountId\":\"\(test.a)\",\"filter\":{\"foo\":1},\"emailIds\":[]}")
                == "unsupportedFilter")
    }

    @Test("§1.5: EmailDelivery changes with every new email, and with nothing else")
    func delivery() async throws {
        let test = try await TestServer()
        func state() async throws -> Int64 { try await test.store.states(of: test.account.id)[.emailDelivery] ?? -1 }
        let none = try await state()
        let id = try await test.deliver(TestServer.message(), keywords: "{\"$seen\":true}")
        let one = try await state()
        #expect(one > none)
        let drafts = try await test.mailbox(.drafts)
        try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"d\":{\"mailboxIds\":{\"\(drafts)\":true}}}}")
        let two = try await state()
        #expect(two > one)
        try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(id)\":{\"keywords/$seen\":null}}}")
        try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"destroy\":[\"\(id)\"]}")
        #expect(try await state() == two)
    }
}
