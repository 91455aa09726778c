import Foundation
import MailMIME
import PostroomCore

/// SearchSnippet/get (RFC 8621 §5).
enum SnippetMethods {
    static func get(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: ["accountId", "filter", "emailIds"])
        let account = try context.account(arguments)
        guard let ids = try arguments.distinctIDs("emailIds", context) else {
            throw MethodError.invalidArguments("\"emailIds\" is missing.")
        }
        guard ids.count <= context.limits.maxObjectsInGet else { throw MethodError("requestTooLarge") }
        let filter = try QueryCall.filter(arguments)
        let query = try EmailQueryParser.query(filter: filter, sort: [], collapseThreads: false, context)
        let words = SnippetWords(query.filter)
        var list: [(String, String?, String?)] = []
        var notFound: [String] = []
        let emails = try await context.mail.emails(ids.compactMap(JMAPID.email), of: account.id)
        let known = Dictionary(emails.map { ($0.id.jmap, $0) }) { first, _ in first }
        for id in ids {
            guard let email = known[id] else {
                notFound.append(id)
                continue
            }
            let subject = Highlighter(words.subject).subject(email.content.subject)
            var preview: String?
            // A body that still lies on the server is not worth fetching for this.
            if !words.body.isEmpty, let source = try await context.mail.source(of: email.id, account: account.id) {
                preview = Highlighter(words.body).preview(MIMEMessage.opened(source).searchText())
            }
            list.append((id, subject, preview))
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("accountId", account.jmap)
        json.key("list")
        json.beginArray()
        for (id, subject, preview) in list {
            json.beginObject()
            json.member("emailId", id)
            json.member("subject", subject)
            json.member("preview", preview)
            json.endObject()
        }
        json.endArray()
        // A list also where all were found, as in /get: RFC 8621 §5.1 has null there, clients take it for a list.
        json.member("notFound", notFound)
        json.endObject()
        return json.bytes
    }
}

/// The words that a filter looks for, apart from those that must not be there.
struct SnippetWords {
    private(set) var subject: Set<String> = []
    private(set) var body: Set<String> = []

    init(_ filter: EmailFilter?) {
        if let filter { collect(filter) }
    }

    private mutating func collect(_ filter: EmailFilter) {
        switch filter {
        case .and(let all), .or(let all): all.forEach { collect($0) }
        case .text(let text):
            subject.formUnion(Self.words(text))
            body.formUnion(Self.words(text))
        case .subject(let text): subject.formUnion(Self.words(text))
        case .body(let text): body.formUnion(Self.words(text))
        default: break
        }
    }

    private static func words(_ text: String) -> [String] {
        SearchNormalizer().terms(of: text).flatMap { $0.alternatives.joined() }
    }
}

/// Marks words in text for a page: everything else is escaped.
struct Highlighter {
    private let words: Set<String>
    /// Octets (RFC 8621 §5).
    private static let longestPreview = 255

    init(_ words: Set<String>) {
        self.words = words
    }

    /// The whole subject with the matches marked; nil where there is none.
    func subject(_ text: String) -> String? {
        let pieces = pieces(of: text)
        return pieces.contains { $0.isMatch } ? pieces.map(Self.html).joined() : nil
    }

    /// Where the first match is, at most 255 octets; nil where there is none.
    func preview(_ text: String) -> String? {
        guard !words.isEmpty else { return nil }
        let pieces = pieces(of: String(text.prefix(200_000)).split(whereSeparator: \.isWhitespace).joined(separator: " "))
        guard let first = pieces.firstIndex(where: \.isMatch) else { return nil }
        // A few words of what stands before.
        var start = first
        var lead = 0
        while start > 0, lead + pieces[start - 1].text.utf8.count < 60 {
            start -= 1
            lead += pieces[start].text.utf8.count
        }
        var result = ""
        for piece in pieces[start...] {
            let html = Self.html(piece)
            guard result.utf8.count + html.utf8.count <= Self.longestPreview else { break }
            result += html
        }
        return result.isEmpty ? nil : result.trimmingCharacters(in: .whitespaces)
    }

    private struct Piece {
        var text: String
        var isMatch: Bool
    }

    /// Words and what is between them.
    private func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        while let first = rest.first {
            let isWord = first.isLetter || first.isNumber
            let piece = rest.prefix { ($0.isLetter || $0.isNumber) == isWord }
            pieces.append(Piece(text: String(piece), isMatch: isWord && matches(String(piece))))
            rest = rest[piece.endIndex...]
        }
        return pieces
    }

    private func matches(_ word: String) -> Bool {
        let folded = word.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
        if words.contains(folded) { return true }
        return words.contains { needle in
            // A stem begins the word; a pair of ideographs lies within the run.
            needle.utf8.count > 2
                && (folded.hasPrefix(needle) || needle.unicodeScalars.first.map { $0.value >= 0x3000 } == true && folded.contains(needle))
        }
    }

    private static func html(_ piece: Piece) -> String {
        let text = piece.text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
        return piece.isMatch ? "<mark>\(text)</mark>" : text
    }
}
