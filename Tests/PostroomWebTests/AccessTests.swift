import Foundation
import Hummingbird
import HummingbirdTesting
import PostroomJMAP
import Testing

@testable import PostroomWeb

@Suite("Who comes in")
struct AccessTests {
    @Test("a stranger gets nothing but the sign-in")
    func stranger() async throws {
        try await WebFixture().run { client in
            for path in ["profile", "tokens", "users", "providers", "domains", "accounts", "settings", "discovery?address=a@b.org"] {
                let answer = try await client.send(.get, "/api/v1/\(path)")
                #expect(answer.status == 401, "\(path)")
                #expect(answer.code == "not-signed-in")
                #expect(answer.headers[.wwwAuthenticate] != nil)
            }
            #expect(try await client.send(.get, "/.well-known/jmap").status == 401)
            let session = try await client.send(.get, "/api/v1/session")
            #expect(session.status == 200)
            #expect(session.json["user"]?.isNull == true)
        }
    }

    @Test("a session cookie signs in, changes only with the page's own header, and ends")
    func session() async throws {
        try await WebFixture().run { client in
            let signedIn = try await client.send(.post, "/api/v1/session", ["name": "MARY", "password": "mary-password"])
            #expect(signedIn.status == 200)
            let cookie = try #require(signedIn.headers[.setCookie])
            #expect(cookie.contains("HttpOnly"))
            #expect(cookie.contains("SameSite=Lax"))
            let pair = String(cookie.prefix { $0 != ";" })
            #expect(try await client.send(.get, "/api/v1/profile", headers: [.cookie: pair]).json["name"]?.string == "mary")
            let forged = try await client.send(.patch, "/api/v1/profile", ["displayName": "X"], headers: [.cookie: pair])
            #expect(forged.code == "cross-site")
            let own: HTTPFields = [.cookie: pair, AuthenticationMiddleware.ownPage: "1"]
            #expect(try await client.send(.patch, "/api/v1/profile", ["displayName": "M"], headers: own).status == 200)
            #expect(try await client.send(.delete, "/api/v1/session", headers: own).status == 204)
            #expect(try await client.send(.get, "/api/v1/profile", headers: [.cookie: pair]).status == 401)
        }
    }

    @Test("guessing is slowed down and said so")
    func guessing() async throws {
        try await WebFixture().run { client in
            var statuses: [Int] = []
            while statuses.last != 429, statuses.count < 40 {
                statuses.append(try await client.send(.post, "/api/v1/session", ["name": "mary", "password": "wrong-one"]).status)
            }
            #expect(statuses.prefix(5) == [401, 401, 401, 401, 401])
            #expect(statuses.last == 429)
        }
    }

    @Test("a token acts as its user until it is revoked")
    func tokens() async throws {
        try await WebFixture().run { client in
            let made = try await client.send(.post, "/api/v1/tokens", ["name": "script"], as: "mary")
            #expect(made.status == 201)
            let secret = try #require(made.json["secret"]?.string)
            let bearer: HTTPFields = [.authorization: "Bearer \(secret)"]
            #expect(try await client.send(.get, "/api/v1/profile", headers: bearer).json["name"]?.string == "mary")
            let list = try await client.send(.get, "/api/v1/tokens", as: "mary")
            #expect(!list.text.contains(secret))
            let id = try #require(made.json["token"]?.object?["id"]?.string)
            #expect(try await client.send(.delete, "/api/v1/tokens/\(id)", as: "root").status == 404)
            #expect(try await client.send(.delete, "/api/v1/tokens/\(id)", as: "mary").status == 204)
            #expect(try await client.send(.get, "/api/v1/profile", headers: bearer).status == 401)
        }
    }

