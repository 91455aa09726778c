import Foundation
import PostroomJMAP
import Testing

@testable import PostroomWeb

@Suite("Providers, domains, accounts over REST")
struct DirectoryRoutesTests {
    static let provider: JSONValue = [
        "name": "Example Mail", "imap": ["host": "imap.example.org"], "smtp": ["host": "smtp.example.org"], "domains": ["example.org"],
    ]

    private func addProvider(_ client: WebClient, as user: String = "root", _ body: JSONValue = provider) async throws -> String {
        let answer = try await client.send(.post, "/api/v1/providers", body, as: user)
        #expect(answer.status == 201, "\(answer.text)")
        return answer.json["id"]?.string ?? ""
    }

    @Test("a provider has the defaults of the form; port and security propose each other")
    func defaults() async throws {
        try await WebFixture().run { client in
            let made = try await client.send(.post, "/api/v1/providers", Self.provider, as: "root").json
            #expect(made["imap"] == ["host": "imap.example.org", "port": 993, "security": "ssl"])
            #expect(made["smtp"] == ["host": "smtp.example.org", "port": 465, "security": "ssl"])
            #expect(made["loginFormat"] == "email")
            #expect(made["authentication"] == "basic")
            #expect(made["isShared"] == true)
            let id = try #require(made["id"]?.string)
            let changed = try await client.send(
                .patch, "/api/v1/providers/\(id)", ["imap": ["port": 143], "smtp": ["security": "starttls"]], as: "root"
            ).json
            #expect(changed["imap"] == ["host": "imap.example.org", "port": 143, "security": "starttls"])
            #expect(changed["smtp"] == ["host": "smtp.example.org", "port": 587, "security": "starttls"])
        }
    }

    @Test("what is wrong comes at once, by field, in the reader's language")
    func problems() async throws {
        try await WebFixture().run { client in
            let body: JSONValue = ["imap": ["host": "imap@domain.com"], "smtp": ["host": "", "port": 455]]
            let answer = try await client.send(.post, "/api/v1/providers", body, as: "root", headers: [.acceptLanguage: "ru"])
            #expect(answer.status == 422)
            let errors = (answer.json["errors"]?.array ?? []).compactMap(\.object)
            #expect(Set(errors.compactMap { $0["code"]?.string }) == ["host-looks-like-address", "required", "port-455"])
            #expect(errors.first { $0["code"] == "host-looks-like-address" }?["suggestion"] == "imap.domain.com")
            #expect(errors.first { $0["code"] == "port-455" }?["suggestion"] == 465)
            #expect(answer.text.contains("опечатка"))
            let unknown = try await client.send(.post, "/api/v1/domains", ["domain": "a.org", "providerId": "1", "x": 1], as: "root")
            #expect(unknown.code == "unknown-member")
            #expect(try await client.send(.post, "/api/v1/domains", "text", as: "root").code == "bad-request")
        }
    }

    @Test("a member's provider serves him alone until it is shared; adding can be kept to administrators")
    func ownership() async throws {
        try await WebFixture().run { client in
            let id = try await addProvider(client, as: "mary")
            _ = try await client.send(.post, "/api/v1/users", ["name": "paul", "password": "paul-password"], as: "root")
            #expect(try await client.send(.get, "/api/v1/providers/\(id)", as: "paul").status == 404)
            #expect(try await client.send(.get, "/api/v1/discovery?address=x@example.org", as: "paul").json["match"] == "none")
            #expect(try await client.send(.post, "/api/v1/providers/\(id)/share", as: "mary").status == 403)
            #expect(try await client.send(.post, "/api/v1/providers/\(id)/share", as: "root").status == 200)
            #expect(try await client.send(.get, "/api/v1/discovery?address=x@example.org", as: "paul").json["match"] == "directory")
            #expect(try await client.send(.delete, "/api/v1/providers/\(id)", as: "paul").status == 403)

            _ = try await client.send(.patch, "/api/v1/settings", ["providersByAdministrators": true], as: "root")
            #expect(try await client.send(.post, "/api/v1/providers", Self.provider, as: "paul").code == "providers-by-administrators")
            let wish: JSONValue = ["address": "paul@rare.example", "note": "please"]
            let asked = try await client.send(.post, "/api/v1/provider-requests", wish, as: "paul")
            #expect(asked.status == 201)
            let seen = try await client.send(.get, "/api/v1/provider-requests", as: "root").json["requests"]?.array
            #expect(seen?.count == 1)
            #expect(try await client.send(.get, "/api/v1/provider-requests", as: "mary").json["requests"]?.array?.isEmpty == true)
        }
    }

