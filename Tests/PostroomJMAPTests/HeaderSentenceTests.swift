import Foundation
import PostroomCore
import PostroomJMAP
import Testing

/// Header fields and their forms as the text of RFC 8621 §4.1.2 and §4.1.3 has them.
@Suite("RFC 8621 §4.1.2, §4.1.3, sentence by sentence")
struct HeaderSentenceTests {
    /// The properties of a message with these fields.
    private func get(_ fields: [UInt8], _ properties: [String]) async throws -> JSONValue {
        let test = try await TestServer()
        let json = try await test.server.upload(account: test.a, type: "message/rfc822", user: test.user) {
            fields + Array("From: a@x\r\n\r\nbody".utf8)
        }
        let blob = try #require(try JSONParser.parse(json)["blobId"]?.string)
        let names = properties.map { "\"\($0)\"" }.joined(separator: ",")
        let inbox = try await test.mailbox(.inbox)
        // Parsed and imported alike.
        let parsed = try await test.call("Email/parse", "{\"accountId\":\"\(test.a)\",\"blobIds\":[\"\(blob)\"],\"properties\":[\(names)]}")
        let made = try await test.call(
            "Email/import", "{\"accountId\":\"\(test.a)\",\"emails\":{\"x\":{\"blobId\":\"\(blob)\",\"mailboxIds\":{\"\(inbox)\":true}}}}")
        let email = try await test.get("Email", made["created"]?["x"]?["id"]?.string ?? "", ",\"properties\":[\(names)]")
        for name in properties { #expect(parsed["parsed"]?[blob]?[name] == email[name], "\(name)") }
        return email
    }

    private func get(_ fields: String, _ properties: [String]) async throws -> JSONValue {
        try await get(Array(fields.replacing("\n", with: "\r\n").utf8), properties)
    }

    @Test("Addresses and GroupedAddresses: quoted names trimmed, comments as names, groups kept or dropped, encoded words decoded")
    func addresses() async throws {
        let email = try await get(
            """
            To: "  Ana \\"A\\" B  " <ana@example.com>, Crew: kim@example.com, =?UTF-8?Q?J=C3=BCrgen_K?=
             <jk@example.com>;, bo@example.com (Bo the Boss)
            X-Empty:\u{20}
            Cc: no address here, <half@

            """,
            ["to", "header:To:asAddresses", "header:to:asGroupedAddresses", "header:X-Empty:asAddresses", "header:Cc:asAddresses"])
        let to =
            "[{\"name\":\"Ana \\\"A\\\" B\",\"email\":\"ana@example.com\"},{\"name\":null,\"email\":\"kim@example.com\"},"
            + "{\"name\":\"Jürgen K\",\"email\":\"jk@example.com\"},{\"name\":\"Bo the Boss\",\"email\":\"bo@example.com\"}]"
        #expect(email["header:To:asAddresses"]?.text == to)
        #expect(email["to"]?.text == to)
        let groups = try #require(email["header:to:asGroupedAddresses"]?.array)
        #expect(groups.map { $0["name"]?.string } == [nil, "Crew", nil])
        #expect(groups.map { $0["addresses"]?.array?.count } == [1, 2, 1])
        #expect(email["header:X-Empty:asAddresses"]?.array?.isEmpty == true)
        #expect(email["header:Cc:asAddresses"]?.array != nil, "whatever can be made of it, never a failure")
    }

    @Test("Text: unfolded, without leading spaces, encoded words decoded and joined, their control characters dropped, NFC")
    func text() async throws {
        let email = try await get(
            "Subject:   =?UTF-8?Q?A=00B=07?= =?UTF-8?Q?e=CC=81?=\n x\nX-Fold: one\n  two\nX-Wrong: =?x-none?Q?a?=\n",
            ["subject", "header:Subject:asText", "header:X-Fold:asText", "header:X-Wrong:asText", "header:X-Fold"])
        let subject = try #require(email["subject"]?.string)
        #expect(Array(subject.unicodeScalars) == Array("AB\u{E9} x".unicodeScalars), "\(subject.debugDescription)")
        #expect(email["header:Subject:asText"]?.string == subject)
        #expect(email["header:X-Fold:asText"]?.string == "one  two")
        #expect(email["header:X-Fold"]?.string == " one\r\n  two")
        #expect(email["header:X-Wrong:asText"]?.string?.isEmpty == false)
    }

    @Test("Raw: octets that are no UTF-8 become U+FFFD, NUL goes, the leading space stays; names keep their capitals")
    func raw() async throws {
        let bytes = Array("X-Raw: a".utf8) + [0xFF, 0x00] + Array("b\r\nx-LOUD: c\r\n".utf8)
        let email = try await get(bytes, ["header:x-rAW", "headers", "header:X-Loud:all"])
        #expect(email["header:x-rAW"]?.string == " a\u{FFFD}b")
        #expect(email["headers"]?.array?.map { $0["name"]?.string } == ["X-Raw", "x-LOUD", "From"])
        #expect(email["header:X-Loud:all"]?.strings == [" c"])
    }

    @Test("MessageIds, Date and URLs: without comments and brackets, null where they can't be parsed")
    func others() async throws {
        let email = try await get(
            """
            References: (first) <a@b> <c@d>
            X-Ids: none of them
            Date: Sat, 1 Feb 2025 10:00:00 -0530 (here)
            X-When: yesterday
            List-Post: <mailto:l@example.org> (the list), <https://example.org/post>
            X-Links: nowhere
            In-Reply-To: a phrase, as RFC 822 had it

            """,
            [
                "references", "header:X-Ids:asMessageIds", "header:Date:asDate", "sentAt", "header:X-When:asDate",
                "header:List-POST:asURLs", "header:X-Links:asURLs", "inReplyTo", "header:In-Reply-To:asMessageIds",
                "header:X-None:asMessageIds", "header:X-None:asURLs:all", "messageId",
            ])
        #expect(email["references"]?.strings == ["a@b", "c@d"])
        #expect(email["header:X-Ids:asMessageIds"] == .null)
        #expect(email["header:Date:asDate"]?.string == "2025-02-01T10:00:00-05:30")
        #expect(email["sentAt"]?.string == "2025-02-01T10:00:00-05:30")
        #expect(email["header:X-When:asDate"] == .null)
        #expect(email["header:List-POST:asURLs"]?.strings == ["mailto:l@example.org", "https://example.org/post"])
        #expect(email["header:X-Links:asURLs"] == .null)
        #expect(email["inReplyTo"] == email["header:In-Reply-To:asMessageIds"])
        #expect(email["header:X-None:asMessageIds"] == .null)
        #expect(email["header:X-None:asURLs:all"]?.array?.isEmpty == true)
        #expect(email["messageId"] == .null)
    }

    @Test("each convenience property is the last field of its name, in its form")
    func conveniences() async throws {
        let email = try await get(
            "Subject: one\nSubject: two\nTo: a@x\nTo: b@x\nReply-To: r@x\nSender: s@x\nBcc:\n",
            [
                "subject", "header:Subject:asText", "to", "header:To:asAddresses", "replyTo", "header:Reply-To:asAddresses", "sender",
                "header:Sender:asAddresses", "bcc", "header:Bcc:asAddresses", "cc", "header:Cc:asAddresses",
            ])
        for (name, header) in [
            ("subject", "Subject:asText"), ("to", "To:asAddresses"), ("replyTo", "Reply-To:asAddresses"), ("sender", "Sender:asAddresses"),
            ("cc", "Cc:asAddresses"),
        ] { #expect(email[name] == email["header:\(header)"], "\(name): \(email[name]?.text ?? "-")") }
        #expect(email["subject"]?.string == "two")
        #expect(email["to"]?[0]?["email"]?.string == "b@x")
    }

    @Test("every form on every kind of field: allowed where §4.1.2 says so, invalidArguments elsewhere, to set and to get")
    func forms() async throws {
        let test = try await TestServer()
        let drafts = try await test.mailbox(.drafts)
        let fields: [(String, Set<String>)] = [
            ("Subject", ["Text"]), ("Comments", ["Text"]), ("Keywords", ["Text"]), ("List-Id", ["Text"]),
            ("Resent-Bcc", ["Addresses", "GroupedAddresses"]), ("Resent-Reply-To", ["Addresses", "GroupedAddresses"]),
            ("Resent-Message-ID", ["MessageIds"]), ("Resent-Date", ["Date"]), ("List-Owner", ["URLs"]), ("List-Archive", ["URLs"]),
            ("Return-Path", []), ("Received", []),
            ("X-Any", ["Text", "Addresses", "GroupedAddresses", "MessageIds", "Date", "URLs"]),
        ]
        for (field, allowed) in fields {
            for form in ["Text", "Addresses", "GroupedAddresses", "MessageIds", "Date", "URLs"] {
                let name = "header:\(field):as\(form)"
                let get = try await test.responses(
                    "[\"Email/get\",{\"accountId\":\"\(test.a)\",\"ids\":[],\"properties\":[\"\(name)\"]},\"c\"]")
                #expect((get[0].0 == "Email/get") == allowed.contains(form), "\(name)")
                guard !allowed.contains(form) else { continue }
                #expect(get[0].1["type"]?.string == "invalidArguments", "\(name)")
                let set = try await test.call(
                    "Email/set", "{\"accountId\":\"\(test.a)\",\"create\":{\"d\":{\"mailboxIds\":{\"\(drafts)\":true},\"\(name)\":\"x\"}}}")
                #expect(set["notCreated"]?["d"]?["properties"]?.strings == [name], "\(set.text)")
            }
        }
    }
}
