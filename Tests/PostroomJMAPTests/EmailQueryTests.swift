import PostroomCore
import PostroomJMAP
import Testing

@Suite("RFC 8621 §4.4, §4.5, §5: Email/query, /queryChanges, SearchSnippet")
struct EmailQueryTests {
    /// Four emails, one of them a reply to another.
    private struct Mail {
        let test: TestServer
        let inbox: String
        let archive: String
        let old: String
        let plan: String
        let reply: String
        let big: String

        init() async throws {
            test = try await TestServer()
            inbox = try await test.mailbox(.inbox)
            archive = try await test.mailbox(.archive)
            old = try await test.deliver(
                TestServer.message(
                    from: "Zoe <zoe@example.net>", subject: "Archived", body: "Das Xylophon klingt.",
                    more: "Cc: carl@example.org\nX-Tag: blue\n"),
                to: archive, keywords: "{\"$seen\":true}", receivedAt: "2026-01-01T00:00:00Z")
            plan = try await test.deliver(
                "From: Ann <ann@example.com>\nTo: bob@example.org\nSubject: Project plan\nMessage-ID: <plan@x>\n\nMeet in the conference room.",
                to: archive, keywords: "{\"$seen\":true}", receivedAt: "2026-11-01T00:00:00Z")
            reply = try await test.deliver(
                TestServer.message(subject: "Re: Project plan", body: "Thursday.", more: "In-Reply-To: <plan@x>\nReferences: <plan@x>\n"),
                keywords: "{\"$answered\":true}", receivedAt: "2026-11-02T00:00:00Z")
            big = try await test.deliver(
                TestServer.message(from: "Amy <amy@example.org>", subject: "Large", body: String(repeating: "word ", count: 5000)),
                keywords: "{\"$flagged\":true,\"custom\":true}", receivedAt: "2026-11-03T00:00:00Z")
        }

        func ids(_ arguments: String = "") async throws -> [String] {
            let result = try await test.call("Email/query", "{\"accountId\":\"\(test.a)\"\(arguments.isEmpty ? "" : "," + arguments)}")
            return result["ids"]?.strings ?? []
        }

        func filter(_ filter: String) async throws -> Set<String> { Set(try await ids("\"filter\":\(filter)")) }
    }