    @Test("an account is saved only when both sides let it in; then its provider can't go")
    func accounts() async throws {
        let fixture = try await WebFixture()
        try await fixture.run { client in
            let id = try await addProvider(client)
            var body: JSONObject = ["address": "mary@example.org", "providerId": .string(id), "password": "wrong"]
            let refused = try await client.send(.post, "/api/v1/accounts", .object(body), as: "mary")
            #expect(refused.status == 422)
            #expect(refused.code == "sign-in-failed")
            #expect(refused.json["field"] == "password")
            let verdicts = refused.json["verdicts"]?.object
            for side in ["imap", "smtp"] {
                #expect(verdicts?[side]?.object?["verdict"] == "failed")
                #expect(verdicts?[side]?.object?["diagnosis"]?.object?["code"] == "wrong-credentials")
            }
            #expect(try await client.send(.get, "/api/v1/accounts", as: "mary").json["accounts"]?.array?.isEmpty == true)

            body.set("password", to: "right")
            let saved = try await client.send(.post, "/api/v1/accounts", .object(body), as: "mary")
            #expect(saved.status == 201)
            #expect(saved.json["isDefault"] == true)
            #expect(!saved.text.contains("right\""))
            #expect(try await client.send(.post, "/api/v1/accounts", .object(body), as: "mary").code == "duplicate")
            let account = try #require(saved.json["id"]?.string)

            let inUse = try await client.send(.delete, "/api/v1/providers/\(id)", as: "root")
            #expect(inUse.status == 409)
            #expect(inUse.code == "provider-in-use")
            #expect(inUse.json["accounts"]?.array?.first?.object?["address"] == "mary@example.org")
            #expect(inUse.json["detail"]?.string?.contains("mary@example.org") == true)

            let wrong = try await client.send(.patch, "/api/v1/accounts/\(account)", ["password": "changed"], as: "mary")
            #expect(wrong.code == "sign-in-failed")
            let changed = try await client.send(
                .patch, "/api/v1/accounts/\(account)", ["historyDays": 90, "signature": ["text": "M."], "isPaused": true], as: "mary")
            #expect(changed.json["historyDays"] == 90)
            #expect(changed.json["signature"]?.object?["text"] == "M.")
            #expect(changed.json["status"]?.object?["phase"] == "paused")

            #expect(try await client.send(.get, "/api/v1/accounts/\(account)/submissions", as: "root").status == 404)
            #expect(try await client.send(.delete, "/api/v1/accounts/\(account)", as: "mary").status == 204)
            #expect(try await client.send(.delete, "/api/v1/providers/\(id)", as: "root").status == 204)
        }
        let kept = FileManager.default.contents(atPath: fixture.folder + "/postroom.db") ?? Data()
        #expect(!kept.isEmpty && kept.range(of: Data("right".utf8)) == nil)
    }

    @Test(
        "discovery asks for what the login format needs",
        arguments: [
            ("email", "password"), ("mailbox-name", "password"), ("manual", "login"),
        ])
    func discovery(_ format: String, _ step: String) async throws {
        try await WebFixture().run { client in
            var body = try #require(Self.provider.object)
            body.set("loginFormat", to: .string(format))
            _ = try await addProvider(client, .object(body))
            let found = try await client.send(.get, "/api/v1/discovery?address=a@EXAMPLE.org", as: "mary").json
            #expect(found["match"] == "directory")
            #expect(found["nextStep"]?.string == step)
            let unknown = try await client.send(.get, "/api/v1/discovery?address=a@other.org", as: "mary").json
            #expect(unknown["nextStep"] == "choose")
            #expect(try await client.send(.get, "/api/v1/discovery?address=nonsense", as: "mary").code == "invalid-address")
        }
    }
}
