import Foundation
import MailProtocol
import Testing

/// The grammar cases of swift-nio-imap, as far as a server can say them: each rule is put where it stands in a response.
@Suite("IMAP grammar cases") struct IMAPGrammarTests {
    struct Case: Decodable, Sendable {
        let rule: String
        let input: String
        let after: String?
        let outcome: String
    }

    /// Where a rule stands in a whole response; nil: only clients say it, or only a part of a token.
    static func line(_ test: Case) -> String? {
        switch test.rule {
        case "responseData", "taggedResponse", "continuationRequest": test.input
        case "responsePayload", "mailboxData", "messageData", "untaggedStatus", "idResponsePayload", "metadataResponse", "enableData":
            "* \(test.input)\r\n"
        case "responseTextCode": "* OK [\(test.input)] x\r\n"
        case "responseText": "* OK \(test.input)\r\n"
        case "messageAttribute": "* 1 FETCH (\(test.input))\r\n"
        case "capability", "capabilityData": "* CAPABILITY \(test.input)\r\n"
        case "envelope": "* 1 FETCH (ENVELOPE \(test.input))\r\n"
        case "bodySinglepart": "* 1 FETCH (BODYSTRUCTURE (\(test.input)))\r\n"
        case "bodyStructure": "* 1 FETCH (BODYSTRUCTURE \(test.input))\r\n"
        case "internalDate": "* 1 FETCH (INTERNALDATE \(test.input))\r\n"
        case "flagList": "* FLAGS \(test.input)\r\n"
        case "mailboxListFlags": "* LIST (\(test.input)) NIL x\r\n"
        case "flag", "permanentFlag", "flagKeyword": "* FLAGS (\(test.input))\r\n"
        case "mailboxInfo": "* LIST \(test.input)\r\n"
        case "mailboxStatus": "* STATUS x (\(test.input))\r\n"
        case "idParamsList": "* ID \(test.input)\r\n"
        case "taggedResponseState": "A1 \(test.input) x\r\n"
        case "modificationSequenceValue": "* 1 FETCH (MODSEQ (\(test.input)))\r\n"
        default: nil
        }
    }

    @Test("each case ends as its authors say") func outcomes() throws {
        var counted: [String: Int] = [:]
        for text in try IMAPCorpus.lines("swift-nio-imap-grammar.jsonl") {
            let test = try JSONDecoder().decode(Case.self, from: Data(text.utf8))
            guard let line = Self.line(test) else { continue }
            counted[test.outcome, default: 0] += 1
            switch test.outcome {
            case "valid":
                let seen = try responses(line)
                #expect(seen.count == 1, "\(test.rule): \(test.input)")
                for case .malformed(let error) in seen { Issue.record("\(test.rule): \(test.input): \(error)") }
            case "invalid":
                let seen = try responses(line)
                #expect(seen.allSatisfy(Self.isRefused), "\(test.rule) took \(test.input)")
            default:
                // Incomplete: as long as no line end has come, there is no response, and nothing to object to.
                let cut = line.hasSuffix("\r\n") && !test.input.hasSuffix("\n") ? String(line.prefix { $0 != "\r\n" }) : line
                #expect(try responses(cut).isEmpty, "\(test.rule): \(test.input)")
            }
        }
        #expect(counted["valid", default: 0] > 130)
        #expect(counted["invalid", default: 0] > 12)
        #expect(counted["incomplete", default: 0] > 5)
    }

    /// Not a response at all, or one whose bad value was left out.
    static func isRefused(_ seen: Seen) -> Bool {
        switch seen {
        case .malformed: true
        case .response(.untagged(.fetch(let message))): !message.defects.isEmpty
        default: false
        }
    }

    @Test("wire samples of swift-nio-imap parse, or are incomplete") func wire() throws {
        struct Sample: Decodable { let wire: String }
        for text in try IMAPCorpus.lines("swift-nio-imap-wire.jsonl") {
            let sample = try JSONDecoder().decode(Sample.self, from: Data(text.utf8))
            // One sample writes its line end as "#r".
            if sample.wire.contains("}#r") { continue }
            for case .malformed(let error) in try responses(sample.wire) { Issue.record("\(sample.wire): \(error)") }
        }
    }

    static let brokenOff = [
        "* ESEARCH (TAG \"tag", "* GENURLAUTH", "* URLFETCH", "* ID (\"name\" \"Cyrus\"", "* LIST (\\Marked) \":\" Tables",
        "* LIST (\\Subscribed) \"/\" \"Foo\" (\"CHILDINFO\"", "* METADATA \"INBOX\" (", "* NAMESPACE ((\"\" \"/\"))",
        "* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292", "* STATUS Lists/Lemonade", "* VANISHED (EARLIER) 29998",
    ]

    @Test("response lines of mox parse") func mox() throws {
        // RFC examples are abridged with dots and broken over lines; those are no lines of a server.
        let lines = try IMAPCorpus.lines("mox-response-lines.txt").filter { line in
            !line.contains("...") && !Self.brokenOff.contains { line.hasPrefix($0) }
        }
        #expect(lines.count > 300)
        for line in lines {
            for case .malformed(let error) in try responses(line + "\r\n") { Issue.record("\(line): \(error)") }
        }
    }

    @Test("of endless capabilities the first thousand are kept") func manyCapabilities() throws {
        let names = (1...5_000).map { "X\($0)" }
        let said = try response("* CAPABILITY IMAP4rev1 IDLE \(names.joined(separator: " "))")
        guard case .untagged(.capability(let capabilities)) = said else {
            Issue.record("\(said)")
            return
        }
        #expect(
            capabilities.names.count == 1_000 && capabilities.hasIdle && capabilities.contains("x998") && !capabilities.contains("X999"))
    }

    @Test("real servers' transcripts parse, the same in pieces of any size", arguments: IMAPCorpus.transcripts)
    func transcript(path: String) throws {
        let bytes = try IMAPCorpus.bytes("mailkit/\(path)")
        let whole = try responses(bytes)
        #expect(!whole.isEmpty)
        for case .malformed(let error) in whole { Issue.record("\(error)") }
        for size in bytes.count < 20_000 ? [1, 7, 64] : [997] { #expect(try responses(bytes, pieces: size) == whole) }
    }
}
