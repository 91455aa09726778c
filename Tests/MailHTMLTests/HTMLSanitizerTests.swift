import Foundation
import MailHTML
import Testing

private let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Corpus")

private func clean(_ html: String, remote: Bool = false) -> SanitizedHTML {
    HTMLSanitizer(allowsRemote: remote).sanitize(Array(html.utf8))
}

@Suite("HTML sanitiser")
struct HTMLSanitizerTests {
    static let attacks: [String] = {
        struct Case: Decodable {
            var payload: String?
            var html: String?
        }
        var all: [String] = []
        for name in ["dompurify.json", "bleach.json"] {
            guard let data = try? Data(contentsOf: corpus.appendingPathComponent(name)),
                let cases = try? JSONDecoder().decode([Case].self, from: data)
            else { continue }
            all += cases.compactMap { $0.payload ?? $0.html }
        }
        let list = (try? String(contentsOf: corpus.appendingPathComponent("xss-payload-list.txt"), encoding: .utf8)) ?? ""
        return all + list.split(separator: "\n").map(String.init)
    }()

    @Test("every known attack comes out harmless, also when it is read and written a second time")
    func attacksAreHarmless() {
        #expect(Self.attacks.count > 2500)
        for attack in Self.attacks {
            for remote in [false, true] {
                let once = clean(attack, remote: remote)
                #expect(SanitizedTree(once.html).harms(remoteAllowed: remote) == [], "\(attack)")
                let twice = clean(once.html, remote: remote)
                #expect(SanitizedTree(twice.html).harms(remoteAllowed: remote) == [], "\(attack)")
            }
        }
    }

    @Test("the check itself finds harm where there is some")
    func checkFindsHarm() {
        for html in [
            "<script>1</script>", "<img src=x onerror=1>", "<a href='java&#10;script:1'>x</a>", "<p style='behavior:url(x)'>",
            "<svg><g/></svg>", "<img src='http://a/b.png'>",
        ] {
            #expect(!SanitizedTree(html).harms(remoteAllowed: false).isEmpty, "\(html)")
        }
    }

    @Test("ordinary newsletters keep their text, links and looks")
    func newslettersSurvive() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: corpus.appendingPathComponent("templates").path)
        #expect(files.count >= 10)
        for file in files {
            let html = try String(contentsOf: corpus.appendingPathComponent("templates/\(file)"), encoding: .utf8)
            let result = SanitizedTree(clean(html, remote: true).html)
            #expect(result.harms(remoteAllowed: true) == [])
            #expect(result.elements.contains { $0.name == "table" || $0.name == "p" }, "\(file)")
            #expect(result.text.count > 200, "\(file)")
            #expect(!result.styleSheets.joined().isEmpty, "\(file)")
        }
    }

    @Test(
        "what stays and what goes",
        arguments: [
            ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
            ("<form action=x><p>kept</p><input></form>", "<p>kept</p>"),
            ("<a href=\"https://a.example/?q=1&amp;r=2\">x</a>", "href=\"https://a.example/?q=1&amp;r=2\""),
            ("<a href=\"mailto:a@example.org\">x</a>", "href=\"mailto:a@example.org\""),
            ("<a href=\"#top\">x</a>", "href=\"#top\""),
            ("<p style=\"color:red;position:fixed\">x</p>", "<p style=\"color:red;\">x</p>"),
            ("<td background=\"https://a/b.png\" bgcolor=red>x", "x"),
            ("<o:p>office</o:p>", "office"),
            ("<style>@media screen{p{color:red}} @import url(x); a{color:blue}</style>", "@media screen{p{color:red;}}a{color:blue;}"),
        ])
    func keeps(_ input: String, _ expected: String) {
        #expect(clean(input).html.contains(expected), "\(clean(input).html)")
    }

    @Test("remote pictures are held back until they are asked for, and said to be")
    func remotePictures() {
        let mail = "<img src=\"https://tracker.example/p.gif\" alt=\"Logo\"><div style=\"background:url(https://a.example/b.png)\">x</div>"
        let held = clean(mail)
        #expect(held.hasBlockedContent)
        #expect(!held.html.contains("example"))
        #expect(held.html.contains("alt=\"Logo\""))
        let shown = clean(mail, remote: true)
        #expect(!shown.hasBlockedContent)
        #expect(shown.html.contains("https://tracker.example/p.gif"))
        #expect(shown.html.contains("https://a.example/b.png"))
        #expect(!clean("<p>plain</p>").hasBlockedContent)
    }

    @Test("inline pictures come from the message itself")
    func inlinePictures() {
        let sanitizer = HTMLSanitizer { $0 == "logo@example" ? "data:image/png;base64,AAAA" : nil }
        let result = sanitizer.sanitize(Array("<img src=\"cid:logo%40example\"><img src=\"cid:other\">".utf8))
        #expect(result.html.contains("src=\"data:image/png;base64,AAAA\""))
        #expect(!result.html.contains("cid:"))
        #expect(!result.hasBlockedContent)
    }

    @Test(
        "nesting and attributes without end cost no more than their length",
        arguments: [
            ("<div>", 200_000), ("<b><i>", 100_000), ("<a href=x>", 100_000), ("<table><tr><td>", 50_000), ("<font color=red>", 100_000),
            (" a=1", 200_000),
        ])
    func hostileShapes(_ piece: String, _ count: Int) {
        let repeated = String(repeating: piece, count: count)
        // It ends: without the guard the first of these does not within minutes.
        let result = clean(piece.hasPrefix("<") ? repeated : "<p\(repeated)>x</p>")
        #expect(SanitizedTree(result.html).harms(remoteAllowed: false) == [])
    }

    @Test("content below too deep a nesting stays readable")
    func deepContent() {
        let html = String(repeating: "<div>", count: 5000) + "the text" + String(repeating: "</div>", count: 5000)
        #expect(clean(html).html.contains("the text"))
    }
}
