import Testing

@testable import MailMIME

@Suite struct ParameterTests {
    @Test(arguments: [
        ("attachment; filename=a.txt", "a.txt"),
        ("attachment; filename=\"a b.txt\"", "a b.txt"),
        ("attachment; filename=a b.txt", "a b.txt"),
        ("attachment; filename=\"a\\\"b\"", "a\"b"),
        ("attachment; filename=\"C:\\TEMP\\a.txt\"", "C:\\TEMP\\a.txt"),
        ("attachment; filename*=utf-8''%D0%9F.txt", "П.txt"),
        ("attachment; filename*=iso-8859-1'de'J%F6rg", "Jörg"),
        ("attachment; filename*0=a; filename*1=b.txt", "ab.txt"),
        ("attachment; filename*1*=%9F; filename*0*=utf-8''%D0", "П"),
        ("attachment; filename*0*=utf-8''%D0; filename*1*=%9F; filename*2=.txt", "П.txt"),
        ("attachment; filename=\"=?utf-8?B?0J8=?=.txt\"", "П.txt"),
        ("attachment; filename==?utf-8?Q?a_b?=", "a b"),
        ("attachment; filename=a.txt; filename*=utf-8''b.txt", "b.txt"),
        ("attachment filename=a.txt", "a.txt"),
        ("attachment;\r\n filename=\"long\r\n name\"", "long name"),
        ("attachment; size=3; FILENAME=a.txt (comment)", "a.txt"),
    ])
    func filename(_ value: String, _ expected: String) {
        let message = MIMEMessage("Content-Disposition: \(value)\r\n\r\n")
        #expect(message.parts[0].filename == expected)
    }

    @Test func safeFilenames() {
        func safe(_ name: String) -> String? { MIMEMessage("Content-Type: a/b; name=\"\(name)\"\n\n").parts[0].safeFilename }
        #expect(safe("../../etc/passwd") == "passwd")
        #expect(safe("C:\\TEMP\\x.exe") == "x.exe")
        #expect(safe(".bashrc") == "bashrc")
        #expect(safe("photo\u{202E}gpj.exe") == "photogpj.exe")
        #expect(safe("..") == nil)
    }

    @Test(arguments: [
        ("text/HTML; charset=UTF-8", "text/html", "UTF-8"),
        ("text/plain;charset=\"utf-8\" format=flowed", "text/plain", "utf-8"),
        ("text", "text/plain", nil),
        ("", "text/plain", nil),
        ("image", "application/octet-stream", nil),
        ("text/plain; charset", "text/plain", nil),
        ("(c) text / html ; charset = x", "text/html", "x"),
    ])
    func contentType(_ value: String, _ type: String, _ charset: String?) {
        let part = MIMEMessage("Content-Type: \(value)\n\n").parts[0]
        #expect(part.mediaType.description == type)
        #expect(part.charset == charset)
    }

    @Test func extendedBoundary() {
        let message = MIMEMessage("Content-Type: multipart/mixed; boundary*=us-ascii''a%20b; x=y\n\n--a b\n\nhi\n--a b--\n")
        #expect(message.outline == "multipart/mixed(text/plain)")
    }
}
