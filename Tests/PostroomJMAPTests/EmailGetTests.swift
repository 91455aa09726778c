import PostroomCore
import PostroomJMAP
import Testing

@Suite("RFC 8621 §4.1, §4.2: Email/get")
struct EmailGetTests {
    private static let report = """
        From: =?UTF-8?B?0JDQvdC90LA=?= <anna@example.org>
        To: Group: ann@example.com, "Smith, J." <js@example.com>;
        Cc: c@example.net
        Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=
        Date: Fri, 20 Nov 2026 09:59:58 +0300
        Message-ID: <r1@example.org>
        In-Reply-To: <q1@example.org>
        References: <q0@example.org> <q1@example.org>
        List-Unsubscribe: <https://example.org/off>, <mailto:off@example.org>
        X-Twice: one
        X-Twice: two
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=b0

        --b0
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8
        Content-Language: de, en

        Grüße aus Köln.
        --b1
        Content-Type: multipart/related; boundary=b2

        --b2
        Content-Type: text/html; charset=utf-8

        <p>Grüße <b>aus</b> Köln. <img src="cid:i1@x"></p>
        --b2
        Content-Type: image/png
        Content-ID: <i1@x>
        Content-Disposition: inline
        Content-Transfer-Encoding: base64

        iVBORw==
        --b2--
        --b1--
        --b0
        Content-Type: application/pdf; name="r.pdf"
        Content-Disposition: attachment; filename="r.pdf"
        Content-Transfer-Encoding: base64

        JVBERi0xLjQK
        --b0--
        """

