import Foundation
import Testing

@testable import MailMIME

@Suite struct ViewTests {
    static func multipart(_ subtype: String, _ parts: [String]) -> String {
        let boundary = "b\(abs(parts.joined().hashValue))"
        return "Content-Type: multipart/\(subtype); boundary=\(boundary)\n\n" + parts.map { "--\(boundary)\n\($0)\n" }.joined()
            + "--\(boundary)--\n"
    }
    static let text = "Content-Type: text/plain\n\nt"
    static let html = "Content-Type: text/html\n\nh"
    static let image = "Content-Type: image/png\n\ni"
    static let cidImage = "Content-Type: image/png\nContent-ID: <i>\nContent-Disposition: inline\n\ni"
    static let file = "Content-Type: text/plain\nContent-Disposition: attachment; filename=f\n\nf"

    @Test(arguments: [
        (text, [0], [0], [Int]()),
        (multipart("alternative", [text, html]), [1], [2], []),
        (multipart("mixed", [text, file]), [1], [1], [2]),
        (multipart("mixed", [text, image, text]), [1, 2, 3], [1, 2, 3], []),
        (multipart("related", [html, cidImage]), [1], [1], [2]),
        (multipart("mixed", [multipart("alternative", [text, multipart("related", [html, cidImage])]), file]), [2], [4], [5, 6]),
        (multipart("alternative", [text, multipart("mixed", [html, image])]), [1], [3, 4], [4]),
        (multipart("mixed", ["Content-Type: message/rfc822\n\n" + text]), [], [], [1]),
    ])
    func bodies(_ source: String, _ textBody: [Int], _ htmlBody: [Int], _ attachments: [Int]) {
        let views = MIMEMessage(source).bodyViews
        #expect(views.textBody == textBody)
        #expect(views.htmlBody == htmlBody)
        #expect(views.attachments == attachments)
    }

    @Test func shownImagesAreNoAttachments() {
        #expect(!MIMEMessage(Self.multipart("related", [Self.html, Self.cidImage])).hasAttachment)
        #expect(MIMEMessage(Self.multipart("mixed", [Self.text, Self.file])).hasAttachment)
    }

