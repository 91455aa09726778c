import Foundation
import MailProtocol
import Testing

/// Each quirk of `docs/quirks.md` with lines as they were seen.
@Suite("IMAP quirks") struct IMAPQuirkTests {
    @Test func vanishedWithoutSet() throws {
        #expect(try untagged("* VANISHED (EARLIER) ") == .vanished([], earlier: true))
        #expect(try untagged("* VANISHED ") == .vanished([], earlier: false))
        #expect(try untagged("* VANISHED (EARLIER) 41,43:116") == .vanished(UIDSet(43...116).union([41]), earlier: true))
    }

    @Test func zeroUID() throws { #expect(try fetched("UID 0 FLAGS ()").uid == nil) }

    @Test func bareResponseCode() throws {
        guard case .status(let status) = try untagged("[COPYUID 55 31 6]") else { return #expect(Bool(false)) }
        #expect(status.condition == .ok && status.code == .copyUID(validity: 55, source: [31...31], destination: [6...6]))
    }

    @Test func missingMessageInRFC822() throws {
        let message = try fetched(
            #"BODYSTRUCTURE (("text" "plain" NIL NIL NIL "7bit" 4 1)("message" "rfc822" ("name" "x.eml") NIL NIL "7bit" 99) "mixed")"#)
        guard case .multipart(let multipart) = message.bodyStructure, case .part(let part) = multipart.parts[1] else {
            return #expect(Bool(false))
        }
        #expect(part.type == "message" && part.size == 99 && part.envelope == nil && part.message == nil && message.defects.isEmpty)
    }

    @Test func multipartWithoutParts() throws {
        for text in [#"("alternative" ("boundary" "x") NIL NIL)"#, #"(NIL NIL ("boundary" "x"))"#] {
            let message = try fetched("BODYSTRUCTURE \(text) UID 4")
            #expect(message.bodyStructure != nil && message.uid == 4 && message.defects.isEmpty)
        }
    }

    @Test(arguments: ["NIL NIL", "-1 -1", "0 NIL"]) func nilNumbers(numbers: String) throws {
        let message = try fetched(#"BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" \#(numbers))"#)
        guard case .part(let part) = message.bodyStructure else { return #expect(Bool(false)) }
        #expect(part.size == 0 && part.lines == 0)
    }

    @Test func negativeNumbers() throws { try nilNumbers(numbers: "-1 NIL") }

    @Test func emptyStringForList() throws {
        let message = try fetched(
            #"ENVELOPE ("d" "s" "" "" "" "" NIL NIL NIL "<a@b>") BODYSTRUCTURE ("text" "plain" "" NIL NIL "7bit" 4 1)"#)
        #expect(message.envelope?.from == [] && message.envelope?.messageID == "<a@b>" && message.bodyStructure != nil)
    }

    @Test func envelopeWithoutQuotes() throws {
        #expect(
            try fetched("ENVELOPE (NIL hello NIL NIL NIL ((NIL NIL joe example.org)) NIL NIL NIL NIL)").envelope?.to.first?.host
                == "example.org")
    }

    @Test func badEscapes() throws {
        let message = try fetched(#"BODYSTRUCTURE ("text" "plain" ("name" "C:\file \"1\".txt") NIL NIL "7bit" 4 1)"#)
        guard case .part(let part) = message.bodyStructure else { return #expect(Bool(false)) }
        #expect(part.parameters.first?.value == #"C:\file "1".txt"#)
    }

    @Test func breakInsideFetch() throws {
        #expect(try responses("* 1 FETCH (BODY[HEADER] {4}\r\nA:b\n \r\n)\r\nA1 OK\r\n").count == 2)
    }

    @Test func flagsAsStrings() throws {
        #expect(try fetched(#"FLAGS ("\\Seen" $x)"#).flags == [.seen, IMAP.Flag("$X")])
        #expect(try fetched(#"X-GM-LABELS ("\\Important" "a b" Work)"#).gmailLabels == ["\\Important", "a b", "Work"])
    }

    @Test func xlist() throws {
        guard case .list(let mailbox, .xlist) = try untagged(#"* XLIST (\HasNoChildren \AllMail) "/" "[Gmail]/All Mail""#) else {
            return #expect(Bool(false))
        }
        #expect(mailbox.specialUse == .all)
    }

    @Test(arguments: [("\\Spam", IMAP.SpecialUse.junk), ("\\drafts", .drafts), ("\\SENT", .sent), ("\\Starred", .flagged)])
    func spamAttribute(attribute: String, use: IMAP.SpecialUse) throws {
        guard case .list(let mailbox, _) = try untagged("* LIST (\(attribute)) \"|\" x") else { return #expect(Bool(false)) }
        #expect(mailbox.specialUse == use)
    }

    @Test func lowerCaseSpecialUse() throws { try spamAttribute(attribute: "\\drafts", use: .drafts) }

    @Test func emptyDelimiter() throws {
        guard case .list(let mailbox, _) = try untagged("* LIST () \"\" INBOX") else { return #expect(Bool(false)) }
        #expect(mailbox.delimiter == nil && mailbox.name.isInbox)
    }

    @Test func utf8MailboxName() throws {
        for raw in ["Входящие", "a&b", "&Jjo!", "&AOk"] {
            guard case .list(let mailbox, _) = try untagged("* LIST () \"/\" \"\(raw)\"") else { return #expect(Bool(false)) }
            #expect(mailbox.name.path == raw)
            #expect(Array(mailbox.name.raw) == Array(raw.utf8))
        }
    }

    @Test func idWithPlus() throws { #expect(try untagged(#"* ID ("name" "Imap" "version" NIL)+"#) == .id(["name": "Imap"])) }

    @Test func capabilitiesInLoginAnswer() throws {
        let names = (0..<300).map { "X-EXTENSION-\($0)" }.joined(separator: " ")
        guard case .tagged("A1", let status) = try response("A1 OK [CAPABILITY IMAP4rev1 \(names)] Logged in"),
            case .capability(let capabilities) = status.code
        else { return #expect(Bool(false)) }
        #expect(capabilities.names.count == 301)
    }

    @Test func unsortedSearch() throws {
        guard case .search(let result) = try untagged("* SEARCH 9 3 4 3 5  (MODSEQ 12) ") else { return #expect(Bool(false)) }
        #expect(result.all == UIDSet([3, 4, 5, 9]) && result.modSeq == 12)
    }

    @Test func doubleSpaces() throws {
        #expect(try untagged("*  5  EXISTS ") == .exists(5))
        #expect(try fetched(" FLAGS  ( \\Seen  )   UID  7 ").uid == 7)
        #expect(try untagged("* LIST ( \\Marked )  \"/\"  INBOX ") == untagged("* LIST (\\Marked) \"/\" INBOX"))
    }

    @Test func noTextInStatus() throws {
        #expect(try response("A1 OK") == .tagged(tag: "A1", IMAP.Status(.ok)))
        #expect(try untagged("* OK [UIDNEXT 4]") == .status(IMAP.Status(.ok, code: .uidNext(4))))
        #expect(try untagged("* NO [ALERT no bracket") == .status(IMAP.Status(.no, text: "[ALERT no bracket")))
    }

    @Test func quotaWithoutList() throws {
        #expect(try untagged("* QUOTA \"ROOT\"") == .quota(IMAP.Quota(root: "ROOT", resources: [])))
        #expect(try untagged("* QUOTA INBOX ()") == .quota(IMAP.Quota(root: "INBOX", resources: [])))
        #expect(throws: IMAP.ParseError.self) { try untagged("* QUOTA INBOX STORAGE 1 2") }
    }

    @Test func fuzzyPreview() throws {
        #expect(try fetched(#"SNIPPET (FUZZY "hello")"#).preview == "hello")
        #expect(try fetched(#"PREVIEW "hello""#).preview == "hello")
        #expect(try fetched("PREVIEW NIL").preview == nil)
    }

    @Test func deepThreads() throws {
        let depth = 200_000
        let line = "* THREAD " + String(repeating: "(1 ", count: depth) + String(repeating: ")", count: depth)
        guard case .thread(let members) = try untagged(line) else { return #expect(Bool(false)) }
        #expect(members.count == depth && members[depth - 1].parent == depth - 2)
        guard case .thread(let tree) = try untagged("* THREAD (2)(3 6 (4 23)(44 7 96))((5)(8))") else { return #expect(Bool(false)) }
        #expect(tree.map(\.id) == [2, 3, 6, 4, 23, 44, 7, 96, nil, 5, 8])
        #expect(tree.map(\.parent) == [nil, nil, 1, 2, 3, 2, 5, 6, nil, 8, 8])
    }

    /// Those whose test is about commands, in MailTransportTests.
    static let elsewhere: Set<IMAP.Quirk> = [.appendAnswersWithoutUID, .idBeforeSelect, .throttlingInWords, .unsolicitedFetchDuringFetch]

    @Test("every quirk is written down and has its test") func listed() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let page = try String(contentsOf: root.appending(path: "docs/quirks.md"), encoding: .utf8)
        let here = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        for quirk in IMAP.Quirk.allCases {
            #expect(page.contains("| `\(quirk.rawValue)` |"), "\(quirk)")
            #expect(Self.elsewhere.contains(quirk) || here.contains("func \(quirk.rawValue)("), "\(quirk)")
        }
    }
}
