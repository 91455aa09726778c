import MailProtocol
import Testing

@Suite("Secrets stay inside")
struct SecretTests {
    private let secret = Secret("hunter2")

    @Test("No way of printing shows the bytes")
    func printing() {
        var dumped = ""
        dump(secret, to: &dumped)
        dump(Credentials.password(login: "u", password: secret), to: &dumped)
        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), dumped, "\(Credentials.bearer(login: "u", token: secret))",
        ]
        for text in texts {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("<secret>"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test("The bytes come out by name only")
    func access() {
        #expect(secret.reveal() == "hunter2")
        #expect(secret.withBytes { $0.count } == 7)
        #expect(Secret("").isEmpty)
    }

    @Test("Equality looks at the bytes")
    func equality() {
        #expect(secret == Secret(bytes: Array("hunter2".utf8)))
        #expect(secret != Secret("hunter3"))
        #expect(secret != Secret("hunter"))
    }

    @Test("A SASL line survives encoding, whatever its length", arguments: 0..<40)
    func base64(_ length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
        #expect(SASLLine.decode(SASLLine.encode(bytes)) == bytes)
    }

    @Test("What is not base64 is nothing", arguments: ["A", "AB=A", "====", "A===", "AA=", "\u{E4}AAA", "AAAA=", "+ AA="])
    func notBase64(_ text: String) { #expect(SASLLine.decode(text) == nil) }
}