    @Test("the one-time link makes one administrator, once")
    func setup() async throws {
        let fixture = try await WebFixture()
        for user in try await fixture.store.users() { try await fixture.store.removeUser(user.id) }
        let token = try await fixture.services.access.makeSetupToken()
        try await fixture.run { client in
            #expect(try await client.send(.get, "/api/v1/session").json["setupRequired"]?.bool == true)
            #expect(try await client.send(.get, "/api/v1/setup?token=\(token)").status == 200)
            #expect(try await client.send(.get, "/api/v1/setup?token=other").status == 410)
            let short = try await client.send(.post, "/api/v1/setup", ["token": .string(token), "name": "boss", "password": "short"])
            #expect(short.code == "password-too-short")
            let body: JSONValue = ["token": .string(token), "name": "boss", "password": "long enough"]
            let made = try await client.send(.post, "/api/v1/setup", body)
            #expect(made.status == 201)
            #expect(made.json["user"]?.object?["isAdmin"]?.bool == true)
            #expect(try await client.send(.post, "/api/v1/setup", body).status == 410)
        }
    }

    @Test("members do not administer, and the last administrator stays")
    func rights() async throws {
        try await WebFixture().run { client in
            for path in ["users", "settings", "audit", "accounts?all=1"] {
                #expect(try await client.send(.get, "/api/v1/\(path)", as: "mary").status == 403, "\(path)")
            }
            let users = try await client.send(.get, "/api/v1/users", as: "root").json["users"]?.array ?? []
            let root = try #require(users.compactMap(\.object).first { $0["name"]?.string == "root" }?["id"]?.string)
            #expect(try await client.send(.delete, "/api/v1/users/\(root)", as: "root").code == "last-administrator")
            #expect(try await client.send(.patch, "/api/v1/users/\(root)", ["isAdmin": false], as: "root").code == "last-administrator")
        }
    }

    @Test("the owner of the data folder acts for everybody, nobody else does")
    func operating() async throws {
        try await WebFixture().run { client in
            let mary = Data("mary".utf8).base64EncodedString()
            let own: HTTPFields = [.authorization: "Bearer operator-secret", AuthenticationMiddleware.actAs: mary]
            #expect(try await client.send(.get, "/api/v1/profile", headers: own).json["name"]?.string == "mary")
            let other: HTTPFields = [.authorization: "Bearer operator-secreT", AuthenticationMiddleware.actAs: mary]
            #expect(try await client.send(.get, "/api/v1/profile", headers: other).status == 401)
            let noRight = try await client.send(.get, "/api/v1/profile", as: "root", headers: [AuthenticationMiddleware.actAs: mary])
            #expect(noRight.json["name"]?.string == "root")
        }
    }

    @Test("the page answers at / and /mail with its policy, and nothing outside it")
    func page() async throws {
        try await WebFixture().run { client in
            for path in ["/", "/mail", "/mail/e1"] {
                let page = try await client.send(.get, path)
                #expect(page.status == 200)
                #expect(page.text.contains("<!doctype html>"))
                #expect(page.headers[.contentSecurityPolicy]?.contains("object-src 'none'") == true)
            }
            for path in ["/../Package.swift", "/%2e%2e/Package.swift", "/nothing.js"] {
                #expect(try await client.send(.get, path).status >= 400, "\(path)")
            }
            #expect(try await client.send(.get, "/healthz").text == "ok\n")
            #expect(try await client.send(.get, "/readyz").status == 200)
        }
    }

    @Test("every documented address is served, and every served one documented")
    func documented() async throws {
        try await WebFixture().run { client in
            let document = try await client.send(.get, "/api/v1/openapi.json")
            let paths = try #require(document.json["paths"]?.object)
            #expect(paths.count > 25)
            for (path, item) in paths.entries {
                var address = path
                for name in ["{id}", "{sid}", "{user}", "{email}", "{domain}"] {
                    address = address.replacingOccurrences(of: name, with: "999")
                }
                for (method, _) in item.object?.entries ?? [] where ["get", "post", "patch", "delete"].contains(method) {
                    guard let verb = HTTPRequest.Method(method.uppercased()) else { continue }
                    let answer = try await client.send(verb, address, verb == .get || verb == .delete ? nil : [:], as: "root")
                    // A route that is not there answers 404 for a "page"; one that is has its own words.
                    #expect(answer.status != 405 && answer.json["title"]?.string != "There is no such page", "\(method) \(path)")
                }
            }
        }
    }
}
