import Foundation
import MailProtocol
import MailTransport
import NIOCore
import Testing

/// A message of 100 MB goes through in both directions without ever lying in memory; the server of these tests lives in the same process
/// and keeps nothing either.
@Suite("IMAP: large messages", .serialized, .timeLimit(.minutes(3)))
struct IMAPStreamingTests {
    private static let size = 100 << 20
    private static let block = [UInt8](repeating: 0x61, count: 64 << 10)

    /// Greatest resident memory since the last call, in bytes (proc(5): writing 5 to clear_refs begins a new count).
    private static func greatestMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) << 10
    }

    @Test("down: a literal passes in pieces")
    func down() async throws {
        try await ScriptedServer.run { peer in
            try await peer.say("* OK [CAPABILITY IMAP4rev1] hi\r\n")
            let tag = try await peer.line().prefix { $0 != " " }
            try await peer.say("* 1 FETCH (UID 7 BODY[] {\(Self.size)}\r\n")
            for _ in 0..<Self.size / Self.block.count { try await peer.say(Self.block) }
            try await peer.say(")\r\n\(tag) OK done\r\n")
            await peer.untilGone()
        } body: { server in
            let client = try await IMAPClient.connect(to: server.endpoint(), options: .loopback())
            _ = try Self.greatestMemory()
            let before = try Self.greatestMemory()
            var received = 0
            for try await event in try await client.fetchEvents(.all, items: [.body(.whole)]) {
                if case .literalBytes(let bytes) = event { received += bytes.count }
            }
            #expect(received == Self.size)
            #expect(try Self.greatestMemory() - before < 32 << 20)
        }
    }

    @Test("up: APPEND takes pieces from its source")
    func up() async throws {
        let heard = Notebook<Int>()
        try await ScriptedServer.run { peer in
            try await peer.say("* OK [CAPABILITY IMAP4rev1] hi\r\n")
            let tag = try await peer.line().prefix { $0 != " " }
            try await peer.say("+ go\r\n")
            var total = 0
            while total < Self.size + 2, let piece = await peer.inbound.next() { total += piece.readableBytes }
            heard.note(total)
            try await peer.say("\(tag) OK [APPENDUID 1 2] done\r\n")
            await peer.untilGone()
        } body: { server in
            let client = try await IMAPClient.connect(to: server.endpoint(), options: .loopback())
            _ = try Self.greatestMemory()
            let before = try Self.greatestMemory()
            try await client.append(to: IMAP.MailboxName("x"), size: UInt64(Self.size)) { write in
                for _ in 0..<Self.size / Self.block.count { try await write(Self.block[...]) }
            }
            #expect(try Self.greatestMemory() - before < 48 << 20)
        }
        #expect(heard.entries == [Self.size + 2])
    }
}
