import Foundation
import MailProtocol
import Testing

@Suite("What real servers said")
struct SMTPCorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "Corpus/smtp")

    private static func lines(_ name: String) -> [String] {
        let text = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isNewline).map(String.init)
    }

    static let transcripts = ((try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "mailkit").path)) ?? []).sorted()

    @Test("every recorded reply parses, whole and byte by byte, and nothing is left over", arguments: transcripts)
    func replies(_ name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: "mailkit/" + name)))
        var whole = SMTPReplyParser()
        whole.append(bytes)
        var replies: [SMTPReply] = []
        while let reply = try whole.next() { replies.append(reply) }
        #expect(!replies.isEmpty)
        #expect(whole.pendingBytes == 0)
        var single = SMTPReplyParser()
        var again: [SMTPReply] = []
        for byte in bytes {
            single.append([byte])
            while let reply = try single.next() { again.append(reply) }
        }
        #expect(again == replies)
    }

    @Test("the greetings of 180 servers are replies")
    func banners() throws {
        struct Banner: Decodable { var kind: String, text: String }
        let banners = try Self.lines("recog-banners.jsonl").map { try JSONDecoder().decode(Banner.self, from: Data($0.utf8)) }
        #expect(banners.count == 180)
        for banner in banners where banner.kind == "smtp" {
            var parser = SMTPReplyParser()
            parser.append(Array("220 \(banner.text)\r\n".utf8))
            #expect(try parser.next()?.code == 220, "\(banner.text)")
        }
    }

    @Test("the refusals of real bounces keep their codes and words")
    func diagnostics() throws {
        var seen = 0
        for line in Self.lines("diagnostic-codes.txt") {
            let text = line.replacing(/^(?i:smtp;\s*)/, with: "")
            guard let match = text.wholeMatch(of: /([45]\d\d)[ -](.*)/) else { continue }
            seen += 1
            var parser = SMTPReplyParser()
            parser.append(Array("\(text)\r\n".replacing("\(match.1)-", with: "\(match.1) ", maxReplacements: 1).utf8))
            let reply = try #require(try parser.next(), "\(line)")
            #expect(reply.severity == (match.1.hasPrefix("4") ? .transient : .permanent))
            if let status = reply.enhancedStatus {
                #expect(text.contains(status.description))
                #expect(!reply.text.hasPrefix(status.description))
            }
        }
        #expect(seen > 40)
    }

    @Test("Comcast's capabilities")
    func capabilities() throws {
        var parser = SMTPReplyParser()
        parser.append(try Data(contentsOf: Self.folder.appending(path: "mailkit/comcast-ehlo+pipelining.txt")))
        let capabilities = SMTPCapabilities(ehlo: try #require(try parser.next()))
        #expect(capabilities.pipelining)
        #expect(capabilities.authentication.contains("PLAIN"))
        #expect(capabilities.largestMessage != nil)
    }
}
