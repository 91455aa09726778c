import MailMIME
import Testing

@testable import PostroomCore

@Suite("Reports on what was sent")
struct ReportTests {
    /// A delivery report as Postfix writes one; `fields` are those of its recipients.
    static func bounce(_ fields: String, original: String = "orig@x", from: String = "MAILER-DAEMON@mx.example") -> String {
        """
        Return-Path: <>
        From: Mail Delivery System <\(from)>
        Message-ID: <report@mx.example>
        Subject: Undelivered Mail Returned to Sender
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b

        Sorry.
        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example

        \(fields)

        --b
        Content-Type: text/rfc822-headers

        Message-ID: <\(original)>
        Subject: s

        --b--
        """
    }

    private func read(_ text: String) -> IncomingReport? {
        MessageReader().source(Array(text.replacing("\n", with: "\r\n").utf8), of: EmailID(1)).report
    }

    private func submission(_ recipients: [Submission.RecipientStatus], state: Submission.State = .sent) -> Submission {
        Submission(
            id: SubmissionID(1), identityID: IdentityID(1), emailID: nil, threadID: nil, blobID: BlobID(sha256: []), messageID: "orig@x",
            mailFrom: "a@x", recipients: recipients, state: state, sendAt: Timestamp(seconds: 1), createdAt: Timestamp(seconds: 1))
    }