    @Test(arguments: [
        ("<p>Hello<br>World</p><p>Next</p>", "Hello\nWorld\n\nNext"),
        ("<style>p{}</style><script>x<y</script>a &amp; b&nbsp;c &#1055;&eacute;&lt;", "a & b c Пé<"),
        ("<!-- x --><title>no</title>yes", "yes"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("<table><tr><td>a<td>b</tr><tr><td>c</table>", "a b\nc"),
        ("<a title='>'>x</a>", "x"), ("<p", ""), ("&#x1F600;&bogus;", "😀&bogus;"), ("a&zwnj;b", "ab"),
    ])
    func htmlText(_ html: String, _ expected: String) { #expect(HTMLText.plainText(fromHTML: html) == expected) }

    @Test func previewIsWhatIsNew() {
        let message = MIMEMessage(
            "Content-Type: text/plain; charset=utf-8\n\nThanks,  that\nworks.\n\nOn Mon, 1 Jan 2024 at 10:00, A <a@b.c> wrote:\n> Does it?\n"
        )
        #expect(message.preview() == "Thanks, that works.")
        #expect(message.preview(maxLength: 10) == "Thanks, th")
        #expect(MIMEMessage("Content-Type: text/plain; charset=utf-8\n\n\u{200B}a\u{200C} b").preview() == "a b")
        #expect(MIMEMessage("Content-Type: text/html\n\n<style>x</style><p>Hi <b>there</b>").preview() == "Hi there")
    }

    @Test func searchTextHoldsBodiesAndAttachedTexts() {
        let message = MIMEMessage(
            Self.multipart(
                "mixed", [Self.text, Self.html, Self.file, "Content-Type: message/rfc822\n\nSubject: inner\n\nbody", Self.image]))
        #expect(message.searchText() == "t\nh\nf\ninner\nbody")
        #expect(message.searchText(limit: 3) == "t\nh")
        #expect(MIMEMessage.parse(utf8("Content-Type: text/plain; charset=utf-8\n\nПривет")).searchText(limit: 3) == "П")
    }

    @Test func flowedTextIsJoined() {
        #expect(FlowedText.unwrap("a \nb\n> c \n> d\n-- \nsig\n e") == "a b\n> c d\n-- \nsig\ne")
        #expect(FlowedText.unwrap("a \nb", deletesSpaces: true) == "ab")
        #expect(FlowedText.unwrap("> a \nb") == "> a \nb")
    }

    @Test(arguments: [
        ("Yes.\n\nOn Mon, Jan 1, 2024 at 10:00 AM A B <a@b.c> wrote:\n\n> q\n> r\n", "Yes.", true),
        ("Да.\n\n20 окт. 2016 г. 19:37 пользователь \"A\" <\na@b.c> написал:\n\n> q", "Да.", true),
        ("Yes.\n\n-----Original Message-----\nFrom: a\nSubject: b\n\nq", "Yes.", true),
        ("Yes.\n\n________________________________\nVon: a\nGesendet: b\nAn: c\nBetreff: d\n\nq", "Yes.", true),
        ("No quote here.\nFrom: me to you", "No quote here.\nFrom: me to you", false),
        ("> q\n\nAnswer below.", "Answer below.", true),
        ("> one\nfirst\n> two\nsecond", "> one\nfirst\n> two\nsecond", false),
        ("Thanks\n\n-- \nJohn\n+1 555", "Thanks", false),
        ("Thanks\n\nSent from my iPhone", "Thanks", false),
    ])
    func replies(_ text: String, _ new: String, _ hasQuote: Bool) {
        let reply = ReplyText.split(text)
        #expect(reply.new == new)
        #expect(!reply.quoted.isEmpty == hasQuote)
    }

    @Test func repliesOfTheCorpusAreTrimmed() {
        let names = Corpus.files("replies/trimmed/")
        let right = names.filter { name in
            let text = Corpus.text(name.replacing("/trimmed/", with: "/emails/"))
            return ReplyText.split(text).new.filter { !$0.isWhitespace } == Corpus.text(name).filter { !$0.isWhitespace }
        }
        #expect(names.count == 37)
        // The rest are signatures without a sign, odd one-line footers and quotes that the corpus cuts at other places.
        #expect(right.count >= 32)
    }

    /// Whatever stands below it, with each sign of a quote at each distance.
    @Test func anOpeningIsWhatTheWholeTextBeginsWith() {
        let clean = (1...40).map { "Line \($0), which says nothing of quotes, dashes or telephones." }
        var told = 0
        for name in Corpus.files("replies/emails/") {
            let lines = Corpus.text(name).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for above in [0, 1, 2, 3, 5, 8, 13, 21] {
                let text = (clean.prefix(above) + lines + clean.prefix(above % 3)).joined(separator: "\n")
                for characters in [1, 80, 300, 1024] {
                    guard let opening = ReplyText.opening(of: text, characters: characters) else { continue }
                    told += 1
                    let begins = ReplyText.split(text).new.filter { !$0.isWhitespace }.hasPrefix(opening.filter { !$0.isWhitespace })
                    #expect(begins, "\(name), \(above) lines above, \(characters) characters")
                }
            }
        }
        #expect(told > 300)
    }

    @Test(arguments: [
        "> quoted", "On Mon, Jan 1, 2024 at 10:00 AM A B <a@b.c> wrote:", "-----Original Message-----", "From: a\nDate: b\nSubject: c",
        "-- ", "—", "___", "Sent from my iPhone", "*Отправлено с iPhone*", "-----", "a\r> b",
    ])
    func anOpeningHoldsNoSign(_ sign: String) {
        let line = "Nothing but words of somebody who has something to say"
        #expect(ReplyText.opening(of: "\(line)\n\(sign)\n\(line)\n\(line)", characters: 100) == nil)
        #expect(ReplyText.opening(of: "\(line)\n\(sign)\n\(line)", characters: 10_000) == nil)
        #expect(ReplyText.opening(of: "\(line)\n\(line)", characters: 10_000) == "\(line)\n\(line)")
        // An introduction may be three lines long, so that one right below counts too.
        let far = Array(repeating: line, count: 5).joined(separator: "\n")
        #expect((ReplyText.opening(of: "\(far)\n\(sign)\n\(line)", characters: 100) == nil) == sign.contains("\r"))
    }

    @Test func whatTelephonesAddIsNotMissedByItsFirstOctets() {
        for line in ReplySignature.devices {
            for text in ["\(line) x", "\(line.uppercased()) x", "*\(line) x*"] {
                #expect(ReplySignature.mayBegin(Substring(text)), "\(text)")
            }
        }
    }
}
