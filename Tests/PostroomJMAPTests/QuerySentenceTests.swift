import PostroomCore
import PostroomJMAP
import Testing

/// Queries, their changes and the Session as the text of RFC 8620 has them.
@Suite("RFC 8620 §2, §5, sentence by sentence")
struct QuerySentenceTests {
    @Test("§5.5: the limit that is used is told where none was given or a greater one; where it is the client's own it is not")
    func limits() async throws {
        var limits = JMAPLimits()
        limits.maxIdsInQuery = 3
        let test = try await TestServer(limits: limits)
        try await test.deliver(TestServer.message())
        for (given, told) in [("", 3), (",\"limit\":null", 3), (",\"limit\":4", 3), (",\"limit\":3", nil), (",\"limit\":0", nil)] {
            #expect(try await test.call("Email/query", "{\"accountId\":\"\(test.a)\"\(given)}")["limit"]?.integer == told, "\(given)")
        }
    }

    @Test("§5.5: an anchor's offset may lead beyond either end; without an anchor it is ignored; total stands with limit 0")
    func anchors() async throws {
        let test = try await TestServer()
        for number in 0..<4 { try await test.deliver(TestServer.message(), receivedAt: "2026-11-2\(number)T10:00:00Z") }
        let account = "\"accountId\":\"\(test.a)\""
        let all = try await test.call("Email/query", "{\(account)}")["ids"]?.strings ?? []
        let boxes = try await test.call("Mailbox/query", "{\(account)}")["ids"]?.strings ?? []
        for (method, all) in [("Email/query", all), ("Mailbox/query", boxes)] {
            func query(_ arguments: String) async throws -> JSONValue { try await test.call(method, "{\(account),\(arguments)}") }
            let beyond = try await query("\"anchor\":\"\(all[1])\",\"anchorOffset\":99")
            #expect(beyond["ids"]?.strings == [], "\(method)")
            let before = try await query("\"anchor\":\"\(all[1])\",\"anchorOffset\":-99,\"limit\":1")
            #expect(before["ids"]?.strings == [all[0]])
            #expect(before["position"]?.integer == 0)
            let after = try await query("\"anchor\":\"\(all[1])\",\"anchorOffset\":1,\"position\":-1")
            #expect(after["ids"]?.strings == Array(all[2...]))
            #expect(after["position"]?.integer == 2)
            #expect(try await query("\"anchorOffset\":2")["ids"]?.strings == all)
            let none = try await query("\"limit\":0,\"calculateTotal\":true")
            #expect(none["ids"]?.strings == [])
            #expect(none["total"]?.integer == all.count)
            #expect(try await query("\"calculateTotal\":false")["total"] == nil)
            let last = try await query("\"position\":-1")
            #expect(last["ids"]?.strings == [all[all.count - 1]])
            #expect(last["position"]?.integer == all.count - 1)
            #expect(try await query("\"position\":\(all.count)")["ids"]?.strings == [])
        }
    }

    @Test("§5.5: the order of strings knows letters beyond ASCII and no case; a Date is earlier first, false before true")
    func collation() async throws {
        let test = try await TestServer()
        var ids: [String: String] = [:]
        for (day, subject) in ["Яблоко", "Zebra", "арбуз", "apple", "Äpfel"].enumerated() {
            ids[subject] = try await test.deliver(
                TestServer.message(subject: subject), keywords: day == 1 ? "{\"$flagged\":true}" : "{}",
                receivedAt: "2026-11-1\(day)T10:00:00Z")
        }
        func sorted(_ sort: String) async throws -> [String] {
            let found = try await test.call("Email/query", "{\"accountId\":\"\(test.a)\",\"sort\":[\(sort)]}")["ids"]?.strings ?? []
            return found.compactMap { id in ids.first { $0.value == id }?.key }
        }
        for collation in ["", ",\"collation\":\"i;unicode-casemap\""] {
            let names = try await sorted("{\"property\":\"subject\"\(collation)}")
            #expect(names.filter { $0 != "Äpfel" } == ["apple", "Zebra", "арбуз", "Яблоко"], "\(names)")
        }
        #expect(try await sorted("{\"property\":\"receivedAt\"}").first == "Яблоко")
        let flagged = try await sorted("{\"property\":\"hasKeyword\",\"keyword\":\"$flagged\"},{\"property\":\"receivedAt\"}")
        #expect(flagged.last == "Zebra")
    }

