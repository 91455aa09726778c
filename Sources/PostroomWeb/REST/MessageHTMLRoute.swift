import Foundation
import HTTPTypes
import Hummingbird
import MailHTML
import MailMIME
import NIOCore
import PostroomCore

/// A message's HTML made harmless, as a document of its own for a sandboxed frame.
struct MessageHTMLRoute {
    let services: WebServices

    /// Inline pictures beyond this size together stay out of the document; they can be opened as attachments.
    static let inlineBudget = 8 << 20

    func add(to group: RouterGroup<WebContext>) {
        group.get("accounts/:id/emails/:email/html") { request, context in try await show(request, context) }
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let account = try await services.accounts.account(AccountRoutes.id(context), of: context.user)
        let text = try context.parameters.require("email")
        guard let number = Int64(text.hasPrefix("e") ? text.dropFirst() : text[...]) else {
            throw Problem(.notFound, details: ["what": "email"])
        }
        let email = EmailID(number)
        var source = try await services.mail.source(of: email, account: account.id)
        if source == nil { source = try await services.sources.fetchSource(email, account: account.id) }
        guard let source else { throw Problem(.notFound, details: ["what": "email"]) }
        let allowsRemote = request.uri.queryParameters["remote"] == "1"
        let (body, blocked) = Self.fragment(of: MIMEMessage.opened(source), allowsRemote: allowsRemote)
        return Self.document(body, allowsRemote: allowsRemote, hasBlocked: blocked)
    }

    /// The HTML parts one below the other; a part that is text only is shown as it stands.
    static func fragment(of message: MIMEMessage, allowsRemote: Bool) -> (html: String, hasBlocked: Bool) {
        let pictures = InlinePictures(message)
        let sanitizer = HTMLSanitizer(allowsRemote: allowsRemote) { pictures.dataURL(of: $0) }
        var fragments: [String] = []
        var hasBlocked = false
        for index in message.bodyViews.htmlBody {
            let part = message.parts[index]
            let text = message.text(of: index).text
            if part.mediaType.type == "text", part.mediaType.subtype == "html" {
                let clean = sanitizer.sanitize(Array(text.utf8))
                fragments.append(clean.html)
                hasBlocked = hasBlocked || clean.hasBlockedContent
            } else if part.mediaType.type == "text" {
                fragments.append("<pre class=\"text\">\(escape(text))</pre>")
            } else if part.mediaType.type == "image", let url = pictures.dataURL(of: part) {
                fragments.append("<p><img alt=\"\(escape(part.filename ?? ""))\" src=\"\(url)\"></p>")
            }
        }
        return (fragments.joined(separator: "\n<hr>\n"), hasBlocked)
    }

    static func document(_ body: String, allowsRemote: Bool, hasBlocked: Bool) -> Response {
        let page = """
            <!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">\
            <meta name="viewport" content="width=device-width"><style>\
            html{color-scheme:light}body{margin:0;padding:12px;background:#fff;color:#1a1d21;\
            font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}\
            img{max-width:100%;height:auto}pre.text{white-space:pre-wrap;font:inherit;margin:0}\
            blockquote{margin:0 0 0 .6em;padding-left:.8em;border-left:2px solid #c9ced6;color:#4b5563}\
            table{max-width:100%}hr{border:0;border-top:1px solid #dfe3e8}</style></head><body>\(body)</body></html>
            """
        let sources = allowsRemote ? "http: https: data:" : "data:"
        var response = Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "private, no-store",
                .contentSecurityPolicy:
                    "default-src 'none'; img-src \(sources); style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
                    + "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
                .xContentTypeOptions: "nosniff",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
        response.headers[.init("Referrer-Policy")!] = "no-referrer"  // Legal characters.
        if hasBlocked { response.headers[.init("X-Remote-Content")!] = "1" }  // Legal characters.
        return response
    }

    static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}

/// The pictures that a message carries for its own HTML.
private struct InlinePictures: Sendable {
    private let message: MIMEMessage
    private let byContentID: [String: Int]
    private let withinBudget: Set<Int>

    init(_ message: MIMEMessage) {
        self.message = message
        var byContentID: [String: Int] = [:]
        var withinBudget: Set<Int> = []
        var spent = 0
        for (index, part) in message.parts.enumerated() where part.mediaType.type == "image" {
            if let contentID = part.contentID { byContentID[contentID] = index }
            if spent + part.bodyRange.count <= MessageHTMLRoute.inlineBudget {
                spent += part.bodyRange.count
                withinBudget.insert(index)
            }
        }
        self.byContentID = byContentID
        self.withinBudget = withinBudget
    }

    func dataURL(of contentID: String) -> String? {
        byContentID[contentID].flatMap { dataURL(of: message.parts[$0]) }
    }

    func dataURL(of part: MIMEPart) -> String? {
        let type = part.mediaType.subtype
        guard withinBudget.contains(part.index), ["png", "jpeg", "jpg", "gif", "webp", "bmp", "avif"].contains(type) else { return nil }
        return "data:image/\(type);base64," + Data(message.decodedBody(of: part.index)).base64EncodedString()
    }
}
