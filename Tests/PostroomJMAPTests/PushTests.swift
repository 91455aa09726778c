import Crypto
import Foundation
import PostroomCore
@testable import PostroomJMAP
import Testing

@Suite("RFC 8620 §7: event source and push subscriptions")
struct PushTests {
    /// The events of a stream until `count` have come.
    private func events(
        _ test: TestServer, _ count: Int, types: String = "*", last: String? = nil, closes: Bool = false, ping: Int = 0,
        accounts: Bool = false, act: @escaping @Sendable () async throws -> Void
    ) async throws -> [String] {
        let source = EventSource(
            ports: test.server.ports, user: test.user, types: types, closesAfterState: closes, pingSeconds: ping, lastEventID: last,
            tellsAccounts: accounts)
        var seen: [String] = []
        var isFirst = true
        for await piece in source.pieces() {
            if isFirst {
                isFirst = false
                try await act()
                continue
            }
            seen.append(String(decoding: piece, as: UTF8.self))
            if seen.count == count { break }
        }
        return seen
    }

    @Test("§7.3: a change is told with its types; a last event id brings what was missed")
    func stateEvents() async throws {
        let test = try await TestServer()
        let seen = try await events(test, 1, types: "Email,Mailbox") { try await test.deliver(TestServer.message()) }
        let event = try #require(seen.first)
        #expect(event.hasPrefix("event: state\nid: \(test.a)."))
        let data = try JSONValue.json(String(event.split(separator: "data: ")[1]))
        #expect(data["@type"]?.string == "StateChange")
        let states = try #require(data["changed"]?[test.a]?.object)
        #expect(Set(states.entries.map(\.key)) == ["Email", "Mailbox"])
        #expect(states["Email"]?.string == (try await test.call("Email/get", "{\"accountId\":\"\(test.a)\",\"ids\":[]}")["state"]?.string))
        let id = String(event.split(separator: "\n")[1].dropFirst(4))
        try await test.deliver(TestServer.message())
        let missed = try await events(test, 1, last: id) {}
        #expect(missed[0].contains("\"Email\""))
    }

    @Test("§7.3: closeafter=state ends the stream; other users' changes are not told; accounts' health is where asked for")
    func closeAfter() async throws {
        let test = try await TestServer()
        let other = try await test.store.addUser(name: "eve", displayName: "Eve", isAdmin: false, passwordHash: nil)
        let foreign = try await test.addAccount("eve@example.com", owner: other)
        let seen = try await events(test, 99, closes: true, accounts: true) {
            _ = try await test.store.createMailbox(name: "Hers", parentID: nil, role: nil, isSubscribed: true, of: foreign.id)
            try await test.store.setStatus(AccountStatus(phase: .waiting), of: test.account.id)
            try await test.deliver(TestServer.message())
        }
        #expect(!seen.joined().contains(foreign.id.jmap))
        #expect(seen.first == "event: account\ndata: {\"accountId\":\"\(test.a)\",\"phase\":\"waiting\"}\n\n")
        #expect(seen.last?.hasPrefix("event: state") == true)
        let plain = try await events(test, 1) {
            try await test.store.setStatus(AccountStatus(phase: .upToDate), of: test.account.id)
            try await test.deliver(TestServer.message())
        }
        #expect(plain.first?.hasPrefix("event: state") == true)
    }

    @Test("§7.3: pings carry their interval")
    func pings() async throws {
        let test = try await TestServer()
        #expect(try await events(test, 1, ping: 1) {} == ["event: ping\ndata: {\"interval\":1}\n\n"])
    }