    @Test("§4.1.1, §4.1.2: what the store knows, without the source")
    func metadata() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(Self.report, keywords: "{\"$Seen\":true,\"Wichtig\":true}", receivedAt: "2026-11-20T10:00:00.750Z")
        let email = try await test.get("Email", id)
        let inbox = try await test.mailbox(.inbox)
        #expect(email["mailboxIds"]?.text == "{\"\(inbox)\":true}")
        #expect(email["keywords"]?.text == "{\"$seen\":true,\"wichtig\":true}")
        #expect(email["receivedAt"]?.string == "2026-11-20T10:00:00Z")
        #expect(email["sentAt"]?.string == "2026-11-20T09:59:58+03:00")
        #expect(email["from"]?.text == "[{\"name\":\"Анна\",\"email\":\"anna@example.org\"}]")
        #expect(email["to"]?[1]?["name"]?.string == "Smith, J.")
        #expect(email["subject"]?.string == "Grüße")
        #expect(email["messageId"]?.strings == ["r1@example.org"])
        #expect(email["inReplyTo"]?.strings == ["q1@example.org"])
        #expect(email["references"]?.strings == ["q0@example.org", "q1@example.org"])
        #expect(email["sender"] == .null)
        #expect(email["bcc"] == .null)
        #expect(email["replyTo"] == .null)
        #expect(email["hasAttachment"] == .bool(true))
        #expect(email["preview"]?.string?.contains("Grüße aus Köln.") == true)
        #expect(email["size"]?.integer == Self.report.replacing("\n", with: "\r\n").utf8.count)
        #expect(email["bodyValues"]?.object?.isEmpty == true)
        #expect(email["attachments"]?.array?.last?["name"]?.string == "r.pdf")
    }

    @Test("§4.1.3: header fields in every form, the last one or all")
    func headers() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(Self.report)
        let names = [
            "header:subject", "header:Subject:asText", "header:from:asAddresses", "header:To:asGroupedAddresses",
            "header:References:asMessageIds", "header:Date:asDate", "header:List-Unsubscribe:asURLs", "header:X-Twice",
            "header:X-Twice:all",
            "header:X-Twice:asText:all", "header:None", "header:None:all", "headers",
        ]
        let email = try await test.get("Email", id, ",\"properties\":[\(names.map { "\"\($0)\"" }.joined(separator: ","))]")
        #expect(email["header:subject"]?.string == " =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=")
        #expect(email["header:Subject:asText"]?.string == "Grüße")
        #expect(email["header:from:asAddresses"]?[0]?["email"]?.string == "anna@example.org")
        #expect(email["header:To:asGroupedAddresses"]?[0]?["name"]?.string == "Group")
        #expect(email["header:To:asGroupedAddresses"]?[0]?["addresses"]?.array?.count == 2)
        #expect(email["header:References:asMessageIds"]?.strings == ["q0@example.org", "q1@example.org"])
        #expect(email["header:Date:asDate"]?.string == "2026-11-20T09:59:58+03:00")
        #expect(email["header:List-Unsubscribe:asURLs"]?.strings == ["https://example.org/off", "mailto:off@example.org"])
        #expect(email["header:X-Twice"]?.string == " two")
        #expect(email["header:X-Twice:all"]?.strings == [" one", " two"])
        #expect(email["header:X-Twice:asText:all"]?.strings == ["one", "two"])
        #expect(email["header:None"] == .null)
        #expect(email["header:None:all"]?.array?.isEmpty == true)
        #expect(email["headers"]?[0]?["name"]?.string == "From")
        #expect(email["headers"]?.array?.count == 13)
    }

    @Test(
        "§4.1.2, §4.2: forms that a field does not have, and properties that there are not",
        arguments: [
            "header:From:asText", "header:Subject:asAddresses", "header:Date:asMessageIds", "header:X:asNothing", "header:",
            "header:X:all:asText",
            "foo", "header:Received:asText",
        ])
    func refusedProperties(_ name: String) async throws {
        let test = try await TestServer()
        #expect(
            try await test.error("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[],\"properties\":[\"\(name)\"]}") == "invalidArguments"
        )
    }

    @Test("§4.1.4: the tree of parts")
    func bodyStructure() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(Self.report)
        let email = try await test.get(
            "Email", id,
            """
            ,"properties":["bodyStructure"],"bodyProperties":["partId","blobId","type","size","cid","disposition","name","language","subParts",
            "header:Content-Type"]
            """)
        let root = try #require(email["bodyStructure"])
        #expect(root["type"]?.string == "multipart/mixed")
        #expect(root["partId"] == .null)
        #expect(root["blobId"] == .null)
        #expect(root["header:Content-Type"]?.string?.contains("boundary=b0") == true)
        let alternative = try #require(root["subParts"]?[0])
        #expect(alternative["subParts"]?[0]?["language"]?.strings == ["de", "en"])
        let image = try #require(alternative["subParts"]?[1]?["subParts"]?[1])
        #expect(image["cid"]?.string == "i1@x")
        #expect(image["disposition"]?.string == "inline")
        #expect(image["size"]?.integer == 4)
        let pdf = try #require(root["subParts"]?[1])
        #expect(pdf["name"]?.string == "r.pdf")
        let bytes = try await test.server.download(account: test.a, blob: pdf["blobId"]?.string ?? "", user: test.user)
        #expect(String(decoding: bytes, as: UTF8.self) == "%PDF-1.4\n")
    }

    @Test("§4.1.4: textBody, htmlBody, attachments and their values")
    func bodyValues() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(Self.report)
        let properties =
            ",\"properties\":[\"textBody\",\"htmlBody\",\"attachments\",\"bodyValues\"],\"bodyProperties\":[\"partId\",\"type\"]"
        func get(_ more: String) async throws -> JSONValue { try await test.get("Email", id, properties + more) }
        let text = try await get(",\"fetchTextBodyValues\":true")
        let textPart = try #require(text["textBody"]?[0]?["partId"]?.string)
        #expect(text["textBody"]?[0]?["type"]?.string == "text/plain")
        #expect(text["bodyValues"]?[textPart]?.text == "{\"value\":\"Grüße aus Köln.\",\"isEncodingProblem\":false,\"isTruncated\":false}")
        #expect(text["bodyValues"]?.object?.count == 1)
        let html = try await get(",\"fetchHTMLBodyValues\":true")
        let htmlPart = try #require(html["htmlBody"]?[0]?["partId"]?.string)
        #expect(html["bodyValues"]?[htmlPart]?["value"]?.string?.contains("<b>aus</b>") == true)
        #expect(try await get(",\"fetchAllBodyValues\":true")["bodyValues"]?.object?.count == 2)
        let types = html["attachments"]?.array?.compactMap { $0["type"]?.string } ?? []
        #expect(types.contains("application/pdf"))
        // Three octets end within the ü, a tag is never cut.
        let short = try await get(",\"fetchTextBodyValues\":true,\"fetchHTMLBodyValues\":true,\"maxBodyValueBytes\":3")
        #expect(short["bodyValues"]?[textPart]?.text == "{\"value\":\"Gr\",\"isEncodingProblem\":false,\"isTruncated\":true}")
        #expect(short["bodyValues"]?[htmlPart]?["value"]?.string == "<p>")
        #expect(try await get(",\"fetchHTMLBodyValues\":true,\"maxBodyValueBytes\":2")["bodyValues"]?[htmlPart]?["value"]?.string == "")
    }

    @Test("§4.1.4: charsets that are wrong or unknown are told")
    func encodingProblems() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(
            "From: a@x\nSubject: s\nContent-Type: text/plain; charset=x-no-such\n\nplain \u{E9}")
        let email = try await test.get("Email", id, ",\"properties\":[\"bodyValues\"],\"fetchAllBodyValues\":true")
        #expect(email["bodyValues"]?.object?.entries.first?.value["isEncodingProblem"] == .bool(true))
    }

    @Test("RFC 8620 §5.1: unknown ids, the same id twice, all of them")
    func ids() async throws {
        let test = try await TestServer()
        let id = try await test.deliver(TestServer.message())
        let some = try await test.call(
            "Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(id)\",\"\(id)\",\"e99\",\"zz\"],\"properties\":[]}")
        #expect(some["list"]?.text == "[{\"id\":\"\(id)\"}]")
        #expect(some["notFound"]?.strings == ["e99", "zz"])
        let all = try await test.call("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":null,\"properties\":[\"subject\"]}")
        #expect(all["list"]?[0]?["subject"]?.string == "Hello")
        #expect(try await test.error("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"not an id\"]}") == "invalidArguments")
    }

    @Test("a source on a server that can't be asked is unavailable; the list still shows")
    func missingSource() async throws {
        let test = try await TestServer()
        let inbox = try #require(try await test.store.mailboxes(of: test.account.id).first { $0.role == .inbox })
        let content = EmailContent(size: 10, subject: "Far away")
        let ids = try await test.store.addEmails(
            [
                IncomingEmail(
                    uid: 1, keywords: [], receivedAt: Timestamp(seconds: 1), content: content, source: nil, searchText: SearchText())
            ],
            to: inbox.id, uidValidity: 1, cursor: nil, of: test.account.id)
        let id = try #require(ids.first)
        #expect(try await test.get("Email", id.jmap, ",\"properties\":[\"subject\",\"blobId\"]")["subject"]?.string == "Far away")
        #expect(try await test.error("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(id.jmap)\"]}") == "serverUnavailable")
        try await test.store.quarantine(id, reason: "broken", of: test.account.id)
        let header = try await test.get(
            "Email", id.jmap, ",\"properties\":[\"header:subject:asText\",\"textBody\",\"bodyValues\"],\"fetchTextBodyValues\":true")
        #expect(header["header:subject:asText"]?.string == "Far away")
    }

    @Test("§4.9: Email/parse")
    func parse() async throws {
        let test = try await TestServer()
        let blob = try await test.upload(Self.report.replacing("\n", with: "\r\n"))
        let other = try await test.upload("this is no mail", type: "text/plain")
        let result = try await test.call(
            "Email/parse",
            """
            {"accountId":"\(test.a)","blobIds":["\(blob)","\(other)","nope"],
             "properties":["id","blobId","threadId","mailboxIds","keywords","receivedAt","size","subject","attachments","header:Cc:asAddresses"]}
            """)
        let email = try #require(result["parsed"]?[blob])
        for name in ["id", "threadId", "mailboxIds", "keywords", "receivedAt"] { #expect(email[name] == .null, "\(name)") }
        #expect(email["blobId"]?.string == blob)
        #expect(email["subject"]?.string == "Grüße")
        #expect(email["header:Cc:asAddresses"]?[0]?["email"]?.string == "c@example.net")
        #expect(result["notParsable"]?.strings == [other])
        #expect(result["notFound"]?.strings == ["nope"])
        let part = try #require(email["attachments"]?.array?.last?["blobId"]?.string)
        let bytes = try await test.server.download(account: test.a, blob: part, user: test.user)
        #expect(String(decoding: bytes, as: UTF8.self) == "%PDF-1.4\n")
    }

    @Test("an attached message is parsed by its blob, and its own attachments are had by theirs")
    func attachedMessage() async throws {
        let test = try await TestServer()
        let inner = Self.report
        let outer =
            "From: a@x\nSubject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\nsee below\n--o\n"
            + "Content-Type: message/rfc822\nContent-Disposition: attachment\n\n" + inner + "\n--o--\n"
        let id = try await test.deliver(outer)
        let email = try await test.get("Email", id, ",\"properties\":[\"attachments\"],\"bodyProperties\":[\"blobId\",\"type\"]")
        #expect(email["attachments"]?.array?.count == 1)
        let blob = try #require(email["attachments"]?[0]?["blobId"]?.string)
        let result = try await test.call(
            "Email/parse", "{\"accountId\":\"\(test.a)\",\"blobIds\":[\"\(blob)\"],\"properties\":[\"subject\",\"attachments\"]}")
        let parsed = try #require(result["parsed"]?[blob], "\(result.text)")
        #expect(parsed["subject"]?.string == "Grüße")
        let part = try #require(parsed["attachments"]?.array?.last?["blobId"]?.string)
        let bytes = try await test.server.download(account: test.a, blob: part, user: test.user)
        #expect(String(decoding: bytes, as: UTF8.self) == "%PDF-1.4\n")
    }
}
