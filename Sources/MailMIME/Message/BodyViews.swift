/// The body as a reader sees it (RFC 8621 section 4.1.4): indices into ``MIMEMessage/parts``.
public struct BodyViews: Sendable, Hashable {
    /// What to show, in order, where plain text is preferred; may hold HTML parts and inline images.
    public var textBody: [Int] = []

    /// The same where HTML is preferred; may hold plain text parts.
    public var htmlBody: [Int] = []

    /// Everything else that is worth a line in a list of attachments.
    public var attachments: [Int] = []

    public init() {}
}

extension MIMEMessage {
    /// The body's views. Embedded messages are attachments: their parts are not looked into.
    public var bodyViews: BodyViews { bodyViews(listsShownMedia: false) }

    /// - Parameter listsShownMedia: list images, sound and video that stand in the text among the attachments too.
    public func bodyViews(listsShownMedia: Bool) -> BodyViews {
        var sorter = BodySorter(message: self, listsShownMedia: listsShownMedia)
        sorter.sort([0], multipartType: "mixed", isInAlternative: false, takesText: true, takesHTML: true)
        return sorter.views
    }

    /// True where a person would say that something is attached: images that the HTML shows and signatures do not count.
    public var hasAttachment: Bool {
        bodyViews.attachments.contains { index in
            let part = parts[index]
            if part.disposition == "inline" { return false }
            let type = part.mediaType
            if type.subtype.hasSuffix("-signature") { return false }
            let isRelated = part.parent.map { parts[$0].mediaType.subtype == "related" } ?? false
            return !(isRelated && type.type == "image" && part.contentID != nil)
        }
    }
}

/// The algorithm of RFC 8621 section 4.1.4, recursive as there; depth is bounded by ``MIMELimits/maxDepth``.
private struct BodySorter {
    let message: MIMEMessage
    let listsShownMedia: Bool
    var views = BodyViews()

    /// - Parameters:
    ///   - takesText: false inside an alternative once HTML was found there: the text view has its own form.
    ///   - takesHTML: the same for the HTML view.
    mutating func sort(_ parts: [Int], multipartType: String, isInAlternative: Bool, takesText: Bool, takesHTML: Bool) {
        var (takesText, takesHTML) = (takesText, takesHTML)
        let (textStart, htmlStart) = (views.textBody.count, views.htmlBody.count)
        for (position, index) in parts.enumerated() {
            let part = message.parts[index]
            let type = part.mediaType
            if part.isMultipart {
                sort(
                    part.children, multipartType: type.subtype, isInAlternative: isInAlternative || type.subtype == "alternative",
                    takesText: takesText, takesHTML: takesHTML)
                continue
            }
            let isPlain = type.type == "text" && type.subtype == "plain"
            let isHTML = type.type == "text" && type.subtype == "html"
            let isMedia = type.type == "image" || type.type == "audio" || type.type == "video"
            let isInline =
                part.disposition != "attachment" && (isPlain || isHTML || isMedia)
                && (position == 0 || (multipartType != "related" && (isMedia || part.filename == nil)))
            guard isInline else {
                // Files unpacked from a container stand for it.
                let unpacked = type.type == "application" ? part.children : []
                views.attachments += unpacked.isEmpty ? [index] : unpacked
                continue
            }
            defer { if isPlain { views.attachments += part.children } }
            if multipartType == "alternative" {
                if isPlain {
                    if takesText { views.textBody.append(index) }
                } else if isHTML {
                    if takesHTML { views.htmlBody.append(index) }
                } else {
                    views.attachments.append(index)
                }
                continue
            }
            if isInAlternative {
                if isPlain { takesHTML = false }
                if isHTML { takesText = false }
            }
            if takesText { views.textBody.append(index) }
            if takesHTML { views.htmlBody.append(index) }
            if !takesText || !takesHTML || listsShownMedia, isMedia { views.attachments.append(index) }
        }
        guard multipartType == "alternative", takesText, takesHTML else { return }
        if views.textBody.count == textStart, views.htmlBody.count != htmlStart {
            views.textBody += views.htmlBody[htmlStart...]
        } else if views.htmlBody.count == htmlStart, views.textBody.count != textStart {
            views.htmlBody += views.textBody[textStart...]
        }
    }
}
