import Testing

@testable import MailMIME

@Suite struct AddressTests {
    @Test(arguments: [
        ("a@b.c", [MailAddress(address: "a@b.c")]),
        ("<a@b.c>", [MailAddress(address: "a@b.c")]),
        ("John Doe <a@b.c>", [MailAddress(name: "John Doe", address: "a@b.c")]),
        ("\"Doe, John\" <a@b.c>, d@e.f", [MailAddress(name: "Doe, John", address: "a@b.c"), MailAddress(address: "d@e.f")]),
        ("=?utf-8?q?Doe,_J=C3=B6rg?= <a@b.c>", [MailAddress(name: "Doe, Jörg", address: "a@b.c")]),
        ("\"=?utf-8?q?J=C3=B6rg?=\" <a@b.c>", [MailAddress(name: "Jörg", address: "a@b.c")]),
        ("a@b.c (John \\(J\\) Doe)", [MailAddress(name: "John (J) Doe", address: "a@b.c")]),
        ("John Doe a@b.c", [MailAddress(name: "John Doe", address: "a@b.c")]),
        ("John <a@b.c", [MailAddress(name: "John", address: "a@b.c")]),
        ("John <a@b.c, Jane <d@e.f>", [MailAddress(name: "John", address: "a@b.c"), MailAddress(name: "Jane", address: "d@e.f")]),
        ("<<a@b.c>>", [MailAddress(address: "a@b.c")]),
        ("<@x,@y:a@b.c>", [MailAddress(address: "a@b.c")]),
        ("a @ b . c", [MailAddress(address: "a@b.c")]),
        ("\"a b\"@c.d", [MailAddress(address: "\"a b\"@c.d")]),
        ("\"ab\"@c.d", [MailAddress(address: "ab@c.d")]),
        ("a@[192.0.2.1]", [MailAddress(address: "a@[192.0.2.1]")]),
        ("a@b.c; d@e.f", [MailAddress(address: "a@b.c"), MailAddress(address: "d@e.f")]),
        ("root", [MailAddress(address: "root")]),
        ("Пётр <пётр@пример.рф>", [MailAddress(name: "Пётр", address: "пётр@пример.рф")]),
        ("undisclosed-recipients:;", []),
        (",,", []),
    ])
    func list(_ value: String, _ expected: [MailAddress]) { #expect(MIMEMessage.field("To", value).asAddresses == expected) }

    @Test func groups() {
        let groups = MIMEMessage.field("To", "x@y, \"A, B\": a@b, C <c@d>; z@y").asGroupedAddresses
        #expect(
            groups == [
                AddressGroup(name: nil, addresses: [MailAddress(address: "x@y")]),
                AddressGroup(name: "A, B", addresses: [MailAddress(address: "a@b"), MailAddress(name: "C", address: "c@d")]),
                AddressGroup(name: nil, addresses: [MailAddress(address: "z@y")]),
            ])
    }

    @Test func commentsAreNoNamesOfMailboxes() {
        let field = MIMEMessage.field("From", "a@b.c (John)")
        #expect(field.asAddresses == [MailAddress(name: "John", address: "a@b.c")])
        #expect(field.asMailboxes == [MailAddress(address: "a@b.c")])
    }

    @Test(arguments: [
        ("a@example.com", "a@example.com"), ("info@пример.рф", "info@xn--e1afmkfd.xn--p1ai"),
        ("a@Bücher.example", "a@xn--bcher-kva.example"),
        ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"), ("пётр@пример.рф", nil),
    ])
    func asciiAddresses(_ address: String, _ expected: String?) { #expect(MailAddress(address: address).asciiAddress == expected) }
}
