import PostroomCore
import PostroomJMAP
import Testing

/// Push subscriptions as the text of RFC 8620 §7.2 has them.
@Suite("RFC 8620 §7.2, sentence by sentence")
struct PushSentenceTests {
    private func create(
        _ test: TestServer, _ more: String = "", by credential: RequestCredential = .password
    ) async throws -> JSONValue {
        let create = "{\"create\":{\"p\":{\"deviceClientId\":\"d\",\"url\":\"https://push.example.com/x\"\(more)}}}"
        let response = try await test.request("[\"PushSubscription/set\",\(create),\"c\"]", by: credential)
        return response["methodResponses"]?[0]?[1] ?? .null
    }

    @Test("a new one may name its verification code as null; a whole object may be sent back as it is; a code can't be taken back")
    func wholeObjects() async throws {
        let test = try await TestServer()
        let pushing = Task { await test.server.push?.run() }
        defer { pushing.cancel() }
        let made = try await create(test, ",\"verificationCode\":null,\"keys\":null,\"types\":null,\"expires\":null")
        let id = try #require(made["created"]?["p"]?["id"]?.string, "\(made.text)")
        func update(_ patch: String) async throws -> JSONValue {
            try await test.call("PushSubscription/set", "{\"update\":{\"\(id)\":\(patch)}}")
        }
        func whole() async throws -> JSONValue {
            try #require(try await test.call("PushSubscription/get", "{\"ids\":[\"\(id)\"]}")["list"]?[0])
        }
        let same = try await update(try await whole().text)
        #expect(same["updated"]?.object?.count == 1, "\(same.text)")
        #expect(try await update("{\"url\":\"https://push.example.com/x\"}")["updated"]?.object?.count == 1)
        let code = try JSONParser.parse(try await test.poster.wait(for: 1)[0].body)["verificationCode"]?.string ?? ""
        _ = try await update("{\"verificationCode\":\"\(code)\"}")
        #expect(try await whole()["verificationCode"]?.string == code)
        #expect(try await update(try await whole().text)["updated"]?.object?.count == 1)
        for patch in [
            "{\"verificationCode\":null}", "{\"id\":\"p1\"}", "{\"deviceClientId\":\"e\"}", "{\"url\":\"https://push.example.com/y\"}",
        ] {
            #expect(try await update(patch)["notUpdated"]?[id]?["type"]?.string == "invalidProperties", "\(patch)")
        }
        #expect(try await whole()["verificationCode"]?.string == code)
    }

    @Test("a credential that ends by itself bounds a subscription enough: no other bound is set, and it goes with that")
    func timedCredentials() async throws {
        let test = try await TestServer()
        let hash: [UInt8] = [UInt8](repeating: 7, count: 32)
        try await test.store.addSession(
            PostroomCore.Session(
                userID: test.user.id, tokenHash: hash, createdAt: test.clock.now(), expiresAt: test.clock.now().adding(seconds: 90 * 86_400)
            ))
        let session = RequestCredential.session(tokenHash: hash)
        #expect(try await create(test, by: session)["created"]?["p"]?["expires"] == .null)
        let far = try await create(test, ",\"expires\":\"2027-01-31T00:00:00Z\"", by: session)
        #expect(far["created"]?["p"]?["expires"]?.string == "2027-01-31T00:00:00Z", "\(far.text)")
        let plain = try await create(test, ",\"expires\":\"2027-01-31T00:00:00Z\"")
        #expect(plain["created"]?["p"]?["expires"]?.string == "2026-11-30T12:00:00Z", "\(plain.text)")
    }
}
