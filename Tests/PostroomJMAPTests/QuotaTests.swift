import PostroomCore
import PostroomJMAP
import Testing

@Suite("RFC 9425: quotas")
struct QuotaTests {
    private let storage = ServerQuota(name: "User quota", resource: .octets, used: 1_000, hardLimit: 204_800)
    private let messages = ServerQuota(name: "User quota (message)", resource: .count, used: 7, hardLimit: 100)

    private func call(_ test: TestServer, _ name: String, _ arguments: String) async throws -> JSONValue {
        let response = try await test.request(
            "[\"\(name)\",{\"accountId\":\"\(test.a)\"\(arguments.isEmpty ? "" : "," + arguments)},\"c\"]",
            using: ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:quota"])
        return response["methodResponses"]?[0]?[1] ?? .null
    }

    @Test("§4.1, §4.2: get; changes name what moved; only the use: updatedProperties")
    func objects() async throws {
        let test = try await TestServer()
        let session = try JSONParser.parse(try await test.server.session(of: test.user, baseURL: "https://x"))
        #expect(session["capabilities"]?["urn:ietf:params:jmap:quota"]?.object != nil)
        #expect(session["accounts"]?[test.a]?["accountCapabilities"]?["urn:ietf:params:jmap:quota"]?.object != nil)
        let none = try await call(test, "Quota/get", "")
        #expect(none["list"]?.array?.count == 0)
        try await test.store.replaceQuotas(with: [storage, messages], of: test.account.id)
        let all = try await call(test, "Quota/get", "\"ids\":null")
        let first = try #require(all["list"]?[0])
        #expect(
            first.text
                == """
                {"id":"\(first["id"]?.string ?? "")","resourceType":"octets","used":1000,"hardLimit":204800,"scope":"account",\
                "name":"User quota","types":["Email"],"warnLimit":null,"softLimit":null,"description":null}
                """)
        let id = first["id"]?.string ?? ""
        let one = try await call(test, "Quota/get", "\"ids\":[\"\(id)\",\"nope\"],\"properties\":[\"used\"]")
        #expect(one["list"]?.text == "[{\"id\":\"\(id)\",\"used\":1000}]")
        #expect(one["notFound"]?.strings == ["nope"])
        let state = all["state"]?.string ?? ""
        #expect(try await call(test, "Quota/changes", "\"sinceState\":\"\(none["state"]?.string ?? "")\"")["created"]?.array?.count == 2)
        // The same again is no change.
        try await test.store.replaceQuotas(with: [storage, messages], of: test.account.id)
        #expect(try await call(test, "Quota/get", "\"ids\":[]")["state"]?.string == state)
        var fuller = storage
        fuller.used = 2_000
        try await test.store.replaceQuotas(with: [fuller, messages], of: test.account.id)
        let used = try await call(test, "Quota/changes", "\"sinceState\":\"\(state)\"")
        #expect(used["updated"]?.strings == [id])
        #expect(used["updatedProperties"]?.strings == ["used"])
        fuller.hardLimit = 500
        try await test.store.replaceQuotas(with: [fuller], of: test.account.id)
        let more = try await call(test, "Quota/changes", "\"sinceState\":\"\(state)\"")
        #expect(more["updated"]?.strings == [id])
        #expect(more["updatedProperties"] == .null)
        #expect(more["destroyed"]?.array?.count == 1)
    }

    @Test("the limit that an administrator sets here stands beside the server's")
    func ownLimit() async throws {
        let test = try await TestServer()
        try await test.deliver(TestServer.message())
        try await test.store.setQuota(StorageQuota(maxBytes: 1 << 20, maxEmails: 5), of: test.account.id)
        try await test.store.replaceQuotas(with: [storage], of: test.account.id)
        let list = try await call(test, "Quota/get", "")["list"]?.array ?? []
        #expect(list.map { $0["name"]?.string } == ["User quota", "Postroom", "Postroom (message)"])
        #expect(list.map { $0["hardLimit"]?.integer } == [204_800, 1 << 20, 5])
        #expect(list.map { $0["used"]?.integer ?? 0 }.last == 1)
    }

    @Test("§4.3, §4.4: query by name, scope, resource and type; changes of it; what can't be asked")
    func queries() async throws {
        let test = try await TestServer()
        try await test.store.replaceQuotas(with: [storage, messages], of: test.account.id)
        let ids = try await call(test, "Quota/get", "")["list"]?.array?.compactMap { $0["id"]?.string } ?? []
        func found(_ arguments: String) async throws -> [String] {
            try await call(test, "Quota/query", arguments)["ids"]?.strings ?? ["error"]
        }
        #expect(try await found("") == ids)
        #expect(try await found("\"filter\":{\"resourceType\":\"count\"}") == [ids[1]])
        #expect(try await found("\"filter\":{\"name\":\"QUOTA (m\"}") == [ids[1]])
        #expect(try await found("\"filter\":{\"scope\":\"domain\"}") == [])
        #expect(try await found("\"filter\":{\"type\":\"Email\",\"scope\":\"account\"}") == ids)
        #expect(try await found("\"sort\":[{\"property\":\"used\"}]") == ids.reversed())
        #expect(try await found("\"sort\":[{\"property\":\"name\",\"isAscending\":false}]") == ids.reversed())
        #expect(try await call(test, "Quota/query", "\"filter\":{\"x\":\"y\"}")["type"]?.string == "unsupportedFilter")
        #expect(try await call(test, "Quota/query", "\"sort\":[{\"property\":\"hardLimit\"}]")["type"]?.string == "unsupportedSort")
        let state = try await call(test, "Quota/query", "")["queryState"]?.string ?? ""
        try await test.store.replaceQuotas(with: [messages], of: test.account.id)
        let changes = try await call(test, "Quota/queryChanges", "\"sinceQueryState\":\"\(state)\"")
        #expect(changes["removed"]?.strings == [ids[0]])
        #expect(changes["added"]?.array?.count == 0)
    }
}