    @Test("§7.2: a subscription is verified before anything is sent to it")
    func verification() async throws {
        let test = try await TestServer()
        let pushing = Task { await test.server.push?.run() }
        defer { pushing.cancel() }
        let result = try await test.call(
            "PushSubscription/set",
            "{\"create\":{\"p\":{\"deviceClientId\":\"d\",\"url\":\"https://push.example.com/x\",\"types\":[\"Email\"]}}}")
        let id = try #require(result["created"]?["p"]?["id"]?.string, "\(result.text)")
        #expect(result["created"]?["p"]?["expires"]?.string == "2026-11-30T12:00:00Z")
        let posted = try await test.poster.wait(for: 1)
        let verification = try JSONParser.parse(posted[0].body)
        #expect(verification["@type"]?.string == "PushVerification")
        #expect(verification["pushSubscriptionId"]?.string == id)
        #expect((verification["verificationCode"]?.string?.count ?? 0) >= 22, "128 bits at least")
        try await test.deliver(TestServer.message())
        let wrong = try await test.call("PushSubscription/set", "{\"update\":{\"\(id)\":{\"verificationCode\":\"guess\"}}}")
        #expect(wrong["notUpdated"]?[id]?["properties"]?.strings == ["verificationCode"])
        let code = verification["verificationCode"]?.string ?? ""
        let right = try await test.call("PushSubscription/set", "{\"update\":{\"\(id)\":{\"verificationCode\":\"\(code)\"}}}")
        #expect(right["updated"]?[id] == .null, "\(right.text)")
        #expect(test.poster.all.count == 1)
        try await test.deliver(TestServer.message())
        let pushed = try await test.poster.wait(for: 2)
        let change = try JSONParser.parse(pushed[1].body)
        #expect(change["@type"]?.string == "StateChange")
        #expect(change["changed"]?[test.a]?.object?.entries.map(\.key) == ["Email"])
        #expect(pushed[1].headers["TTL"] != nil)
    }

    @Test("§7.2: get never gives out url and keys; set refuses what is wrong; destroy")
    func getAndSet() async throws {
        let test = try await TestServer()
        let refused = try await test.call(
            "PushSubscription/set",
            """
            {"create":{"http":{"deviceClientId":"d","url":"http://push.example.com/x"},"none":{"url":"https://push.example.com/x"},
             "keys":{"deviceClientId":"d","url":"https://push.example.com/x","keys":{"p256dh":"x","auth":"y"}},
             "code":{"deviceClientId":"d","url":"https://push.example.com/x","verificationCode":"c"}}}
            """)
        #expect(refused["notCreated"]?["http"]?["properties"]?.strings == ["url"])
        #expect(refused["notCreated"]?["none"]?["properties"]?.strings == ["deviceClientId"])
        #expect(refused["notCreated"]?["keys"]?["properties"]?.strings == ["keys"])
        #expect(refused["notCreated"]?["code"]?["properties"]?.strings == ["verificationCode"])
        let made = try await test.call(
            "PushSubscription/set",
            "{\"create\":{\"p\":{\"deviceClientId\":\"d\",\"url\":\"https://push.example.com/x\",\"expires\":\"2026-11-25T00:00:00Z\"}}}")
        let id = try #require(made["created"]?["p"]?["id"]?.string)
        let got = try await test.call("PushSubscription/get", "{\"ids\":null}")["list"]?[0]
        #expect(got?["deviceClientId"]?.string == "d")
        #expect(got?["expires"]?.string == "2026-11-25T00:00:00Z")
        #expect(got?["types"] == .null)
        #expect(got?["url"] == nil)
        #expect(try await test.error("PushSubscription/get", "{\"properties\":[\"url\"]}") == "forbidden")
        for property in ["url", "keys", "deviceClientId", "id"] {
            let fixed = try await test.call("PushSubscription/set", "{\"update\":{\"\(id)\":{\"\(property)\":\"https://x.example.com/\"}}}")
            #expect(fixed["notUpdated"]?[id]?["properties"]?.strings == [property])
        }
        let later = try await test.call("PushSubscription/set", "{\"update\":{\"\(id)\":{\"expires\":\"2030-01-01T00:00:00Z\"}}}")
        #expect(later["updated"]?[id]?["expires"]?.string == "2026-11-30T12:00:00Z")
        #expect(try await test.call("PushSubscription/set", "{\"destroy\":[\"\(id)\"]}")["destroyed"]?.strings == [id])
        #expect(try await test.call("PushSubscription/get", "{\"ids\":[\"\(id)\"]}")["notFound"]?.strings == [id])
    }

    /// Subscribes with some credentials and verifies; the id.
    private func subscribe(
        _ test: TestServer, _ url: String, by credential: RequestCredential = .password, _ more: String = ""
    ) async throws -> String {
        let before = test.poster.all.count
        let made = try await test.request(
            "[\"PushSubscription/set\",{\"create\":{\"p\":{\"deviceClientId\":\"d\",\"url\":\"\(url)\"\(more)}}},\"c\"]", by: credential)
        let id = try #require(made["methodResponses"]?[0]?[1]?["created"]?["p"]?["id"]?.string, "\(made.text)")
        let post = try #require(try await test.poster.wait(for: before + 1).last { $0.url == url })
        let code = try JSONParser.parse(post.body)["verificationCode"]?.string ?? ""
        _ = try await test.request(
            "[\"PushSubscription/set\",{\"update\":{\"\(id)\":{\"verificationCode\":\"\(code)\"}}},\"c\"]", by: credential)
        return id
    }