    @Test("§5.6: where filter and sort are of what can't change, only what came and went is told, and what came beyond upToId is not")
    func upToID() async throws {
        let test = try await TestServer()
        let account = "\"accountId\":\"\(test.a)\""
        let middle = try await test.deliver(TestServer.message(), receivedAt: "2026-11-15T10:00:00Z")
        let last = try await test.deliver(TestServer.message(), receivedAt: "2026-11-10T10:00:00Z")
        let state = try await test.call("Email/query", "{\(account)}")["queryState"]?.string ?? ""
        let first = try await test.deliver(TestServer.message(), receivedAt: "2026-11-20T10:00:00Z")
        let deep = try await test.deliver(TestServer.message(), receivedAt: "2026-11-01T10:00:00Z")
        try await test.call("Email/set", "{\(account),\"update\":{\"\(middle)\":{\"keywords/$seen\":true}},\"destroy\":[\"\(last)\"]}")
        func changes(_ more: String) async throws -> JSONValue {
            try await test.call("Email/queryChanges", "{\(account),\"sinceQueryState\":\"\(state)\",\"calculateTotal\":true\(more)}")
        }
        func added(_ changes: JSONValue) -> [String] { changes["added"]?.array?.compactMap { $0["id"]?.string } ?? [] }
        let whole = try await changes("")
        #expect(whole["removed"]?.strings == [last], "\(whole.text)")
        #expect(added(whole) == [first, deep])
        let short = try await changes(",\"upToId\":\"\(middle)\"")
        #expect(added(short) == [first])
        #expect(short["total"]?.integer == 3)
        #expect(added(try await changes(",\"upToId\":\"e999\"")) == [first, deep], "one that is not there is ignored")
        // A keyword can change: everything that may have moved is told, whatever the client has.
        let mutable = try await changes(",\"upToId\":\"\(first)\",\"filter\":{\"notKeyword\":\"x\"}")
        #expect(added(mutable) == [first, middle, deep], "\(mutable.text)")
        #expect(Set(mutable["removed"]?.strings ?? []) == [middle, last])
    }

    @Test("§5.3: a creation id that is used twice means what was created last; §3.4 and that is what goes out")
    func reusedCreationIDs() async throws {
        let test = try await TestServer()
        let response = try await test.request(
            """
            ["Mailbox/set",{"accountId":"\(test.a)","create":{"x":{"name":"First"}}},"1"],
            ["Mailbox/set",{"accountId":"\(test.a)","create":{"x":{"name":"Second"}}},"2"],
            ["Mailbox/set",{"accountId":"\(test.a)","create":{"y":{"name":"Child","parentId":"#x"}}},"3"],
            ["Mailbox/get",{"accountId":"\(test.a)","ids":["#y"]},"4"]
            """, more: ",\"createdIds\":{\"x\":\"m1\"}")
        let answers = try #require(response["methodResponses"])
        let second = answers[1]?[1]?["created"]?["x"]?["id"]
        #expect(answers[3]?[1]?["list"]?[0]?["parentId"] == second, "\(response.text)")
        #expect(response["createdIds"]?["x"] == second)
    }

    @Test("§2: the session's state is another one where the limits are; core is nobody's primary account; capabilities of others are bare")
    func session() async throws {
        var limits = JMAPLimits()
        let test = try await TestServer(limits: limits)
        let session = try JSONParser.parse(try await test.server.session(of: test.user, baseURL: "https://x"))
        limits.maxObjectsInGet += 1
        let other = JMAPServer(ports: test.server.ports, limits: limits)
        let changed = try JSONParser.parse(try await other.session(of: test.user, baseURL: "https://x"))
        #expect(session["state"] != changed["state"])
        #expect(session["primaryAccounts"]?["urn:ietf:params:jmap:core"] == nil)
        for name in ["mail", "submission"] {
            #expect(session["capabilities"]?["urn:ietf:params:jmap:\(name)"]?.text == "{}")
            #expect(session["accounts"]?[test.a]?["accountCapabilities"]?["urn:ietf:params:jmap:\(name)"]?.object?.isEmpty == false)
        }
        #expect(session["downloadUrl"]?.string?.hasSuffix("accept={type}") == true, "in the query, where slashes do no harm")
    }

    @Test("§5.2: in pieces, nothing is made after it was changed, and nothing goes before it was made")
    func pieces() async throws {
        let test = try await TestServer()
        let account = "\"accountId\":\"\(test.a)\""
        let state = try await test.call("Email/get", "{\(account),\"ids\":[]}")["state"]?.string ?? ""
        var ids: [String] = []
        for _ in 0..<3 { ids.append(try await test.deliver(TestServer.message())) }
        for id in ids { try await test.call("Email/set", "{\(account),\"update\":{\"\(id)\":{\"keywords/$seen\":true}}}") }
        try await test.call("Email/set", "{\(account),\"destroy\":[\"\(ids[1])\"]}")
        var seen: [String: String] = [:]
        var since = state
        for _ in 0..<20 {
            let changes = try await test.call("Email/changes", "{\(account),\"sinceState\":\"\(since)\",\"maxChanges\":1}")
            #expect(changes["oldState"]?.string == since)
            for kind in ["created", "updated", "destroyed"] {
                for id in changes[kind]?.strings ?? [] {
                    #expect(kind == "created" ? seen[id] == nil : seen[id] == "created" || seen[id] == "updated", "\(kind) \(id)")
                    seen[id] = kind
                }
            }
            since = changes["newState"]?.string ?? ""
            if changes["hasMoreChanges"] == .bool(false) { break }
        }
        #expect(seen[ids[1]] == "destroyed" || seen[ids[1]] == nil)
        #expect(Set(seen.keys).isSuperset(of: [ids[0], ids[2]]))
        #expect(since == (try await test.call("Email/get", "{\(account),\"ids\":[]}")["state"]?.string))
    }
}
