import Foundation
import PostroomJMAP
import Testing

@testable import PostroomWeb

@Suite("Sharing accounts over REST")
struct SharingRoutesTests {
    /// mary's account; the ids of it, of mary and of paul.
    private func prepare(_ client: WebClient) async throws -> (account: String, jmap: String, paul: String) {
        _ = try await client.send(.post, "/api/v1/users", ["name": "paul", "password": "paul-password"], as: "root")
        let users = try await client.send(.get, "/api/v1/users", as: "root").json["users"]?.array ?? []
        let paul = try #require(users.compactMap(\.object).first { $0["name"] == "paul" }?["id"]?.string)
        let provider = try await client.send(.post, "/api/v1/providers", DirectoryRoutesTests.provider, as: "root").json["id"]?.string ?? ""
        let account = try await client.send(
            .post, "/api/v1/accounts", ["address": "mary@example.org", "providerId": .string(provider), "password": "right"], as: "mary")
        #expect(account.status == 201, "\(account.text)")
        return (try #require(account.json["id"]?.string), try #require(account.json["jmapAccountId"]?.string), paul)
    }

    @Test("the owner shares, lists and ends; the other user may leave; nobody else has a say")
    func sharing() async throws {
        try await WebFixture().run { client in
            let (id, jmap, paul) = try await prepare(client)
            let shares = "/api/v1/accounts/\(id)/shares"
            for (method, path, body) in [
                ("GET", shares, nil), ("POST", shares, ["user": "paul", "right": "send"] as JSONValue),
                ("DELETE", "\(shares)/\(paul)", nil),
            ] {
                let answer = try await client.send(.init(method)!, path, body, as: "paul")
                #expect(answer.status == 404, "\(method) \(answer.text)")
            }
            #expect(try await client.send(.post, shares, ["user": "nobody", "right": "read"], as: "mary").code == "not-found")
            #expect(try await client.send(.post, shares, ["user": "mary", "right": "read"], as: "mary").code == "share-with-owner")
            #expect(try await client.send(.post, shares, ["user": "paul", "right": "own"], as: "mary").status == 422)
            #expect(try await client.send(.post, shares, ["user": "paul"], as: "mary").code == "required")
            let made = try await client.send(.post, shares, ["user": "Paul", "right": "read"], as: "mary")
            #expect(made.status == 201)
            #expect(made.json["right"] == "read")
            #expect(made.json["userId"]?.string == paul)
            let list = try await client.send(.get, shares, as: "mary").json["shares"]?.array ?? []
            #expect(list.count == 1 && list[0].object?["userName"] == "paul")
            let seen = try await client.send(.get, "/api/v1/accounts", as: "paul").json["accounts"]?.array?.first?.object
            #expect(seen?["access"] == "read")
            #expect(seen?["login"] == "")
            #expect(seen?["sendEnabled"] == false)
            #expect(seen?["isDefault"] == false)
            #expect(try await client.send(.get, "/api/v1/accounts/\(id)", as: "mary").json["access"] == "owner")
            // An administrator shares too, but reads no mail.
            #expect(try await client.send(.post, shares, ["user": "paul", "right": "write"], as: "root").status == 201)
            #expect(try await client.send(.get, "/api/v1/accounts/\(id)/submissions", as: "root").status == 404)
            #expect(try await client.send(.get, "/.well-known/jmap", as: "root").json["accounts"]?.object?.entries.map(\.key) == [])
            #expect(try await client.send(.get, "/.well-known/jmap", as: "paul").json["accounts"]?.object?.entries.map(\.key) == [jmap])
            #expect(try await client.send(.delete, "\(shares)/\(paul)", as: "paul").status == 204)
            #expect(try await client.send(.get, "/api/v1/accounts/\(id)", as: "paul").status == 404)
            let entries = try await client.send(.get, "/api/v1/audit", as: "root").json["entries"]?.array ?? []
            let actions = entries.compactMap { $0.object?["action"]?.string }
            #expect(actions.contains("account.share") && actions.contains("account.unshare"))
        }
    }

    @Test("every route of an account asks for the right: a stranger finds nothing, a reader changes nothing")
    func routes() async throws {
        try await WebFixture().run { client in
            let (id, _, _) = try await prepare(client)
            let account = "/api/v1/accounts/\(id)"
            let reading = [
                ("GET", account), ("GET", "\(account)/placements"), ("GET", "\(account)/search-filter?query=x"),
                ("GET", "\(account)/submissions"),
            ]
            let message = ("GET", "\(account)/emails/e1/html")
            let sending = [("POST", "\(account)/submissions/s1/resend"), ("POST", "\(account)/submissions/s1/dismiss")]
            let owning = [
                ("PATCH", account), ("DELETE", account), ("POST", "\(account)/pause"), ("POST", "\(account)/resume"),
                ("POST", "\(account)/sync"),
                ("POST", "\(account)/doctor"), ("GET", "\(account)/folders"), ("GET", "\(account)/shares"), ("POST", "\(account)/shares"),
            ]
            func statuses(_ requests: [(String, String)]) async throws -> [Int] {
                var statuses: [Int] = []
                for (method, path) in requests {
                    let body: JSONValue? =
                        method == "PATCH"
                        ? ["displayName": "Mine now"]
                        : path.hasSuffix("shares") && method == "POST" ? ["user": "paul", "right": "send"] : nil
                    statuses.append(try await client.send(.init(method)!, path, body, as: "paul").status)
                }
                return statuses
            }
            #expect(try await statuses(reading + [message] + sending + owning) == Array(repeating: 404, count: 16))
            for right in ["read", "write"] {
                _ = try await client.send(.post, "\(account)/shares", ["user": "paul", "right": .string(right)], as: "mary")
                #expect(try await statuses(reading) == [200, 200, 200, 200], "\(right)")
                #expect(try await statuses(sending) == [403, 403], "\(right)")
                #expect(try await statuses(owning) == Array(repeating: 404, count: 9), "\(right)")
            }
            _ = try await client.send(.post, "\(account)/shares", ["user": "paul", "right": "send"], as: "mary")
            // The right is there, the submission is not.
            #expect(try await statuses(sending) == [404, 404])
            #expect(try await client.send(.get, account, as: "mary").json["displayName"] == "")
        }
    }
}
