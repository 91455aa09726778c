import Foundation
import Testing

@testable import MailMIME

@Suite struct ReportTests {
    static let notification = """
        From: Mail Delivery System <MAILER-DAEMON@mx.example>
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b

        Sorry.
        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example
        Arrival-Date: Tue, 1 Jul 2003 10:52:37 +0200

        Final-Recipient: rfc822; gone@example.org
        Original-Recipient: rfc822;alias@example.org
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; mx.example.org
        Diagnostic-Code: smtp; 550 5.1.1 <gone@example.org>:
         Recipient address rejected: User unknown

        Final-Recipient: rfc822; full@example.org
        Action: delayed
        Status: 4.2.2

        --b
        Content-Type: message/rfc822

        Message-ID: <orig@x>
        Subject: s

        body
        --b--
        """

    @Test func deliveryStatus() throws {
        let report = try #require(MIMEMessage(Self.notification).deliveryReport)
        #expect(report.reportingServer == "mx.example")
        #expect(report.originalMessageID == "orig@x")
        try #require(report.recipients.count == 2)
        #expect(
            report.recipients[0]
                == DeliveryReport.Recipient(
                    address: "gone@example.org", originalAddress: "alias@example.org", action: .failed, status: "5.1.1", replyCode: 550,
                    reason: .unknownRecipient, diagnostic: "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown",
                    remoteServer: "mx.example.org", isHard: true))
        #expect(report.recipients[1].reason == .mailboxFull)
        #expect(report.recipients[1].action == .delayed)
        #expect(!report.recipients[1].isHard)
    }

    @Test func qmailText() throws {
        let report = try #require(
            MIMEMessage(
                "From: MAILER-DAEMON@x\nSubject: failure notice\n\nHi. This is the qmail-send program.\n\n<a@b.example>:\n192.0.2.1 failed after I sent the message.\nRemote host said: 552 5.2.2 mailbox full\n\n--- Below this line is a copy of the message.\n"
            )
            .deliveryReport)
        #expect(report.recipients.map(\.address) == ["a@b.example"])
        #expect(report.recipients[0].reason == .mailboxFull)
        #expect(report.recipients[0].replyCode == 552)
    }

    @Test func ordinaryMailIsNoReport() {
        #expect(MIMEMessage("From: a@b.c\nSubject: Undeliverable parcels\n\n<x@y.z>: hello").deliveryReport == nil)
    }

    @Test func reportsOfTheCorpus() throws {
        var counted = 0
        var statuses = (right: 0, all: 0)
        for line in Corpus.text("bounces/expected.jsonl").split(separator: "\n") {
            let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let name = try #require(object["file"] as? String)
            let expected = try #require(object["recipients"] as? [[String: Any]])
            let report = MIMEMessage.parse(Corpus.bytes("bounces/messages/" + name)).deliveryReport
            if expected.allSatisfy({ $0["reason"] as? String == "feedback" }) {
                #expect(report == nil, "\(name) is a complaint")
                continue
            }
            guard let recipients = report?.recipients, recipients.count == expected.count else { continue }
            counted += 1
            for (mine, theirs) in zip(recipients, expected) {
                guard let status = theirs["status"] as? String, !status.isEmpty, !status.contains(".0.9") else { continue }
                statuses.all += 1
                if mine.status == status { statuses.right += 1 }
            }
        }
        #expect(counted >= 30)
        #expect(statuses.right * 100 >= statuses.all * 90)
    }

    @Test func readReceipt() throws {
        let message = MIMEMessage(
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nread\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;a@b.c\nOriginal-Message-ID: <o@x>\nDisposition: manual-action/MDN-sent-automatically; displayed\n\n--b--\n"
        )
        #expect(
            message.readReceipt == ReadReceipt(recipient: "a@b.c", originalMessageID: "o@x", disposition: "displayed", isAutomatic: true))
        #expect(message.isAutomatic)
    }

    /// However large a forged one is, so much of it is read.
    @Test func whatAReportMayCost() throws {
        func report(_ parts: [String]) -> DeliveryReport? {
            let bodies = parts.map { "--b\nContent-Type: message/delivery-status\n\n\($0)\n" }.joined()
            return MIMEMessage("From: MAILER-DAEMON@x\nContent-Type: multipart/report; boundary=b\n\n\(bodies)--b--\n").deliveryReport
        }
        let one = "Final-Recipient: rfc822; a@b\nAction: failed\n\n"
        #expect(report([one])?.recipients.count == 1)
        #expect(report([String(repeating: "Nobody: x\n\n", count: 1_999) + one])?.recipients.count == 1)
        #expect(report([String(repeating: "Nobody: x\n\n", count: 2_000) + one]) == nil)
        #expect(report([String(repeating: "Nobody: x\n\n", count: 2_000), one]) == nil, "all parts together")
        #expect(report([String(repeating: "Nobody: \(String(repeating: "x", count: 1_000))\n\n", count: 600) + one]) == nil)
        #expect(report([String(repeating: one, count: 1_500)])?.recipients.count == 1_000)
        let long = try #require(report([one.dropLast() + "Diagnostic-Code: smtp; 550 \(String(repeating: "y", count: 9_000))\n\n"]))
        #expect(long.recipients[0].diagnostic?.count == 2_000)
    }

    @Test func reportedMessage() {
        func id(_ text: String) -> String? { MIMEMessage(text).reportedMessageID }
        #expect(MIMEMessage(Self.notification).reportedMessageID == "orig@x")
        let fields = "Reporting-MTA: dns; x\nOriginal-Envelope-Id: env@x\n\nFinal-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n"
        let report =
            "From: MAILER-DAEMON@x\nReferences: <first@x> <last@x>\nContent-Type: multipart/report; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n\(fields)\n"
        #expect(id(report + "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <returned@x>\n--b--\n") == "returned@x")
        #expect(id(report + "--b--\n") == "env@x")
        #expect(id(report.replacing("env@x", with: "QQ123") + "--b--\n") == "last@x")
        #expect(
            id(
                "From: MAILER-DAEMON@x\nSubject: failure notice\nReferences: <last@x>\n\nHi.\n\n<a@b.c>:\nno\n\n--- Below this line is a copy of the message.\n\nMessage-Id: <quoted@x>\n"
            )
                == "quoted@x")
        #expect(id("From: MAILER-DAEMON@x\nIn-Reply-To: <reply@x>\nReferences: <last@x>\n\nno\n") == "reply@x")
        #expect(id("From: MAILER-DAEMON@x\n\nno\n") == nil)
    }

    @Test func whatMayBeAReport() {
        func may(_ header: String) -> Bool {
            let message = MIMEMessage(header + "\n\nx")
            return message.mayBeReport(from: message.from.first)
        }
        #expect(may("Content-Type:  Multipart/Report; boundary=b\nFrom: a@b"))
        #expect(may("Return-Path: <>\nFrom: a@b"))
        #expect(may("From: Postmaster@x"))
        #expect(may("From: MAILER-DAEMON"))
        #expect(!may("Return-Path: <a@b>\nFrom: a@b\nContent-Type: multipart/mixed; boundary=b"))
        #expect(!may("Subject: mailer-daemon"))
    }

    @Test func proseAboutADelay() throws {
        let text =
            "From: MAILER-DAEMON@x\nSubject: SUBJECT\n\nThe following address(es):\n\n  a@b.example\n    host b.example: 451 4.3.0 busy\n"
        let delay = try #require(MIMEMessage(text.replacing("SUBJECT", with: "Warning: message 1x delayed 24 hours")).deliveryReport)
        #expect(delay.recipients.map(\.action) == [.delayed])
        #expect(delay.recipients.map(\.isHard) == [false])
        let failure = try #require(MIMEMessage(text.replacing("SUBJECT", with: "Mail delivery failed")).deliveryReport)
        #expect(failure.recipients.map(\.action) == [.failed])
    }

    @Test func receiptOfAnAlias() {
        let message = MIMEMessage(
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: message/disposition-notification\n\nOriginal-Recipient: rfc822;alias@b.c\nFinal-Recipient: rfc822;a@b.c\nOriginal-Message-ID: <o@x>\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n"
        )
        #expect(message.readReceipt?.recipient == "a@b.c")
        #expect(message.readReceipt?.originalRecipient == "alias@b.c")
        #expect(message.reportedMessageID == "o@x")
    }

    @Test func listFields() {
        let message = MIMEMessage(
            "List-Id: \"A list\" <a.list.example>\nList-Post: <mailto:a@list.example>\nList-Unsubscribe: <mailto:u@list.example>, <https://list.example/u>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\n"
        )
        #expect(message.listInfo?.id == "a.list.example")
        #expect(message.listInfo?.name == "A list")
        #expect(message.listInfo?.unsubscribe == ["mailto:u@list.example", "https://list.example/u"])
        #expect(message.listInfo?.allowsOneClickUnsubscribe == true)
        #expect(message.isAutomatic)
        #expect(MIMEMessage("Subject: x\n\n").listInfo == nil)
    }

    @Test func tnefOfTheCorpus() {
        for name in Corpus.files("tnef/").filter({ $0.hasSuffix(".tnef") }) {
            let expected = Corpus.text(name.replacing(".tnef", with: ".list")).split(separator: "\n").map(String.init).filter {
                !$0.hasPrefix("body.")
            }
            let tnef = TNEF.parse(Corpus.bytes(name))
            if !expected.isEmpty { #expect(Set(tnef.files.compactMap(\.name)) == Set(expected), "\(name)") }
        }
        let source =
            utf8("Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: binary\n\n")
            + Corpus.bytes("tnef/panic.tnef")
        let message = MIMEMessage.parse(source, options: ParseOptions(unpacksAttachments: true))
        #expect(message.outline == "application/ms-tnef(text/html image/jpeg image/jpeg image/png)")
        #expect(message.decodedBody(of: 2).count == 11250)
        #expect(TNEF.parse(Corpus.bytes("tnef/long-filename.tnef")).rtfBody?.starts(with: "{\\rtf1".utf8) == true)
    }
}
