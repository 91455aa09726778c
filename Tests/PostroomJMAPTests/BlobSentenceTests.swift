import PostroomCore
import PostroomJMAP
import Testing

/// Blobs as the text of RFC 8620 §6 has them.
@Suite("RFC 8620 §6, sentence by sentence")
struct BlobSentenceTests {
    @Test("§6.1: an upload is there for its uploader alone, even in a shared account; an email is for all who may read it")
    func uploaders() async throws {
        let test = try await TestServer()
        let eve = try await test.store.addUser(name: "eve", displayName: "Eve", isAdmin: false, passwordHash: nil)
        _ = try await test.store.setShare(of: test.account.id, with: eve.id, right: .write)
        let text = TestServer.message(subject: "Mine").replacing("\n", with: "\r\n")
        let blob = try await test.upload(text)
        let inbox = try await test.mailbox(.inbox)
        func call(_ name: String, _ arguments: String) async throws -> JSONValue {
            let response = try await test.request("[\"\(name)\",{\"accountId\":\"\(test.a)\",\(arguments)},\"c\"]", as: eve)
            return response["methodResponses"]?[0]?[1] ?? .null
        }
        let problem = try await #require(throws: RequestProblem.self) {
            try await test.server.download(account: test.a, blob: blob, user: eve)
        }
        #expect(problem.status == 404)
        #expect(try await call("Email/parse", "\"blobIds\":[\"\(blob)\"]")["notFound"]?.strings == [blob])
        #expect(try await call("Blob/get", "\"ids\":[\"\(blob)\"]")["notFound"]?.strings == [blob])
        #expect(try await call("Blob/lookup", "\"ids\":[\"\(blob)\"],\"typeNames\":[\"Email\"]")["notFound"]?.strings == [blob])
        let taken = try await call("Email/import", "\"emails\":{\"x\":{\"blobId\":\"\(blob)\",\"mailboxIds\":{\"\(inbox)\":true}}}")
        #expect(taken["notCreated"]?["x"]?["properties"]?.strings == ["blobId"])
        let attached = try await call(
            "Email/set", "\"create\":{\"x\":{\"mailboxIds\":{\"\(inbox)\":true},\"attachments\":[{\"blobId\":\"\(blob)\"}]}}")
        #expect(attached["notCreated"]?["x"]?["notFound"]?.strings == [blob])
        // Who has the bytes himself may name them so; an email's are everybody's who may read it.
        _ = try await test.server.upload(account: test.a, type: "message/rfc822", user: eve) { Array(text.utf8) }
        #expect(
            try await call("Blob/get", "\"ids\":[\"\(blob)\"],\"properties\":[\"size\"]")["list"]?[0]?["size"]?.integer == text.utf8.count)
        let email = try await test.deliver(TestServer.message(subject: "Everybody's"))
        let source = try await test.get("Email", email, ",\"properties\":[\"blobId\"]")["blobId"]?.string ?? ""
        #expect(try await !test.server.download(account: test.a, blob: source, user: eve).isEmpty)
    }

    @Test("§6.3: what is not there is notFound; an id that is named twice stands in the answer once")
    func copies() async throws {
        let test = try await TestServer()
        let other = try await test.addAccount("ann@other.example")
        let blob = try await test.upload("x", type: "text/plain")
        let result = try await test.call(
            "Blob/copy",
            "{\"fromAccountId\":\"\(test.a)\",\"accountId\":\"\(other.id.jmap)\",\"blobIds\":[\"\(blob)\",\"nope\",\"\(blob)\",\"nope\"]}")
        #expect(result["copied"]?.object?.count == 1)
        #expect(result["notCopied"]?["nope"]?["type"]?.string == "notFound")
        let none = try await test.call(
            "Blob/copy", "{\"fromAccountId\":\"\(test.a)\",\"accountId\":\"\(other.id.jmap)\",\"blobIds\":[\"\(blob)\"]}")
        #expect(none["notCopied"] == .null)
        for (method, argument) in [("Blob/get", "ids"), ("Email/parse", "blobIds")] {
            let twice = try await test.call(method, "{\"accountId\":\"\(test.a)\",\"\(argument)\":[\"\(blob)\",\"\(blob)\",\"no\",\"no\"]}")
            #expect(twice["notFound"]?.strings == ["no"], "\(twice.text)")
        }
    }
}
