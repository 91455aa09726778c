import Foundation
import PostroomCore
import PostroomJMAP
import Testing

/// Sentences of RFC 8620 with MUST, MUST NOT, SHOULD or SHOULD NOT that no other test holds; docs/conformance-jmap-sentences.md has all of them.
@Suite("RFC 8620, sentence by sentence")
struct CoreSentenceTests {
    @Test("§1.2 ids are 1 to 255 of the safe characters and begin with a letter; §1.4 dates have upper case, no needless fractions")
    func idsAndDates() async throws {
        let test = try await TestServer()
        let email = try await test.deliver(TestServer.message(), receivedAt: "2026-11-20T10:00:00Z")
        let whole = try await test.get(
            "Email", email, ",\"properties\":[\"id\",\"threadId\",\"blobId\",\"mailboxIds\",\"receivedAt\",\"sentAt\"]")
        let blob = try await test.upload("x")
        var ids = ["id", "threadId", "blobId"].compactMap { whole[$0]?.string } + [blob, test.a]
        ids += whole["mailboxIds"]?.object?.entries.map(\.key) ?? []
        for id in ids {
            #expect((1...255).contains(id.utf8.count))
            #expect(id.utf8.allSatisfy { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0) }, "\(id)")
            #expect(id.first?.isLetter == true, "\(id)")
        }
        #expect(whole["receivedAt"]?.string == "2026-11-20T10:00:00Z")
        #expect(whole["sentAt"]?.string == "2026-11-20T09:59:58+03:00")
        let long = String(repeating: "a", count: 256)
        for wrong in ["", "a b", "é", long] {
            #expect(
                try await test.error("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(wrong)\"]}") == "invalidArguments", "\(wrong)")
        }
    }

    @Test("§3.3 other members of a Request are passed over; §3.5 null is the default of an argument; §3.6.2 what fails changes nothing")
    func requests() async throws {
        let test = try await TestServer()
        let response = try await test.request("[\"Core/echo\",{},\"c\"]", more: ",\"future\":{\"x\":1}")
        #expect(response["methodResponses"]?[0]?[0]?.string == "Core/echo")
        let nulls = try await test.call(
            "Email/query",
            """
            {"accountId":"\(test.a)","filter":null,"sort":null,"position":null,"anchor":null,"anchorOffset":null,"limit":null,
             "calculateTotal":null,"collapseThreads":null}
            """)
        #expect(nulls["position"]?.integer == 0)
        let before = try await test.store.states(of: test.account.id)
        for (name, arguments) in [
            ("Mailbox/set", "\"create\":{\"a\":{\"name\":\"A\"}},\"nonsense\":1"), ("Mailbox/set", "\"create\":{\"a b\":{\"name\":\"A\"}}"),
            ("Mailbox/set", "\"create\":{\"a\":{\"name\":\"A\"}},\"update\":[]"), ("Mailbox/set", "\"create\":{\"a\":7}"),
            ("Identity/set", "\"create\":{\"a\":{\"email\":\"a@b.c\"}},\"destroy\":[7]"),
        ] { #expect(try await test.error(name, "{\"accountId\":\"\(test.a)\",\(arguments)}") == "invalidArguments") }
        #expect(try await test.store.states(of: test.account.id) == before)
    }

    @Test("§3.7: * flattens arrays of arrays and only those; a pointer's escapes")
    func pointers() async throws {
        let test = try await TestServer()
        let source = "{\"a/b\":{\"~\":[{\"x\":[1,2]},{\"x\":[3]}]},\"n\":[{\"x\":4}]}"
        for (path, expected) in [("/a~1b/~0/*/x", "[1,2,3]"), ("/n/*/x", "[4]"), ("/a~1b/~0/0/x/1", "2"), ("/n/0", "{\"x\":4}")] {
            let responses = try await test.responses(
                "[\"Core/echo\",\(source),\"c\"],[\"Core/echo\",{\"#v\":{\"resultOf\":\"c\",\"name\":\"Core/echo\",\"path\":\"\(path)\"}},\"d\"]"
            )
            #expect(responses[1].1["v"]?.text == expected, "\(path)")
        }
    }

    @Test(
        "§5.1 id always comes along, an id asked for twice comes once; §5.2 what came and went is not told, what was made and changed is made"
    )
    func getAndChanges() async throws {
        let test = try await TestServer()
        let state = try await test.call("Mailbox/get", "{\"accountId\":\"\(test.a)\",\"ids\":[]}")["state"]?.string ?? ""
        let inbox = try await test.mailbox(.inbox)
        let twice = try await test.call(
            "Mailbox/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(inbox)\",\"\(inbox)\"],\"properties\":[\"name\"]}")
        #expect(twice["list"]?.text == "[{\"id\":\"\(inbox)\",\"name\":\"INBOX\"}]")
        func set(_ arguments: String) async throws -> JSONValue {
            try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\(arguments)}")
        }
        let gone = try #require(try await set("\"create\":{\"a\":{\"name\":\"A\"}}")["created"]?["a"]?["id"]?.string)
        let kept = try #require(try await set("\"create\":{\"b\":{\"name\":\"B\"}}")["created"]?["b"]?["id"]?.string)
        _ = try await set("\"update\":{\"\(gone)\":{\"name\":\"A2\"},\"\(kept)\":{\"name\":\"B2\"}}")
        _ = try await set("\"destroy\":[\"\(gone)\"]")
        let changes = try await test.call("Mailbox/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(state)\"}")
        #expect(changes["created"]?.strings == [kept])
        #expect(changes["updated"]?.strings == [])
        #expect(changes["destroyed"]?.strings == [])
        #expect(changes["hasMoreChanges"] == .bool(false))
        #expect(changes["oldState"]?.string == state)
        // Nothing has changed: the same state, and nothing in it.
        let none = try await test.call(
            "Mailbox/changes", "{\"accountId\":\"\(test.a)\",\"sinceState\":\"\(changes["newState"]?.string ?? "")\"}")
        #expect(none["newState"] == none["oldState"])
    }

    @Test(
        "§5.3: paths that lead into arrays or nowhere are invalidPatch; what is not named in a create has its default; unchanged is no change"
    )
    func set() async throws {
        let test = try await TestServer()
        let email = try await test.deliver(TestServer.message())
        let identity = try #require(try await test.call("Identity/get", "{\"accountId\":\"\(test.a)\"}")["list"]?[0]?["id"]?.string)
        let inbox = try await test.mailbox(.inbox)
        for (type, id, patch) in [
            ("Email", email, "{\"keywords/a/b\":true}"), ("Email", email, "{\"from/0/email\":\"x@y\"}"),
            ("Email", email, "{\"mailboxIds\":{\"\(inbox)\":true},\"mailboxIds/\(inbox)\":true}"),
            ("Identity", identity, "{\"replyTo/0/name\":\"x\"}"), ("Mailbox", inbox, "{\"myRights/mayDelete\":true}"),
        ] {
            let result = try await test.call("\(type)/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(id)\":\(patch)}}")
            #expect(result["notUpdated"]?[id]?["type"]?.string == "invalidPatch", "\(patch) \(result.text)")
            #expect(result["oldState"] == result["newState"])
        }
        let made = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"n\":{\"name\":\"N\"}}}")
        let box = try await test.get("Mailbox", made["created"]?["n"]?["id"]?.string ?? "")
        for (name, value) in box.object?.entries ?? [] where name != "name" { #expect(made["created"]?["n"]?[name] == value, "\(name)") }
        let same = try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(email)\":{\"keywords\":{}}}}")
        #expect(same["updated"]?[email] == .null)
        #expect(same["oldState"] == same["newState"])
        // Without anything to do the call is fine (§5.3: create, update and destroy may all be null).
        let nothing = try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"create\":null,\"update\":{},\"destroy\":[]}")
        #expect(nothing["oldState"] == nothing["newState"])
        for name in ["created", "updated", "destroyed", "notCreated", "notUpdated", "notDestroyed"] { #expect(nothing[name] == .null) }
    }

    @Test("§5.5 a limit that the server lays down is told, the same query has the same order; §5.6 added comes by index, lowest first")
    func query() async throws {
        var limits = JMAPLimits()
        limits.maxIdsInQuery = 3
        let test = try await TestServer(limits: limits)
        for number in 0..<5 {
            try await test.deliver(TestServer.message(subject: "\(number % 2)"), receivedAt: "2026-11-20T10:00:00Z")
        }
        let capped = try await test.call("Email/query", "{\"accountId\":\"\(test.a)\"}")
        #expect(capped["limit"]?.integer == 3)
        #expect(capped["ids"]?.array?.count == 3)
        #expect(try await test.call("Email/query", "{\"accountId\":\"\(test.a)\",\"limit\":50}")["limit"]?.integer == 3)
        #expect(try await test.call("Email/query", "{\"accountId\":\"\(test.a)\",\"limit\":2}")["limit"] == nil)
        // Equal by the sort: still one order, from call to call and from page to page.
        let sort = "\"sort\":[{\"property\":\"subject\"},{\"property\":\"size\"}]"
        func page(_ position: Int) async throws -> [String] {
            try await test.call("Email/query", "{\"accountId\":\"\(test.a)\",\(sort),\"position\":\(position),\"limit\":2}")["ids"]?.strings
                ?? []
        }
        let pages = try await page(0) + page(2) + page(4)
        #expect(Set(pages).count == 5)
        #expect(try await page(0) + page(2) + page(4) == pages)
        let state = capped["queryState"]?.string ?? ""
        for number in 6...8 { try await test.deliver(TestServer.message(), receivedAt: "2026-11-2\(number % 3)T10:00:00Z") }
        let changes = try await test.call("Email/queryChanges", "{\"accountId\":\"\(test.a)\",\"sinceQueryState\":\"\(state)\"}")
        let indices = changes["added"]?.array?.compactMap { $0["index"]?.integer } ?? []
        #expect(indices.count >= 3)
        #expect(indices == indices.sorted())
        #expect(changes["total"] == nil)
        #expect(try await test.call("Email/query", "{\"accountId\":\"\(test.a)\"}")["queryState"]?.string != state)
    }

    @Test("§5.5 an operator over no conditions, and a condition without properties, which holds for everything (RFC 8621 §4.4.1)")
    func emptyFilters() async throws {
        let test = try await TestServer()
        try await test.deliver(TestServer.message())
        for (filter, count) in [
            ("{}", 1), ("{\"operator\":\"AND\",\"conditions\":[]}", 1), ("{\"operator\":\"OR\",\"conditions\":[]}", 0),
            ("{\"operator\":\"NOT\",\"conditions\":[]}", 1), ("{\"operator\":\"NOT\",\"conditions\":[{}]}", 0),
        ] {
            let found = try await test.call("Email/query", "{\"accountId\":\"\(test.a)\",\"filter\":\(filter)}")
            #expect(found["ids"]?.array?.count == count, "\(filter)")
        }
    }

    @Test("§6: within one call a blob outlives the last email that held it; the same octets have the same id")
    func blobs() async throws {
        let test = try await TestServer()
        let drafts = try await test.mailbox(.drafts)
        let old = try await test.deliver(TestServer.message(subject: "Last holder"))
        let blob = try await test.get("Email", old, ",\"properties\":[\"blobId\"]")["blobId"]?.string ?? ""
        let result = try await test.call(
            "Email/set",
            """
            {"accountId":"\(test.a)","destroy":["\(old)"],"create":{"n":{"mailboxIds":{"\(drafts)":true},
             "attachments":[{"blobId":"\(blob)","type":"message/rfc822"}]}}}
            """)
        #expect(result["destroyed"]?.strings == [old])
        let new = try #require(result["created"]?["n"]?["id"]?.string, "\(result.text)")
        let source = try await test.get("Email", new, ",\"properties\":[\"blobId\"]")["blobId"]?.string ?? ""
        let bytes = try await test.server.download(account: test.a, blob: source, user: test.user)
        #expect(String(decoding: bytes, as: UTF8.self).contains("Last holder"))
        #expect(try await test.upload("the same") == test.upload("the same"))
    }

    @Test("§8.6: push subscriptions are limited in number and in the rate at which they are made")
    func pushLimits() async throws {
        let test = try await TestServer()
        func create(_ count: Int, _ name: String) async throws -> JSONValue {
            let creates = (0..<count).map {
                "\"c\($0)\":{\"deviceClientId\":\"\(name)\($0)\",\"url\":\"https://push.example.com/x\"}"
            }
            return try await test.call("PushSubscription/set", "{\"create\":{\(creates.joined(separator: ","))}}")
        }
        let first = try await create(60, "a")
        #expect(first["created"]?.object?.count == 50)
        #expect(first["notCreated"]?.object?.entries.allSatisfy { $0.value["type"]?.string == "overQuota" } == true)
        func clear() async throws {
            let all = try await test.call("PushSubscription/get", "{\"ids\":null}")["list"]?.array?.compactMap { $0["id"]?.string } ?? []
            try await test.call("PushSubscription/set", "{\"destroy\":[\(all.map { "\"\($0)\"" }.joined(separator: ","))]}")
        }
        try await clear()
        #expect(try await create(50, "b")["created"]?.object?.count == 50)
        try await clear()
        let late = try await create(1, "c")
        #expect(late["notCreated"]?["c0"]?["type"]?.string == "rateLimit", "\(late.text)")
        test.clock.advance(seconds: 3601)
        #expect(try await create(1, "d")["created"]?.object?.count == 1)
    }
}

