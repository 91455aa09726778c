import MailProtocol
import Testing

@Suite("The header of an envelope")
struct EnvelopeHeaderTests {
    private typealias Address = IMAP.Envelope.Address

    private func text(_ envelope: IMAP.Envelope) -> String? { envelope.header.map { String(decoding: $0, as: UTF8.self) } }

    @Test("all fields, each on one line, with names as a header has them")
    func whole() {
        let envelope = IMAP.Envelope(
            date: "Mon, 23 Nov 2026 10:00:00 +0000", subject: "=?utf-8?q?=D0=9F?= and\r\n more",
            from: [Address(name: "O\"Brien, Pat", mailbox: "pat", host: "example.test")],
            sender: [Address(name: "=?utf-8?b?0J7Qu9C10LM=?=", mailbox: "oleg", host: "example.test")],
            to: [
                Address(name: nil, mailbox: "team", host: nil), Address(name: nil, mailbox: "a b", host: "example.test"),
                Address(name: "", mailbox: "c", host: "d"), Address(name: nil, mailbox: nil, host: nil),
            ],
            inReplyTo: "<1@x> <2@x>", messageID: "<3@x>")
        let lines = [
            "Message-ID: <3@x>", "Date: Mon, 23 Nov 2026 10:00:00 +0000", "Subject: =?utf-8?q?=D0=9F?= and   more",
            "In-Reply-To: <1@x> <2@x>",
            "From: \"O\\\"Brien, Pat\" <pat@example.test>", "Sender: =?utf-8?b?0J7Qu9C10LM=?= <oleg@example.test>",
            "To: <\"a b\"@example.test>, <c@d>", "", "",
        ]
        #expect(text(envelope) == lines.joined(separator: "\r\n"))
    }

    @Test("a message without an id needs its header")
    func bare() {
        #expect(text(IMAP.Envelope(subject: "x")) == nil)
        #expect(text(IMAP.Envelope(messageID: "")) == nil)
    }
}
