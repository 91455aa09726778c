import Testing

@testable import MailMIME

@Suite struct HeaderTests {
    @Test(arguments: [
        ("plain", "plain"),
        ("  a\r\n b  ", "a b"),
        ("=?utf-8?Q?Caf=C3=A9?=", "Café"),
        ("=?UTF-8?B?0J/RgNC40LLQtdGC?=", "Привет"),
        ("=?iso-8859-1?q?a?= =?iso-8859-1?q?b?=", "ab"),
        ("=?iso-8859-1?q?a?= b", "a b"),
        ("=?iso-8859-1?q?a_b?=\r\n =?utf-8?q?c?=", "a bc"),
        // Split inside a character, inside a base64 group, and both.
        ("=?utf-8?Q?=D0?= =?utf-8?Q?=9F?=", "П"),
        ("=?utf-8?B?0?= =?utf-8?B?J8=?=", "П"),
        ("=?UTF-8?B?0J/RgNC40LLQtdGC?==?UTF-8?B?IQ==?=", "Привет!"),
        // With a language (RFC 2231), lower-case letters, spaces inside.
        ("=?us-ascii*en?q?hi?=", "hi"),
        ("=?utf-8?q?two words?=", "two words"),
        // No words at all.
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?abc", "=?utf-8?q?abc"),
        ("a=?utf-8?q?=D0=9F?=b", "aПb"),
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("=?gb2312?B?1tC5+g==?=", "中国"),
        ("=?big5?B?pKSw6g==?=", "中國"),
        ("=?ks_c_5601-1987?B?x9GxuQ==?=", "한국"),
        ("=?windows-1255?Q?=F9=EC=E5=ED?=", "שלום"),
    ])
    func text(_ value: String, _ expected: String) { #expect(MIMEMessage.field("Subject", value).asText == expected) }

    @Test func rawBytesAreGuessed() {
        #expect(MIMEMessage.parse(utf8("Subject: Привет\n\n")).subject == "Привет")
        let cyrillic: [UInt8] = utf8("Subject: ") + [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2, 0x20, 0xEC, 0xE8, 0xF0] + utf8("\n\n")
        #expect(MIMEMessage.parse(cyrillic).subject == "Привет мир")
        let koi: [UInt8] = utf8("Subject: ") + [0xF0, 0xD2, 0xC9, 0xD7, 0xC5, 0xD4, 0x20, 0xCD, 0xC9, 0xD2] + utf8("\n\n")
        #expect(MIMEMessage.parse(koi).subject == "Привет мир")
        let latin: [UInt8] = utf8("Subject: Forma") + [0xE7, 0xE3] + utf8("o\n\n")
        #expect(MIMEMessage.parse(latin).subject == "Formação")
    }

    @Test func rawBytesFollowTheBodysCharset() {
        let source: [UInt8] =
            utf8("Content-Type: text/plain; charset=windows-1253\nSubject: ") + [0xC1, 0xE8, 0xDE, 0xED, 0xE1] + utf8("\n\n")
        #expect(MIMEMessage.parse(source).subject == "Αθήνα")
    }

    @Test func theFirstOfRepeatedFieldsCountsAndToJMAPTheLast() {
        let message = MIMEMessage("Subject: one\nSubject: two\n\n")
        #expect(message.subject == "one")
        #expect(message.lastEnvelope.subject == "two")
        #expect(message.headers.all("SUBJECT").count == 2)
        #expect(message.allDefects().map(\.kind) == [.repeatedField])
    }

    @Test(arguments: [
        ("<a@b> <c@d>", ["a@b", "c@d"]),
        ("<a@b>\r\n\t<c@d>", ["a@b", "c@d"]),
        ("a@b", ["a@b"]),
        ("(comment) <a@b>", ["a@b"]),
        ("<a @b>", ["a@b"]),
        ("<a@b", ["a@b"]),
        ("Your message of Monday <a@b>", ["a@b"]),
        ("a@b of Monday c@d", ["a@b", "c@d"]),
        ("image001", ["image001"]),
    ])
    func messageIDs(_ value: String, _ expected: [String]) { #expect(MIMEMessage.field("References", value).asMessageIDs == expected) }

    @Test func aPhraseIsNoListOfIds() { #expect(MIMEMessage.field("In-Reply-To", "Your message of Monday").asMessageIDs == nil) }

    @Test func urls() {
        let field = MIMEMessage.field("List-Unsubscribe", "<mailto:u@l?subject=x>,\r\n <https://l/u>")
        #expect(field.asURLs == ["mailto:u@l?subject=x", "https://l/u"])
        #expect(MIMEMessage.field("List-Post", "NO").asURLs == nil)
    }

    @Test func received() {
        let field = MIMEMessage.field(
            "Received",
            "from mx.a.example (mx.a.example [192.0.2.1])\r\n\tby mx.b.example with ESMTPS id abc123\r\n\tfor <u@b.example>; Tue, 1 Jul 2003 10:52:37 +0200"
        )
        let received = field.asReceived
        #expect(received.from == "mx.a.example (mx.a.example [192.0.2.1])")
        #expect(received.by == "mx.b.example")
        #expect(received.with == "ESMTPS")
        #expect(received.id == "abc123")
        #expect(received.recipient == "u@b.example")
        #expect(received.date?.utc == "2003-07-01T08:52:37Z")
    }
}