    private func ids(_ test: TestServer, by credential: RequestCredential = .password) async throws -> [String] {
        try await test.request("[\"PushSubscription/get\",{\"ids\":null},\"c\"]", by: credential)["methodResponses"]?[0]?[1]?["list"]?
            .array?
            .compactMap { $0["id"]?.string } ?? []
    }

    @Test("§7.2: subscriptions are seen by the credentials that made them alone, and end with those")
    func credentials() async throws {
        let test = try await TestServer()
        let pushing = Task { await test.server.push?.run() }
        defer { pushing.cancel() }
        let hash = [UInt8](repeating: 7, count: 32)
        let token = try await test.store.addToken(userID: test.user.id, name: "phone", tokenHash: hash, expiresAt: nil)
        let session = [UInt8](repeating: 8, count: 32)
        try await test.store.addSession(
            PostroomCore.Session(
                userID: test.user.id, tokenHash: session, createdAt: test.clock.now(), expiresAt: test.clock.now().adding(seconds: 60)))
        let byPassword = try await subscribe(test, "https://push.example.com/password")
        let byToken = try await subscribe(test, "https://push.example.com/token", by: .token(hash: hash))
        let bySession = try await subscribe(test, "https://push.example.com/session", by: .session(tokenHash: session))
        #expect(try await ids(test) == [byPassword])
        #expect(try await ids(test, by: .token(hash: hash)) == [byToken])
        let foreign = try await test.call(
            "PushSubscription/set", "{\"update\":{\"\(byToken)\":{\"types\":[]}},\"destroy\":[\"\(bySession)\"]}")
        #expect(foreign["notUpdated"]?[byToken]?["type"]?.string == "notFound")
        #expect(foreign["notDestroyed"]?[bySession]?["type"]?.string == "notFound")
        try await test.deliver(TestServer.message())
        #expect(Set(try await test.poster.wait(for: 6).dropFirst(3).map(\.url)).count == 3)

        // The token is taken back, the session runs out, the password becomes another one.
        #expect(try await test.store.removeToken(token.id, of: test.user.id))
        test.clock.advance(seconds: 61)
        try await test.deliver(TestServer.message())
        #expect(try await test.poster.wait(for: 7).dropFirst(6).map(\.url) == ["https://push.example.com/password"])
        #expect(try await ids(test, by: .token(hash: hash)).isEmpty)
        #expect(try await ids(test, by: .session(tokenHash: session)).isEmpty)
        try await test.store.setPasswordHash("another", of: test.user.id, keeping: nil)
        let last = try await subscribe(test, "https://push.example.com/last")
        try await test.deliver(TestServer.message())
        #expect(try await test.poster.wait(for: 9).dropFirst(8).map(\.url) == ["https://push.example.com/last"])
        #expect(try await ids(test) == [last])
    }

    @Test("§7.2: 429 and 503 pass, any other refusal ends the subscription; nothing after it has expired, and only its types")
    func refusals() async throws {
        let test = try await TestServer()
        let pushing = Task { await test.server.push?.run() }
        defer { pushing.cancel() }
        for (count, status) in [400, 404, 410, 413, 500, 502].enumerated() {
            let url = "https://push.example.com/\(status)"
            _ = try await subscribe(test, url)
            test.poster.answers.update { $0[url] = status }
            try await test.deliver(TestServer.message())
            _ = try await test.poster.wait(for: 2 * (count + 1))
            var attempts = 0
            while try await !ids(test).isEmpty, attempts < 2000 {
                attempts += 1
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await ids(test).isEmpty, "\(status)")
        }
        for status in [429, 503] {
            let url = "https://push.example.com/\(status)"
            let before = test.poster.all.count
            let id = try await subscribe(test, url)
            test.poster.answers.update { $0[url] = status }
            try await test.deliver(TestServer.message())
            _ = try await test.poster.wait(for: before + 2)
            try await test.deliver(TestServer.message())
            #expect(try await test.poster.wait(for: before + 3).count == before + 3)
            #expect(try await ids(test) == [id], "\(status)")
            try await test.call("PushSubscription/set", "{\"destroy\":[\"\(id)\"]}")
        }
        let before = test.poster.all.count
        _ = try await subscribe(test, "https://push.example.com/short", ",\"expires\":\"2026-11-23T12:01:00Z\"")
        _ = try await subscribe(test, "https://push.example.com/mailboxes", ",\"types\":[\"Mailbox\"]")
        test.clock.advance(seconds: 61)
        try await test.deliver(TestServer.message())
        let told = try await test.poster.wait(for: before + 3).dropFirst(before + 2)
        #expect(told.map(\.url) == ["https://push.example.com/mailboxes"])
        #expect(try JSONParser.parse(told.first?.body ?? [])["changed"]?[test.a]?.object?.entries.map(\.key) == ["Mailbox"])
    }

