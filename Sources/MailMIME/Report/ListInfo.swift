/// What the list header fields (RFC 2369, 2919, 8058) say.
public struct ListInfo: Sendable, Hashable {
    /// The List-Id between its angle brackets, lower case.
    public var id: String?
    /// The text before it.
    public var name: String?
    public var post: [String] = []
    public var unsubscribe: [String] = []
    public var archive: [String] = []
    public var help: [String] = []
    /// True where an HTTPS POST to the unsubscribe URL is enough (RFC 8058).
    public var allowsOneClickUnsubscribe = false
}

extension MIMEMessage {
    /// The list that the message came through; nil where it came through none.
    public var listInfo: ListInfo? {
        let headers = headers
        var info = ListInfo()
        func urls(_ name: String) -> [String] { headers.first(name)?.asURLs ?? [] }
        if let field = headers.first("List-Id") {
            info.id = field.asURLs?.last?.lowercased() ?? field.asText.lowercased()
            let text = field.asText
            let name = text.prefix { $0 != "<" }.trimmingSpaces.filter { $0 != "\"" }
            info.name = name.isEmpty || name.lowercased() == info.id ? nil : name
        }
        info.post = urls("List-Post")
        info.unsubscribe = urls("List-Unsubscribe")
        info.archive = urls("List-Archive")
        info.help = urls("List-Help")
        let oneClick = headers.first("List-Unsubscribe-Post")?.asText.filter { !$0.isWhitespace }.lowercased()
        info.allowsOneClickUnsubscribe =
            oneClick == "list-unsubscribe=one-click" && info.unsubscribe.contains { $0.lowercased().hasPrefix("https:") }
        return info == ListInfo() ? nil : info
    }

    /// True where the message was not written by a person for this occasion (RFC 3834): never answer it automatically.
    public var isAutomatic: Bool {
        let headers = headers
        if let submitted = headers.first("Auto-Submitted")?.asText.lowercased(), !submitted.hasPrefix("no") { return true }
        if let precedence = headers.first("Precedence")?.asText.lowercased(), ["bulk", "junk", "list", "auto_reply"].contains(precedence) {
            return true
        }
        for name in ["List-Id", "List-Unsubscribe", "X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "Feedback-ID"]
        where headers.first(name) != nil { return true }
        if headers.first("Return-Path")?.asRaw.trimmingSpaces == "<>" { return true }
        let root = parts[0].mediaType
        return root.type == "multipart" && root.subtype == "report"
    }
}
