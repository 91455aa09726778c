import MailProtocol
import MailTransport
import Testing

/// Who goes first on one connection, and who does not have to wait for whom.
@Suite("IMAP: order on one connection", .timeLimit(.minutes(1)))
struct IMAPOrderTests {
    @Test("what a person waits for goes first, what nobody waits for last, equals in their order")
    func priorities() async throws {
        let heard = Notebook<String>()
        let release = Notebook<Bool>()
        try await ScriptedServer.run { peer in
            try await peer.say("* OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE] hi\r\n")
            while true {
                let line = try await peer.line()
                let tag = line.prefix { $0 != " " }
                heard.note(String(line.dropFirst(tag.count + 1)))
                // The first one holds the line until all others stand in it.
                while heard.entries.count == 1, release.entries.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                let name = line.split(separator: " ")[2]
                try await peer.say("* STATUS \(name) (MESSAGES 1)\r\n\(tag) OK done\r\n")
            }
        } body: { server in
            let client = try await IMAPClient.connect(to: server.endpoint(), options: .loopback())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.enable(["CONDSTORE"]) }
                while heard.entries.isEmpty { await Task.yield() }
                let waiting: [(String, IMAPPriority)] = [
                    ("b1", .background), ("n1", .normal), ("b2", .background), ("i1", .interactive), ("n2", .normal), ("i2", .interactive),
                ]
                for (name, priority) in waiting {
                    group.addTask { _ = try await client.status(of: IMAP.MailboxName(name), [.messages], priority: priority) }
                    // One after the other, so that it is known who came first.
                    try await Task.sleep(for: .milliseconds(30))
                }
                release.note(true)
                try await group.waitForAll()
            }
        }
        #expect(heard.entries.dropFirst().map { $0.split(separator: " ")[1] } == ["i1", "i2", "n1", "n2", "b1", "b2"])
    }

    @Test("a download comes in pieces, and a listing gets its turn between them")
    func download() async throws {
        let heard = Notebook<String>()
        try await ScriptedServer.run { peer in
            try await peer.say("* OK [CAPABILITY IMAP4rev1] hi\r\n")
            while true {
                let line = try await peer.line()
                let tag = line.prefix { $0 != " " }
                heard.note(String(line.dropFirst(tag.count + 1)))
                if let range = line.firstRange(of: "[]<") {
                    let origin = Int(line[range.upperBound...].prefix { $0 != "." }) ?? 0
                    let piece = String(repeating: "x", count: max(0, min(1_000, 3_500 - origin)))
                    try await peer.say("* 1 FETCH (UID 7 BODY[]<\(origin)> {\(piece.utf8.count)}\r\n\(piece))\r\n")
                }
                try await peer.say("\(tag) OK done\r\n")
            }
        } body: { server in
            let client = try await IMAPClient.connect(to: server.endpoint(), options: .loopback())
            var total = 0
            for try await piece in client.download(uid: 7, chunk: 1_000, priority: .background) {
                total += piece.count
                try await client.noop(priority: .interactive)
            }
            #expect(total == 3_500)
        }
        #expect(
            heard.entries.map { $0.hasPrefix("UID FETCH") ? "piece" : $0 } == [
                "piece", "NOOP", "piece", "NOOP", "piece", "NOOP", "piece", "NOOP",
            ])
    }
}
