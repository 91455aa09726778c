import Testing

@testable import MailMIME

@Suite struct DecodingTests {
    @Test(arguments: [
        ("YWJj", "abc", false), ("YWI=", "ab", false), ("YQ==", "a", false), ("YQ", "a", true), ("Y W\r\nJj", "abc", false),
        ("YWJj!!ZGVm", "abcdef", true), ("YQ==YWI=", "aab", false), ("YQ==\n-- \nfooter of a list", "a", true), ("", "", false),
        ("=", "", false),
    ])
    func base64(_ text: String, _ expected: String, _ isDefect: Bool) {
        let decoded = utf8(text).withUnsafeBufferPointer { TransferEncoding.base64.decode($0) }
        #expect(decoded.bytes == utf8(expected))
        #expect((decoded.defect != nil) == isDefect)
    }

    @Test func base64ComesBack() {
        for length in 0..<200 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 5) }
            var text: [UInt8] = []
            bytes.withUnsafeBufferPointer { Base64.encode($0, into: &text) }
            #expect(text.withUnsafeBufferPointer { TransferEncoding.base64.decode($0).bytes } == bytes)
        }
    }

    @Test(arguments: [
        ("a=3Db", "a=b", false), ("a=3db", "a=b", false), ("a=\r\nb", "ab", false), ("a= \t\nb", "ab", false), ("a=", "a", false),
        ("a=G1", "a=G1", true),
        ("a  \r\nb", "a\r\nb", false), ("a=20\r\nb", "a \r\nb", false), ("=D0=9F", "П", false), ("a ", "a ", false),
    ])
    func quotedPrintable(_ text: String, _ expected: String, _ isDefect: Bool) {
        let decoded = utf8(text).withUnsafeBufferPointer { TransferEncoding.quotedPrintable.decode($0) }
        #expect(decoded.bytes == utf8(expected))
        #expect((decoded.defect != nil) == isDefect)
    }

    @Test func uuencodedFileInText() {
        let text = "Hello\n\nbegin 644 a.txt\n#86)C\n`\nend\nbye\n"
        let files = UUEncode.files(in: utf8(text))
        #expect(files.map(\.name) == ["a.txt"])
        #expect(files.first?.content == utf8("abc"))
        #expect(UUEncode.files(in: utf8("begin 644 the day with a smile\nand a song\n\nYours")).isEmpty)
        let message = MIMEMessage.parse(utf8("Subject: x\n\n" + text), options: ParseOptions(unpacksAttachments: true))
        #expect(message.parts.map(\.partID) == ["1", "1.1"])
        #expect(message.bodyViews.attachments == [1])
        #expect(message.parts[1].filename == "a.txt")
        #expect(message.decodedBody(of: 1) == utf8("abc"))
    }

    @Test(
        arguments: [
            ("windows-1251", [0xCF, 0xF0, 0xE8], "При"), ("KOI8-R", [0xF0, 0xD2, 0xC9], "При"), ("x-cp1251", [0xCF], "П"),
            ("\"utf-8\"", [0xD0, 0x9F], "П"),
            ("us-ascii", [0x61, 0x93], "a\u{201C}"), ("iso-8859-1", [0xE9, 0x80], "é€"), ("gb2312", [0xD6, 0xD0, 0x61], "中a"),
            ("shift_jis", [0x87, 0x40, 0x5C], "①\\"),
            ("euc-kr", [0x8C, 0x63], "똠"), ("iso-2022-jp", [0x1B, 0x24, 0x42, 0x2D, 0x21, 0x1B, 0x28, 0x42, 0x61], "①a"),
            ("hz-gb-2312", [0x7E, 0x7B, 0x56, 0x50, 0x39, 0x7A, 0x7E, 0x7D, 0x21], "中国!"), ("utf-7", Array("+BB8-!".utf8), "П!"),
            ("iso-8859-8-i", [0xF9], "ש"), ("tis-620", [0xA1], "ก"), ("utf-16", [0xFF, 0xFE, 0x1F, 0x04], "П"), ("cp-850", [0x82], "é"),
            ("x-mac-cyrillic", [0x8F], "П"), ("windows-1252", [0x81], "\u{81}"), ("ks_c_5601-1987", [0xC7, 0xD1], "한"),
            ("x-sjis", [0x82, 0xA0], "あ"),
        ] as [(String, [UInt8], String)])
    func charset(_ label: String, _ bytes: [UInt8], _ expected: String) {
        #expect(Charset.decode(bytes, label: label) == DecodedText(text: expected, isEncodingProblem: false))
    }

    @Test func wrongBytesAreReplaced() {
        let decoded = Charset.decode([0x61, 0xFF, 0x62], label: "utf-8")
        #expect(decoded.text == "a\u{FFFD}b")
        #expect(decoded.isEncodingProblem)
        #expect(Charset.decode([0x61, 0x81], label: "shift_jis").text == "a\u{FFFD}")
    }

    @Test func unknownCharsetIsAProblemAndStillText() {
        let decoded = Charset.decode(utf8("Привет"), label: "x-none-such")
        #expect(decoded.text == "Привет")
        #expect(decoded.isEncodingProblem)
    }

    @Test func htmlDeclaresItsCharset() {
        let body: [UInt8] = utf8("<html><meta http-equiv=x content=\"text/html; charset=koi8-r\"><p>") + [0xF0] + utf8("</p>")
        let message = MIMEMessage.parse(utf8("Content-Type: text/html\n\n") + body)
        #expect(message.text(of: 0).text.contains("<p>П</p>"))
    }

    @Test(arguments: [
        ("windows-1251", "Это обычное письмо на русском языке, без указания кодировки"),
        ("koi8-r", "Это обычное письмо на русском языке, без указания кодировки"),
        ("ibm866", "Это обычное письмо на русском языке, без указания кодировки"),
        ("windows-1253", "Αυτό είναι ένα συνηθισμένο γράμμα στα ελληνικά"),
        ("windows-1255", "זהו מכתב רגיל בעברית בלי ציון קידוד"),
        ("windows-1256", "هذه رسالة عادية باللغة العربية بدون ترميز"),
        ("windows-874", "นี่คือจดหมายธรรมดาในภาษาไทย"),
        ("gb18030", "这是一封普通的中文邮件没有标明编码"),
        ("big5", "這是一封普通的中文郵件沒有標明編碼"),
        ("shift_jis", "これは文字コードの指定がない普通の日本語のメールです"),
        ("euc-jp", "これは文字コードの指定がない普通の日本語のメールです"),
        ("euc-kr", "이것은 문자 집합이 지정되지 않은 보통 한국어 메일입니다"),
        ("windows-1252", "Ceci est un message ordinaire en français, écrit à la hâte"),
    ])
    func unlabelledTextIsGuessed(_ label: String, _ text: String) throws {
        let bytes = try #require(encode(text, label))
        #expect(bytes.withUnsafeBufferPointer { CharsetGuess.guess($0) } == label)
    }
}