    @Test("§4.4.1: every filter")
    func filters() async throws {
        let mail = try await Mail()
        let (old, plan, reply, big) = (mail.old, mail.plan, mail.reply, mail.big)
        let cases: [(String, Set<String>)] = [
            ("null", [old, plan, reply, big]), ("{}", [old, plan, reply, big]), ("{\"inMailbox\":\"\(mail.archive)\"}", [old, plan]),
            ("{\"inMailbox\":\"m9999\"}", []), ("{\"inMailboxOtherThan\":[\"\(mail.archive)\"]}", [reply, big]),
            ("{\"before\":\"2026-11-01T00:00:00Z\"}", [old]), ("{\"after\":\"2026-11-02T00:00:00Z\"}", [reply, big]),
            ("{\"minSize\":10000}", [big]), ("{\"maxSize\":10000}", [old, plan, reply]), ("{\"hasKeyword\":\"$FLAGGED\"}", [big]),
            ("{\"hasKeyword\":\"custom\"}", [big]), ("{\"notKeyword\":\"$seen\"}", [reply, big]),
            ("{\"allInThreadHaveKeyword\":\"$seen\"}", [old]), ("{\"someInThreadHaveKeyword\":\"$answered\"}", [plan, reply]),
            ("{\"noneInThreadHaveKeyword\":\"$answered\"}", [old, big]), ("{\"hasAttachment\":false}", [old, plan, reply, big]),
            ("{\"hasAttachment\":true}", []), ("{\"text\":\"project\"}", [plan, reply]), ("{\"text\":\"xylophon\"}", [old]),
            ("{\"from\":\"amy@example.org\"}", [big]), ("{\"from\":\"Zoe\"}", [old]), ("{\"to\":\"bob\"}", [plan]),
            ("{\"cc\":\"carl@example.org\"}", [old]), ("{\"bcc\":\"x\"}", []), ("{\"subject\":\"plan\"}", [plan, reply]),
            ("{\"body\":\"conference room\"}", [plan]), ("{\"header\":[\"x-tag\"]}", [old]), ("{\"header\":[\"X-Tag\",\"BLU\"]}", [old]),
            ("{\"header\":[\"X-Tag\",\"red\"]}", []), ("{\"inMailbox\":\"\(mail.inbox)\",\"hasKeyword\":\"$flagged\"}", [big]),
            ("{\"operator\":\"OR\",\"conditions\":[{\"hasKeyword\":\"$flagged\"},{\"hasKeyword\":\"$answered\"}]}", [reply, big]),
            ("{\"operator\":\"NOT\",\"conditions\":[{\"hasKeyword\":\"$flagged\"},{\"hasKeyword\":\"$answered\"}]}", [old, plan]),
            (
                "{\"operator\":\"AND\",\"conditions\":[{\"hasKeyword\":\"$seen\"},{\"operator\":\"OR\",\"conditions\":[{\"subject\":\"plan\"},{\"minSize\":9000}]}]}",
                [plan]
            ),
        ]
        for (filter, expected) in cases { #expect(try await mail.filter(filter) == expected, "\(filter)") }
    }

    @Test(
        "filters and sorts that are wrong",
        arguments: [
            ("\"filter\":{\"foo\":1}", "unsupportedFilter"), ("\"filter\":{\"before\":\"now\"}", "invalidArguments"),
            ("\"filter\":{\"minSize\":-1}", "invalidArguments"), ("\"filter\":{\"header\":[]}", "invalidArguments"),
            ("\"filter\":{\"operator\":\"XOR\",\"conditions\":[]}", "invalidArguments"), ("\"filter\":[]", "invalidArguments"),
            ("\"sort\":[{\"property\":\"colour\"}]", "unsupportedSort"), ("\"sort\":[{\"property\":\"hasKeyword\"}]", "invalidArguments"),
            ("\"sort\":[{\"property\":\"size\",\"collation\":\"x\"}]", "unsupportedSort"), ("\"limit\":-1", "invalidArguments"),
            ("\"anchor\":\"e9999\"", "anchorNotFound"), ("\"anchor\":\"zz\"", "anchorNotFound"),
            ("\"collapseThreads\":1", "invalidArguments"),
        ])
    func refused(_ arguments: String, _ type: String) async throws {
        let test = try await TestServer()
        #expect(try await test.error("Email/query", "{\"accountId\":\"\(test.a)\",\(arguments)}") == type)
    }

    @Test("§4.4.2: every sort")
    func sorts() async throws {
        let mail = try await Mail()
        let (old, plan, reply, big) = (mail.old, mail.plan, mail.reply, mail.big)
        #expect(try await mail.ids() == [big, reply, plan, old])
        #expect(try await mail.ids("\"sort\":[{\"property\":\"receivedAt\"}]") == [old, plan, reply, big])
        #expect(try await mail.ids("\"sort\":[{\"property\":\"size\",\"isAscending\":false}]").first == big)
        #expect(try await mail.ids("\"sort\":[{\"property\":\"from\"}]") == [big, plan, reply, old])
        let bySubject = try await mail.ids("\"sort\":[{\"property\":\"subject\"},{\"property\":\"receivedAt\"}]")
        #expect(bySubject == [old, big, plan, reply])
        #expect(try await mail.ids("\"sort\":[{\"property\":\"hasKeyword\",\"keyword\":\"$flagged\",\"isAscending\":false}]").first == big)
        let inThread = try await mail.ids(
            "\"sort\":[{\"property\":\"someInThreadHaveKeyword\",\"keyword\":\"$answered\",\"isAscending\":false},{\"property\":\"receivedAt\"}]"
        )
        #expect(inThread == [plan, reply, old, big])
        let allInThread = try await mail.ids(
            "\"sort\":[{\"property\":\"allInThreadHaveKeyword\",\"keyword\":\"$seen\",\"isAscending\":false},{\"property\":\"receivedAt\"}]"
        )
        #expect(allInThread.first == old)
        #expect(Set(try await mail.ids("\"sort\":[{\"property\":\"sentAt\"},{\"property\":\"to\"}]")).count == 4)
    }

    @Test("members of a comparator that are not known are passed over: jmapc sends some")
    func looseComparators() async throws {
        let mail = try await Mail()
        let loose = "\"sort\":[{\"property\":\"receivedAt\",\"anchorOffset\":0,\"calculateTotal\":false,\"position\":0}]"
        #expect(try await mail.ids(loose) == [mail.old, mail.plan, mail.reply, mail.big])
    }

    @Test("§4.4.3: one email a thread")
    func collapse() async throws {
        let mail = try await Mail()
        #expect(try await mail.ids("\"collapseThreads\":true") == [mail.big, mail.reply, mail.old])
        let result = try await mail.test.call(
            "Email/query", "{\"accountId\":\"\(mail.test.a)\",\"collapseThreads\":true,\"calculateTotal\":true,\"limit\":1}")
        #expect(result["total"]?.integer == 3)
    }

    @Test("RFC 8620 §5.5: windows")
    func windows() async throws {
        let mail = try await Mail()
        let all = try await mail.ids()
        func query(_ arguments: String) async throws -> JSONValue {
            try await mail.test.call("Email/query", "{\"accountId\":\"\(mail.test.a)\",\(arguments)}")
        }
        let middle = try await query("\"position\":1,\"limit\":2,\"calculateTotal\":true")
        #expect(middle["ids"]?.strings == Array(all[1...2]))
        #expect(middle["position"]?.integer == 1)
        #expect(middle["total"]?.integer == 4)
        #expect(middle["canCalculateChanges"] == .bool(true))
        #expect(try await query("\"limit\":2")["total"] == nil)
        #expect(try await query("\"position\":-3")["ids"]?.strings == Array(all[1...]))
        #expect(try await query("\"position\":-99")["ids"]?.strings == all)
        #expect(try await query("\"position\":99")["ids"]?.strings == [])
        #expect(try await query("\"limit\":0")["ids"]?.strings == [])
        let anchored = try await query("\"anchor\":\"\(all[2])\",\"anchorOffset\":-1,\"limit\":2")
        #expect(anchored["ids"]?.strings == Array(all[1...2]))
        #expect(anchored["position"]?.integer == 1)
        #expect(try await query("\"anchor\":\"\(all[0])\",\"anchorOffset\":-5")["ids"]?.strings == all)
        #expect(try await query("\"anchor\":\"\(all[1])\",\"position\":3")["ids"]?.strings == Array(all[1...]))
    }

    /// Applies a queryChanges answer to the ids that a client has.
    private func apply(_ changes: JSONValue, to ids: [String]) -> [String] {
        let removed = Set(changes["removed"]?.strings ?? [])
        var result = ids.filter { !removed.contains($0) }
        for item in changes["added"]?.array ?? [] {
            let index = item["index"]?.integer ?? 0
            result.insert(item["id"]?.string ?? "", at: min(index, result.count))
        }
        return result
    }

    @Test(
        "§4.5: changes applied to an old result give the new one",
        arguments: [
            "", "\"filter\":{\"notKeyword\":\"$seen\"},", "\"collapseThreads\":true,",
            "\"filter\":{\"someInThreadHaveKeyword\":\"$flagged\"},",
        ])
    func queryChanges(_ query: String) async throws {
        let mail = try await Mail()
        let account = "\"accountId\":\"\(mail.test.a)\""
        let before = try await mail.test.call("Email/query", "{\(query)\(account)}")
        try await mail.test.call(
            "Email/set",
            "{\(account),\"update\":{\"\(mail.plan)\":{\"keywords/$flagged\":true,\"keywords/$seen\":null}},\"destroy\":[\"\(mail.big)\"]}")
        try await mail.test.deliver(TestServer.message(subject: "New"), keywords: "{\"$flagged\":true}", receivedAt: "2026-11-01T12:00:00Z")
        let after = try await mail.test.call("Email/query", "{\(query)\(account)}")
        let changes = try await mail.test.call(
            "Email/queryChanges",
            "{\(query)\(account),\"calculateTotal\":true,\"sinceQueryState\":\"\(before["queryState"]?.string ?? "")\"}")
        #expect(apply(changes, to: before["ids"]?.strings ?? []) == after["ids"]?.strings)
        #expect(changes["newQueryState"] == after["queryState"])
        #expect(changes["total"]?.integer == after["ids"]?.strings.count)
        #expect(changes["oldQueryState"] == before["queryState"])
    }

    @Test("RFC 8620 §5.6: nothing changed, too much changed, a state that never was")
    func queryChangesLimits() async throws {
        let mail = try await Mail()
        let id = "\"accountId\":\"\(mail.test.a)\""
        let state = try await mail.test.call("Email/query", "{\(id)}")["queryState"]?.string ?? ""
        let account = id + ",\"filter\":{\"notKeyword\":\"y\"}"
        let none = try await mail.test.call("Email/queryChanges", "{\(account),\"sinceQueryState\":\"\(state)\"}")
        #expect(none["removed"]?.strings == [])
        #expect(none["added"]?.array?.isEmpty == true)
        try await mail.test.call(
            "Email/set",
            "{\"accountId\":\"\(mail.test.a)\",\"update\":{\"\(mail.plan)\":{\"keywords/x\":true},\"\(mail.old)\":{\"keywords/x\":true}}}")
        #expect(
            try await mail.test.error("Email/queryChanges", "{\(account),\"sinceQueryState\":\"\(state)\",\"maxChanges\":1}")
                == "tooManyChanges")
        #expect(try await mail.test.error("Email/queryChanges", "{\(account),\"sinceQueryState\":\"none\"}") == "cannotCalculateChanges")
    }

