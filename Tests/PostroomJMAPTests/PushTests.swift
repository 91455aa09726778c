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
        let later = try await test.call("PushSubscription/set", "{\"update\":{\"\(id)\":{\"expires\":\"2030-01-01T00:00:00Z\"}}}")
        #expect(later["updated"]?[id]?["expires"]?.string == "2026-11-30T12:00:00Z")
        #expect(try await test.call("PushSubscription/set", "{\"destroy\":[\"\(id)\"]}")["destroyed"]?.strings == [id])
        #expect(try await test.call("PushSubscription/get", "{\"ids\":[\"\(id)\"]}")["notFound"]?.strings == [id])
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
