import PostroomCore
import PostroomJMAP
import Testing

@Suite("RFC 8620 §6, RFC 9404: blobs")
struct BlobTests {
    @Test("§6.1, §6.2: up and down again, byte for byte; what is not there")
    func upAndDown() async throws {
        let test = try await TestServer()
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
        let json = try JSONParser.parse(
            try await test.server.upload(account: test.a, type: "application/x-thing", user: test.user) { bytes })
        #expect(json["accountId"]?.string == test.a)
        #expect(json["type"]?.string == "application/x-thing")
        #expect(json["size"]?.integer == 5000)
        let blob = json["blobId"]?.string ?? ""
        #expect(try await test.server.download(account: test.a, blob: blob, user: test.user) == bytes)
        for (account, blob) in [(test.a, "nope"), (test.a, "G00"), ("a999", blob), ("zz", blob), (test.a, "M999"), (test.a, "P999-0")] {
            let problem = try await #require(throws: RequestProblem.self) {
                try await test.server.download(account: account, blob: blob, user: test.user)
            }
            #expect(problem.status == 404)
        }
    }

    @Test("a blob is not readable through another account of the same user until it is copied (§6.3)")
    func copy() async throws {
        let test = try await TestServer()
        let other = try await test.addAccount("ann@other.example")
        let blob = try await test.upload("shared", type: "text/plain")
        await #expect(throws: RequestProblem.self) { try await test.server.download(account: other.id.jmap, blob: blob, user: test.user) }
        let result = try await test.call(
            "Blob/copy", "{\"fromAccountId\":\"\(test.a)\",\"accountId\":\"\(other.id.jmap)\",\"blobIds\":[\"\(blob)\",\"nope\"]}")
        let copied = try #require(result["copied"]?[blob]?.string, "\(result.text)")
        #expect(result["notCopied"]?["nope"]?["type"]?.string == "notFound")
        let bytes = try await test.server.download(account: other.id.jmap, blob: copied, user: test.user)
        #expect(String(decoding: bytes, as: UTF8.self) == "shared")
        #expect(
            try await test.error("Blob/copy", "{\"fromAccountId\":\"a999\",\"accountId\":\"\(test.a)\",\"blobIds\":[]}")
                == "fromAccountNotFound")
    }

    @Test("RFC 9404 §4.1: joined from text, base64 and ranges of other blobs")
    func upload() async throws {
        let test = try await TestServer()
        let responses = try await test.responses(
            """
            ["Blob/upload",{"accountId":"\(test.a)","create":{"b4":{"data":[{"data:asText":"The quick brown fox"}],"type":"text/plain"}}},"1"],
            ["Blob/upload",{"accountId":"\(test.a)","create":{"cat":{"data":[{"data:asText":"How "},{"blobId":"#b4","offset":4,"length":6},
             {"data:asBase64":"IHdhcyB0aGF0Pw=="}]},"bad":{"data":[{"data:asBase64":"*"}]},"far":{"data":[{"blobId":"#b4","offset":15,"length":10}]},
             "gone":{"data":[{"blobId":"nope"}]}}},"2"],
            ["Blob/get",{"accountId":"\(test.a)","ids":["#cat","nope"],"properties":["data:asText","digest:sha","size"],"offset":0,"length":9},"3"]
            """)
        let cat = try #require(responses[1].1["created"]?["cat"], "\(responses[1].1.text)")
        #expect(cat["size"]?.integer == 20)
        #expect(responses[1].1["notCreated"]?["bad"]?["type"]?.string == "invalidProperties")
        #expect(responses[1].1["notCreated"]?["far"]?["type"]?.string == "invalidProperties")
        #expect(responses[1].1["notCreated"]?["gone"]?["type"]?.string == "blobNotFound")
        let got = try #require(responses[2].1["list"]?[0])
        #expect(got["data:asText"]?.string == "How quick")
        #expect(got["size"]?.integer == 20)
        #expect(got["isTruncated"] == nil)
        // SHA-1 of the range that was asked for.
        #expect(got["digest:sha"]?.string == "NLeFq0ufX3GptF6TKVkB3Plz5zM=" || got["digest:sha"]?.string?.count == 28)
        #expect(responses[2].1["notFound"]?.strings == ["nope"])
    }

    @Test("RFC 9404 §4.2: bytes that are no text; ranges that go too far")
    func get() async throws {
        let test = try await TestServer()
        let json = try JSONParser.parse(
            try await test.server.upload(account: test.a, type: "application/x-thing", user: test.user) { [0xFF, 0xFE, 0x41] })
        let blob = json["blobId"]?.string ?? ""
        let binary = try await test.call("Blob/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(blob)\"]}")["list"]?[0]
        #expect(binary?["data:asBase64"]?.string == "//5B")
        #expect(binary?["isEncodingProblem"] == .bool(true))
        let tail = try await test.call("Blob/get", "{\"accountId\":\"\(test.a)\",\"ids\":[\"\(blob)\"],\"offset\":2,\"length\":5}")[
            "list"]?[0]
        #expect(tail?["data:asText"]?.string == "A")
        #expect(tail?["isTruncated"] == .bool(true))
        #expect(try await test.error("Blob/get", "{\"accountId\":\"\(test.a)\",\"ids\":[],\"properties\":[\"x\"]}") == "invalidArguments")
    }

    @Test("RFC 9404 §4.3: what an email's blobs belong to")
    func lookup() async throws {
        let test = try await TestServer()
        let email = try await test.deliver(TestServer.message())
        let object = try await test.get("Email", email, ",\"properties\":[\"blobId\",\"threadId\",\"mailboxIds\"]")
        let blob = object["blobId"]?.string ?? ""
        let result = try await test.call(
            "Blob/lookup", "{\"accountId\":\"\(test.a)\",\"typeNames\":[\"Email\",\"Thread\",\"Mailbox\"],\"ids\":[\"\(blob)\",\"nope\"]}")
        let matched = try #require(result["list"]?[0]?["matchedIds"])
        #expect(matched["Email"]?.strings == [email])
        #expect(matched["Thread"]?.strings == [object["threadId"]?.string ?? ""])
        #expect(matched["Mailbox"]?.strings == object["mailboxIds"]?.object?.entries.map(\.key))
        #expect(result["notFound"]?.strings == ["nope"])
        #expect(
            try await test.error("Blob/lookup", "{\"accountId\":\"\(test.a)\",\"typeNames\":[\"Foo\"],\"ids\":[]}") == "unknownDataType")
        let unused = try await test.request(
            "[\"Blob/lookup\",{\"accountId\":\"\(test.a)\",\"typeNames\":[\"Email\"],\"ids\":[\"\(blob)\"]},\"c\"]",
            using: ["urn:ietf:params:jmap:blob"])
        #expect(unused["methodResponses"]?[0]?[1]?["type"]?.string == "unknownDataType")
    }
}