/// The same for RFC 8621.
@Suite("RFC 8621, sentence by sentence")
struct MailSentenceTests {
    @Test("§2: roles are lower case and one a mailbox, names are Net-Unicode, sortOrder is below 2^31")
    func mailboxes() async throws {
        let test = try await TestServer()
        func refused(_ object: String) async throws -> [String]? {
            try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"n\":\(object)}}")["notCreated"]?["n"]?[
                "properties"]?.strings
        }
        #expect(try await refused("{\"name\":\"x\",\"role\":\"Archive\"}") == ["role"])
        #expect(try await refused("{\"name\":\"x\",\"role\":\"sent\"}") == ["role"])
        #expect(try await refused("{\"name\":\"x\",\"sortOrder\":2147483648}") == ["sortOrder"])
        #expect(try await refused("{\"name\":\"x\",\"sortOrder\":1.5}") == ["sortOrder"])
        #expect(try await refused("{\"name\":\"\(String(repeating: "a", count: 256))\"}") == ["name"])
        let made = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"n\":{\"name\":\"cafe\\u0301\"}}}")
        #expect(made["created"]?["n"]?["name"]?.string?.unicodeScalars.count == 4, "\(made.text)")
        for mailbox in try await test.call("Mailbox/get", "{\"accountId\":\"\(test.a)\"}")["list"]?.array ?? [] {
            let role = mailbox["role"]?.string
            #expect(role == role?.lowercased())
        }
    }

    @Test("§2: removing an email from its last mailbox is refused; a mailbox that goes takes only the emails that are nowhere else")
    func lastMailbox() async throws {
        let test = try await TestServer()
        let inbox = try await test.mailbox(.inbox)
        let made = try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"n\":{\"name\":\"Box\"}}}")
        let box = try #require(made["created"]?["n"]?["id"]?.string)
        let lonely = try await test.deliver(TestServer.message(), to: box)
        let both = try await test.deliver(TestServer.message(), to: box)
        try await test.call("Email/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(both)\":{\"mailboxIds/\(inbox)\":true}}}")
        try await test.call("Mailbox/set", "{\"accountId\":\"\(test.a)\",\"destroy\":[\"\(box)\"],\"onDestroyRemoveEmails\":true}")
        let left = try await test.call(
            "Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(lonely)\",\"\(both)\"],\"properties\":[\"mailboxIds\"]}")
        #expect(left["notFound"]?.strings == [lonely])
        #expect(left["list"]?.text == "[{\"id\":\"\(both)\",\"mailboxIds\":{\"\(inbox)\":true}}]")
    }

    @Test("§4.1.1: keywords are lower case, and only of the characters that IMAP's flags have")
    func keywords() async throws {
        let test = try await TestServer()
        let email = try await test.deliver(TestServer.message())
        func set(_ keyword: String) async throws -> String? {
            let result = try await test.call(
                "Email/set", "{\"accountId\":\"\(test.a)\",\"update\":{\"\(email)\":{\"keywords\":{\"\(keyword)\":true}}}}")
            return result["notUpdated"]?[email]?["type"]?.string
        }
        for wrong in [
            "", "a b", "a(b", "a)b", "a{b", "a]b", "a%b", "a*b", "a\\\"b", "a\\\\b", "é", "a\\u0001", String(repeating: "k", count: 256),
        ] {
            #expect(try await set(wrong) == "invalidProperties", "\(wrong)")
        }
        #expect(try await set("$MyLabel") == nil)
        #expect(try await test.get("Email", email, ",\"properties\":[\"keywords\"]")["keywords"]?.text == "{\"$mylabel\":true}")
        let found = try await test.call("Email/query", "{\"accountId\":\"\(test.a)\",\"filter\":{\"hasKeyword\":\"$MYLABEL\"}}")
        #expect(found["ids"]?.strings == [email])
    }

    @Test("§4.2, §4.1.4: values are fetched only where asked for; a part that is no text has none; limits are UnsignedInts")
    func bodyValues() async throws {
        let test = try await TestServer()
        let email = try await test.deliver(
            "From: a@x\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ntext\n--b\nContent-Type: image/png\n\nPNG\n--b--\n"
        )
        #expect(try await test.get("Email", email, ",\"properties\":[\"bodyValues\"]")["bodyValues"]?.text == "{}")
        let all = try await test.get("Email", email, ",\"properties\":[\"bodyValues\"],\"fetchAllBodyValues\":true")
        #expect(all["bodyValues"]?.object?.count == 1)
        #expect(
            try await test.error("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(email)\"],\"maxBodyValueBytes\":-1}")
                == "invalidArguments")
        let whole = try await test.get(
            "Email", email, ",\"properties\":[\"bodyValues\"],\"fetchAllBodyValues\":true,\"maxBodyValueBytes\":0")
        #expect(whole["bodyValues"]?.object?.entries.first?.value["isTruncated"] == .bool(false))
    }

    @Test(
        "§4.6: what a new email must not have",
        arguments: [
            "\"bodyStructure\":{\"partId\":\"1\"},\"htmlBody\":[]", "\"bodyStructure\":{\"partId\":\"1\"},\"attachments\":[]",
            "\"htmlBody\":[{\"partId\":\"1\",\"type\":\"text/plain\"}]",
            "\"textBody\":[{\"partId\":\"1\",\"type\":\"text/plain\"},{\"partId\":\"1\",\"type\":\"text/plain\"}]",
            "\"textBody\":[{\"partId\":\"1\",\"type\":\"text/plain\",\"size\":1}]",
            "\"textBody\":[{\"partId\":\"1\",\"type\":\"text/plain\",\"headers\":[]}]",
            "\"header:Content-Disposition\":\" inline\"", "\"header:From:asDate\":\"2026-01-01T00:00:00Z\"", "\"hasAttachment\":true",
            "\"preview\":\"x\"", "\"threadId\":\"t1\"", "\"blobId\":\"M1\"",
            "\"from\":[{\"email\":\"a@b\"}],\"header:From:asAddresses\":[{\"email\":\"a@b\"}]",
            "\"header:X-A\":\" a\",\"header:x-a:asText\":\"b\"",
        ])
    func creations(_ members: String) async throws {
        let test = try await TestServer()
        let drafts = try await test.mailbox(.drafts)
        let result = try await test.call(
            "Email/set",
            """
            {"accountId":"\(test.a)","create":{"d":{"mailboxIds":{"\(drafts)":true},"bodyValues":{"1":{"value":"x"}},\(members)}}}
            """)
        #expect(result["notCreated"]?["d"]?["type"]?.string == "invalidProperties", "\(result.text)")
        #expect(result["oldState"] == result["newState"])
    }

    @Test("§4.6: what is missing is made: one Date, one Message-ID and MIME-Version, line ends and 8-bit text that every server bears")
    func made() async throws {
        let test = try await TestServer()
        let drafts = try await test.mailbox(.drafts)
        let result = try await test.call(
            "Email/set",
            """
            {"accountId":"\(test.a)","create":{"d":{"mailboxIds":{"\(drafts)":true},"subject":"Ünïcode","bodyValues":{"1":{"value":"a\\nб\\r\\nc"}},
             "textBody":[{"partId":"1","type":"text/plain"}]}}}
            """)
        let blob = try #require(result["created"]?["d"]?["blobId"]?.string, "\(result.text)")
        let source = try await test.server.download(account: test.a, blob: blob, user: test.user)
        let text = String(decoding: source, as: UTF8.self)
        for name in ["Date:", "Message-ID:", "MIME-Version:"] {
            #expect(text.components(separatedBy: "\r\n\(name)").count + (text.hasPrefix(name) ? 1 : 0) == 2, "\(name)")
        }
        #expect(!text.replacing("\r\n", with: "").contains { $0 == "\r" || $0 == "\n" })
        let header = text.components(separatedBy: "\r\n\r\n")[0]
        #expect(header.utf8.allSatisfy { $0 < 0x80 })
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 998 })
    }

    @Test("§5: without a filter nothing is marked, and a preview is at most 255 octets; §4.4.1 header matches without case")
    func search() async throws {
        let test = try await TestServer()
        let email = try await test.deliver(
            TestServer.message(subject: "Plan", body: String(repeating: "слово & ", count: 200), more: "X-Kind: Blue Moon\n"))
        let inbox = try await test.mailbox(.inbox)
        for filter in ["null", "{}", "{\"inMailbox\":\"\(inbox)\"}"] {
            let found = try await test.call(
                "SearchSnippet/get", "{\"accountId\":\"\(test.a)\",\"filter\":\(filter),\"emailIds\":[\"\(email)\"]}")
            #expect(found["list"]?[0]?["subject"] == .null)
            #expect(found["list"]?[0]?["preview"] == .null)
        }
        let long = try await test.call(
            "SearchSnippet/get", "{\"accountId\":\"\(test.a)\",\"filter\":{\"text\":\"слово\"},\"emailIds\":[\"\(email)\"]}")
        let preview = try #require(long["list"]?[0]?["preview"]?.string)
        #expect(preview.utf8.count <= 255)
        #expect(preview.contains("<mark>слово</mark> &amp;"))
        for (header, count) in [("[\"x-kind\"]", 1), ("[\"X-KIND\",\"blue moon\"]", 1), ("[\"X-Kind\",\"red\"]", 0), ("[\"X-None\"]", 0)] {
            let found = try await test.call("Email/query", "{\"accountId\":\"\(test.a)\",\"filter\":{\"header\":\(header)}}")
            #expect(found["ids"]?.array?.count == count, "\(header)")
        }
        for wrong in ["[]", "[\"a\",\"b\",\"c\"]", "\"x\""] {
            #expect(
                try await test.error("Email/query", "{\"accountId\":\"\(test.a)\",\"filter\":{\"header\":\(wrong)}}") == "invalidArguments",
                "\(wrong)")
        }
    }
}