    /// What a submission says after these reports, received one after the other.
    private func after(_ texts: [String], to recipients: [String], state: Submission.State = .sent) throws -> Submission {
        var submission = submission(recipients.map { .init(address: $0, verdict: .accepted, reply: "250 2.0.0 ok") }, state: state)
        submission.reports = try texts.enumerated().map { index, text in
            try #require(read(text)).report(
                to: recipients, blobID: BlobID(sha256: [UInt8(index)]), receivedAt: Timestamp(seconds: Int64(index)))
        }
        return submission
    }

    private static func recipient(_ address: String, _ action: String, status: String = "5.1.1", more: String = "") -> String {
        "Final-Recipient: rfc822; \(address)\nAction: \(action)\nStatus: \(status)\(more.isEmpty ? "" : "\n" + more)"
    }

    @Test("RFC 8621 §7: failed is no, delivered is yes, and no other action changes anything")
    func actions() throws {
        for (action, expected) in [
            ("failed", Submission.Delivery.Delivered.no), ("delivered", .yes), ("relayed", .unknown), ("delayed", .unknown),
            ("expanded", .unknown),
        ] {
            let told = try after([Self.bounce(Self.recipient("b@y", action))], to: ["b@y"]).deliveries["b@y"]
            #expect(told?.delivered == expected, "\(action)")
            #expect(told?.isDisplayed == false)
        }
    }

    @Test("what is final stays, whatever is reported later; recipients are told apart")
    func noDowngrade() throws {
        let texts = [
            Self.bounce(Self.recipient("b@y", "delivered") + "\n\n" + Self.recipient("c@y", "failed")),
            Self.bounce(Self.recipient("b@y", "failed") + "\n\n" + Self.recipient("c@y", "delivered")),
            Self.bounce(Self.recipient("b@y", "delayed") + "\n\n" + Self.recipient("c@y", "relayed")),
        ]
        let submission = try after(texts, to: ["b@y", "c@y", "d@y"])
        #expect(submission.deliveries.mapValues(\.delivered) == ["b@y": .yes, "c@y": .no, "d@y": .unknown])
        #expect(submission.deliveryProblems.map(\.outcome.address) == ["c@y"])
    }

    @Test("a refusal at RCPT is final; nothing reported before the message left counts")
    func verdicts() throws {
        var submission = try after([Self.bounce(Self.recipient("b@y", "delivered"))], to: ["b@y"])
        submission.recipients[0].verdict = .refused
        #expect(submission.deliveries["b@y"]?.delivered == .no)
        submission.recipients[0].verdict = .pending
        submission.state = .queued
        #expect(submission.deliveries["b@y"]?.delivered == .queued)
    }

    @Test("domains have no case, an alias is known by its Original-Recipient, and a local part's case counts where it could mislead")
    func addresses() {
        let index = RecipientIndex(["Ivan.Petrov@Y.example", "a@y", "A@y", "ю@почта.рф", "x@почта.рф"])
        #expect(index.recipient("Ivan.Petrov@y.EXAMPLE") == "Ivan.Petrov@Y.example")
        #expect(index.recipient("ivan.petrov@y.example.") == "Ivan.Petrov@Y.example")
        #expect(index.recipient("A@Y") == "A@y")
        #expect(index.recipient("a@Y") == "a@y")
        #expect(index.recipient("x@xn--80a1acny.xn--p1ai") == "x@почта.рф")
        #expect(index.recipient("b@y") == nil)
        #expect(RecipientIndex(["aB@y", "Ab@y"]).recipient("ab@y") == nil, "either could be meant")
    }

    @Test("the address that was written comes before the one that it led to")
    func originalRecipient() throws {
        let fields = Self.recipient("real@z", "failed", more: "Original-Recipient: rfc822;alias@Y")
        let told = try after([Self.bounce(fields)], to: ["alias@y", "real@z"])
        #expect(told.deliveries.mapValues(\.delivered) == ["alias@y": .no, "real@z": .unknown])
    }

    @Test("an address that the message was not sent to changes no recipient, and is shown")
    func stranger() throws {
        let told = try after([Self.bounce(Self.recipient("forwarded@z", "failed"))], to: ["b@y"])
        #expect(told.deliveries["b@y"]?.delivered == .unknown)
        #expect(told.deliveryProblems.map(\.outcome.address) == ["forwarded@z"])
    }

    @Test("the reply is the last server's, where it is one")
    func reply() throws {
        let said = "Diagnostic-Code: smtp; 550 5.1.1 <b@y>: no such user"
        let told = try after([Self.bounce(Self.recipient("b@y", "failed", more: said))], to: ["b@y"])
        #expect(told.deliveries["b@y"]?.reply == "550 5.1.1 <b@y>: no such user")
        let prose = try after([Self.bounce(Self.recipient("b@y", "failed", more: "Diagnostic-Code: x-unix; gone"))], to: ["b@y"])
        #expect(prose.deliveries["b@y"]?.reply == "250 2.0.0 ok")
        #expect(prose.deliveryProblems.first?.outcome.text == "gone")
    }

    @Test("RFC 8098: displayed is yes for the recipient it comes from; deleted says nothing")
    func receipts() throws {
        func receipt(_ disposition: String, from: String = "b@Y", original: String = "") -> String {
            """
            From: \(from)
            Message-ID: <mdn@y>
            Content-Type: multipart/report; report-type=disposition-notification; boundary=b

            --b

            Read.
            --b
            Content-Type: message/disposition-notification

            Final-Recipient: rfc822;\(from)
            \(original)Original-Message-ID: <orig@x>
            Disposition: manual-action/MDN-sent-manually; \(disposition)

            --b--
            """
        }
        let told = try after([receipt("displayed")], to: ["b@y", "c@y"])
        #expect(told.deliveries.mapValues(\.isDisplayed) == ["b@y": true, "c@y": false])
        #expect(told.deliveries["b@y"]?.delivered == .unknown)
        #expect(told.reports.map(\.kind) == [.disposition])
        #expect(told.deliveryProblems.isEmpty)
        #expect(try after([receipt("deleted")], to: ["b@y"]).deliveries["b@y"]?.isDisplayed == false)
        let alias = try after([receipt("displayed", from: "real@z", original: "Original-Recipient: rfc822;b@y\n")], to: ["b@y"])
        #expect(alias.deliveries["b@y"]?.isDisplayed == true)
    }

    @Test("a delay is told until the failure comes; sending again may help where the failure is no lasting one")
    func problems() throws {
        let delay = Self.bounce(
            Self.recipient("b@y", "delayed", status: "4.4.1", more: "Diagnostic-Code: smtp; 450 4.4.1 Connection timed out"))
        let waiting = try after([delay], to: ["b@y"])
        let problem = try #require(waiting.deliveryProblems.first)
        #expect(!problem.isFinal && !problem.outcome.isHard)
        #expect(problem.phrase(in: .russian).title == "Пока не доставлено: b@y")
        let expired = Self.bounce(Self.recipient("b@y", "failed", status: "4.4.7"))
        let failed = try after([delay, expired, delay], to: ["b@y"])
        #expect(failed.deliveryProblems.map(\.isFinal) == [true])
        #expect(failed.deliveryProblems.map(\.outcome.isHard) == [false])
        #expect(failed.deliveries["b@y"]?.delivered == .no)
        #expect(failed.deliveryProblems[0].phrase(in: .english).title == "Not delivered to b@y")
        #expect(failed.deliveryProblems[0].phrase(in: .english).detail == "The mail server has tried in vain and given up.")
    }

    @Test("text of a report is cut, by scalars: one character can be of any size")
    func bounded() throws {
        let long = "550 " + String(repeating: "e\u{301}", count: 5_000)
        let fields = Self.recipient(String(repeating: "x", count: 5_000) + "@z", "failed", more: "Diagnostic-Code: smtp; \(long)")
        let outcome = try #require(try after([Self.bounce(fields)], to: ["b@y"]).reports[0].outcomes.first)
        #expect(outcome.address.unicodeScalars.count == SubmissionReport.longestAddress)
        #expect(outcome.text.unicodeScalars.count == SubmissionReport.longestText)
        #expect(read(Self.bounce(Self.recipient("b@y", "failed"), original: String(repeating: "i", count: 2_000) + "@x")) == nil)
    }

    @Test("mail that is no report is none: an answer, a forwarded report, a report without a message that it names")
    func noReports() {
        #expect(read("From: b@y\nIn-Reply-To: <orig@x>\nSubject: Re: s\n\nThanks") == nil)
        #expect(read("From: mailer-daemon@y\nSubject: hello\n\nnews") == nil)
        #expect(read("Return-Path: <>\nFrom: b@y\nIn-Reply-To: <orig@x>\nSubject: Out of office\n\nAway") == nil)
        let forwarded =
            "From: b@y\nSubject: Fwd\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nsee\n--m\nContent-Type: message/rfc822\n\n\(Self.bounce(Self.recipient("b@y", "failed")))\n--m--\n"
        #expect(read(forwarded) == nil)
    }
}
