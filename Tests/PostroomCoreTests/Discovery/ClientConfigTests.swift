import Foundation
import Testing

@testable import PostroomCore

@Suite("clientConfig of Mozilla's autoconfig")
struct ClientConfigTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Corpus/autoconfig")

    struct Expected: Decodable, CustomTestStringConvertible {
        struct Server: Decodable, Equatable {
            var type: String?
            var hostname: String
            var port: Int?
            var socketType: String
            var username: String?
            var authentication: [String]
        }
        struct OAuth: Decodable, Equatable {
            var issuer: String?
            var scope: String?
            var authURL: String?
            var tokenURL: String?
        }
        var file: String
        var id: String?
        var domains: [String]
        var displayName: String?
        var displayShortName: String?
        var incoming: [Server]
        var outgoing: [Server]
        var oAuth2: OAuth?
        var testDescription: String { file }
    }

    static let expected: [Expected] = {
        let text = (try? String(contentsOf: folder.appendingPathComponent("expected.jsonl"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Expected.self, from: Data($0.utf8)) }
    }()

    @Test func theSelectionIsThere() { #expect(Self.expected.count == 30) }

    @Test("each file of the selection holds its facts", arguments: expected)
    func facts(_ expected: Expected) throws {
        let config = try ClientConfig([UInt8](Data(contentsOf: Self.folder.appendingPathComponent(expected.file))))
        func servers(_ list: [ClientConfig.Server]) -> [Expected.Server] {
            list.map {
                .init(
                    type: $0.type, hostname: $0.hostname, port: $0.port, socketType: $0.socketType, username: $0.username,
                    authentication: $0.authentication)
            }
        }
        #expect(config.id == expected.id)
        #expect(config.domains == expected.domains)
        #expect(config.displayName == expected.displayName)
        #expect(config.displayShortName == expected.displayShortName)
        #expect(servers(config.incoming) == expected.incoming)
        #expect(servers(config.outgoing) == expected.outgoing)
        let oauth = config.oAuth2.map {
            Expected.OAuth(issuer: $0.issuer, scope: $0.scope, authURL: $0.authURL, tokenURL: $0.tokenURL)
        }
        #expect(oauth == expected.oAuth2)
    }

    @Test func answersOfRealServersWithJunkBehindThem() throws {
        let outlook = try ClientConfig([UInt8](Data(contentsOf: Self.folder.appendingPathComponent("sample-outlook.com.xml"))))
        #expect(outlook.id == "outlook.com")
        #expect(outlook.incoming.map(\.type) == ["exchange", "imap", "pop3"])
        let lakenet = try ClientConfig([UInt8](Data(contentsOf: Self.folder.appendingPathComponent("sample-lakenet.ch.xml"))))
        #expect(lakenet.domains == ["%EMAILDOMAIN%"])
        #expect(lakenet.incoming.first?.hostname == "mail.lakenet.ch")
    }

    struct Odd: Sendable, CustomTestStringConvertible {
        var name: String
        var text: [UInt8]
        var displayName: String
        init(_ name: String, _ text: String, _ displayName: String, encoding: String.Encoding = .utf8) {
            (self.name, self.displayName) = (name, displayName)
            self.text = [UInt8](text.data(using: encoding) ?? Data())
        }
        var testDescription: String { name }
    }

    static func document(_ inner: String, before: String = "", after: String = "") -> String {
        before + "<clientConfig version=\"1.1\"><emailProvider id=\"a.test\">" + inner + "</emailProvider></clientConfig>" + after
    }

    static let odd: [Odd] = [
        Odd("empty lines before the declaration", document("<displayName>A</displayName>", before: "\n\n <?xml version=\"1.0\"?>\n"), "A"),
        Odd("a byte order mark", document("<displayName>A</displayName>", before: "\u{FEFF}<?xml version=\"1.0\"?>"), "A"),
        Odd(
            "windows-1251", document("<displayName>Почта</displayName>", before: "<?xml version=\"1.0\" encoding=\"windows-1251\"?>"),
            "Почта",
            encoding: .windowsCP1251),
        Odd(
            "UTF-16", document("<displayName>Почта</displayName>", before: "<?xml version=\"1.0\" encoding=\"UTF-16\"?>"), "Почта",
            encoding: .utf16),
        Odd("a bare ampersand", document("<displayName>A & B &nbsp;</displayName>"), "A & B &nbsp;"),
        Odd("CDATA", document("<displayName><![CDATA[A & <B>]]></displayName>"), "A & <B>"),
        Odd("a document type without declarations", document("<displayName>A</displayName>", before: "<!DOCTYPE clientConfig>\n"), "A"),
        Odd("a comment before and junk after", document("<displayName>A</displayName>", before: "<!-- [x] -->", after: "<br>\";"), "A"),
        Odd(
            "a namespace prefix",
            "<c:clientConfig xmlns:c=\"u:x\"><c:emailProvider><c:displayName> A\n</c:displayName></c:emailProvider></c:clientConfig>", "A"),
    ]

    @Test("what servers print oddly is read", arguments: odd)
    func oddities(_ odd: Odd) throws { #expect(try ClientConfig(odd.text).displayName == odd.displayName) }

    struct Hostile: Sendable, CustomTestStringConvertible {
        var name: String
        var text: [UInt8]
        var failure: ClientConfig.Failure
        var testDescription: String { name }
    }

    static let hostile: [Hostile] = [
        Hostile(
            name: "entities that expand a billion times",
            text: Array(
                document(
                    "<displayName>&c;</displayName>",
                    before: "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\"><!ENTITY c \"&b;&b;\">]>"
                ).utf8),
            failure: .xml(.documentType)),
        Hostile(
            name: "a file read by an entity",
            text: Array(
                document("<displayName>&f;</displayName>", before: "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>").utf8),
            failure: .xml(.documentType)),
        Hostile(
            name: "a document type hidden behind an encoding",
            text: Array(document("", before: "<?xml version=\"1.0\" encoding=\"UTF-7\"?>").utf8), failure: .xml(.encoding("utf-7"))),
        Hostile(name: "more than a file may have", text: [UInt8](repeating: 0x20, count: 300_000), failure: .xml(.tooLarge)),
        Hostile(
            name: "elements without end in depth",
            text: Array((String(repeating: "<a>", count: 40) + String(repeating: "</a>", count: 40)).utf8), failure: .xml(.tooLarge)),
        Hostile(
            name: "elements without number", text: Array(("<a>" + String(repeating: "<b/>", count: 20_000) + "</a>").utf8),
            failure: .xml(.tooLarge)),
        Hostile(name: "a web page", text: Array("<html><body>Not found</body></html>".utf8), failure: .notThisDocument(root: "html")),
        Hostile(name: "cut short", text: Array(document("").utf8.dropLast(20)), failure: .xml(.malformed)),
        Hostile(name: "nothing", text: [], failure: .xml(.malformed)),
    ]

    @Test("what attacks is refused", arguments: hostile)
    func attacks(_ hostile: Hostile) { #expect(throws: hostile.failure) { try ClientConfig(hostile.text) } }

    struct Login: Sendable, CustomTestStringConvertible {
        var text: String?
        var expected: LoginTemplate
        var testDescription: String { text ?? "none" }
    }

    static let logins: [Login] = [
        Login(text: nil, expected: .format(.email)),
        Login(text: "%EMAILADDRESS%", expected: .format(.email)),
        Login(text: "%EMAILADDRESS", expected: .format(.email)),
        Login(text: "%EMAILLOCALPART%@%EMAILDOMAIN%", expected: .format(.email)),
        Login(text: "%EMAILLOCALPART%", expected: .format(.mailboxName)),
        Login(text: "Anna@a.test", expected: .format(.email)),
        Login(text: "m4711", expected: .literal("m4711")),
        Login(text: "%EMAILLOCALPART%.%EMAILDOMAIN%", expected: .literal("anna.a.test")),
        Login(text: "eve@a.test", expected: .anotherAddress("eve@a.test")),
    ]

    @Test("logins", arguments: logins)
    func login(_ login: Login) throws { #expect(LoginTemplate(login.text, for: try EmailAddress("anna@a.test")) == login.expected) }
}