    @Test("§7.2, RFC 8030 §5, RFC 8291: what is posted is JSON with a TTL, encrypted where there are keys, and the keys' owner can read it")
    func posted() async throws {
        let test = try await TestServer()
        let pushing = Task { await test.server.push?.run() }
        defer { pushing.cancel() }
        let key = P256.KeyAgreement.PrivateKey()
        let secret = [UInt8](repeating: 5, count: 16)
        func base64(_ bytes: some Sequence<UInt8>) -> String {
            Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        let made = try await test.call(
            "PushSubscription/set",
            """
            {"create":{"p":{"deviceClientId":"d","url":"https://push.example.com/sealed",
             "keys":{"p256dh":"\(base64(key.publicKey.x963Representation))","auth":"\(base64(secret))"}}}}
            """)
        let id = try #require(made["created"]?["p"]?["id"]?.string, "\(made.text)")
        let post = try #require(try await test.poster.wait(for: 1).first)
        #expect(post.headers["Content-Type"] == "application/json")
        #expect(post.headers["Content-Encoding"] == "aes128gcm")
        #expect(post.headers["TTL"].flatMap { Int($0) } ?? 0 > 0)
        #expect(["very-low", "low", "normal", "high"].contains(post.headers["Urgency"]))
        // RFC 8291 §3.4 and RFC 8188 §2.1 from the receiver's side.
        let body = post.body
        let salt = Array(body[0..<16])
        let length = Int(body[20])
        let server = try P256.KeyAgreement.PublicKey(x963Representation: Data(body[21..<21 + length]))
        let shared = try key.sharedSecretFromKeyAgreement(with: server)
        let info = Array("WebPush: info".utf8) + [0] + Array(key.publicKey.x963Representation) + Array(server.x963Representation)
        let material = shared.hkdfDerivedSymmetricKey(using: SHA256.self, salt: secret, sharedInfo: info, outputByteCount: 32)
        func derive(_ name: String, _ count: Int) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: material, salt: salt, info: Array(name.utf8) + [0], outputByteCount: count)
        }
        let nonce = derive("Content-Encoding: nonce", 12).withUnsafeBytes { Array($0) }
        let sealed = body[(21 + length)...]
        let box = try AES.GCM.SealedBox(nonce: .init(data: nonce), ciphertext: sealed.dropLast(16), tag: sealed.suffix(16))
        let plain = try AES.GCM.open(box, using: derive("Content-Encoding: aes128gcm", 16))
        // The last record ends with 2 and zeros (RFC 8188 §2).
        let end = try #require(plain.lastIndex { $0 != 0 })
        #expect(plain[end] == 2)
        #expect(try JSONParser.parse(Array(plain[..<end]))["pushSubscriptionId"]?.string == id)
        #expect(body.count <= 4096)
        // Another message, another salt and another key of ours.
        let other = try PushEncryption.seal([1], p256dh: base64(key.publicKey.x963Representation), auth: base64(secret))
        #expect(Array(other[0..<16]) != salt)
        #expect(Array(other[21..<86]) != Array(body[21..<86]))
    }

    @Test("RFC 8291 §5: the RFC's own example, octet for octet")
    func encryption() throws {
        let salt = PushEncryption.bytes("DGv6ra1nlYgDCS1FRnbzlw")
        let key = PushEncryption.bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw") ?? []
        let sealed = try PushEncryption.seal(
            Array("When I grow up, I want to be a watermelon".utf8),
            p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            auth: "BTBZMqHH6r4Tts7J_aSIgg",
            salt: salt, serverKey: try P256.KeyAgreement.PrivateKey(rawRepresentation: Data(key)))
        let expected = """
            DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4M\
            qgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN
            """
        #expect(sealed == PushEncryption.bytes(expected))
    }
}