    @Test("§5: snippets mark what was found and escape the rest")
    func snippets() async throws {
        let mail = try await Mail()
        let odd = try await mail.test.deliver(TestServer.message(subject: "<b>Plan & more</b>", body: "a < b & the conferences, Größe"))
        let result = try await mail.test.call(
            "SearchSnippet/get",
            """
            {"accountId":"\(mail.test.a)","emailIds":["\(odd)","\(mail.plan)","\(mail.old)","e9999"],
             "filter":{"operator":"OR","conditions":[{"text":"conference"},{"subject":"plan"}]}}
            """)
        let list = result["list"]?.array ?? []
        #expect(list[0]["subject"]?.string == "&lt;b&gt;<mark>Plan</mark> &amp; more&lt;/b&gt;")
        #expect(list[0]["preview"]?.string == "a &lt; b &amp; the <mark>conferences</mark>, Größe")
        #expect(list[1]["preview"]?.string == "Meet in the <mark>conference</mark> room.")
        #expect(list[2]["subject"] == .null)
        #expect(list[2]["preview"] == .null)
        #expect(result["notFound"]?.strings == ["e9999"])
        let long = try await mail.test.call(
            "SearchSnippet/get", "{\"accountId\":\"\(mail.test.a)\",\"emailIds\":[\"\(mail.big)\"],\"filter\":{\"body\":\"word\"}}")
        #expect((long["list"]?[0]?["preview"]?.string?.utf8.count ?? 999) <= 255)
    }
}
