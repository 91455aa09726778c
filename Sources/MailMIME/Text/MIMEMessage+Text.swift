extension MIMEMessage {
    /// The beginning of what a person wrote, on one line: quotes, signatures and markup left out.
    ///
    /// - Parameter maxLength: in characters of Unicode (scalars); RFC 8621 wants at most 256.
    public func preview(maxLength: Int = 256) -> String {
        let views = bodyViews
        for index in views.textBody where parts[index].mediaType.type == "text" {
            let text = readableText(of: index, maxBytes: 65_536)
            let reply = ReplyText.split(text)
            let line = Self.oneLine(reply.new, maxLength: maxLength)
            if !line.isEmpty { return line }
            // Nothing new: a message that was only forwarded.
            let quoted = Self.oneLine(text, maxLength: maxLength)
            if !quoted.isEmpty { return quoted }
        }
        return ""
    }

    /// The text to be searched: bodies, HTML as text, attached texts, calendar entries and embedded messages.
    ///
    /// - Parameter limit: in bytes of UTF-8; work stops there.
    public func searchText(limit: Int = 1 << 20) -> String {
        var text = ""
        for part in parts where text.utf8.count < limit {
            if part.isMessage {
                // What an embedded message is about; its bodies follow as parts of their own.
                let embedded = parts.dropFirst(part.index + 1).first?.headers
                for name in ["Subject", "From", "To"] {
                    if let field = embedded?.first(name) { Self.append(field.asText, to: &text) }
                }
                continue
            }
            guard part.mediaType.type == "text", !part.isMultipart else { continue }
            Self.append(readableText(of: part.index, maxBytes: limit - text.utf8.count), to: &text)
        }
        guard text.utf8.count > limit else { return text }
        // Cut between characters.
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }

    /// The text of a part as a person reads it: HTML without markup, flowed lines joined.
    func readableText(of index: Int, maxBytes: Int) -> String {
        let part = parts[index]
        let text = textPrefix(of: index, maxBytes: maxBytes).text
        switch part.mediaType.subtype {
        case "html": return HTMLText.plainText(fromHTML: text)
        case "plain":
            let parameters = part.parameters
            guard parameters["format"]?.lowercased() == "flowed" else { return text }
            return FlowedText.unwrap(text, deletesSpaces: parameters["delsp"]?.lowercased() == "yes")
        default: return text
        }
    }

    private static func append(_ more: String, to text: inout String) {
        guard !more.isEmpty else { return }
        if !text.isEmpty { text += "\n" }
        text += more
    }

    /// Runs of white space made one space, cut at a length in scalars.
    private static func oneLine(_ text: String, maxLength: Int) -> String {
        var line = String.UnicodeScalarView()
        var count = 0
        var isSpaceDue = false
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace || scalar.value < 32 {
                isSpaceDue = count > 0
                continue
            }
            if scalar.properties.isDefaultIgnorableCodePoint, scalar.value != 0x200D { continue }
            if isSpaceDue {
                guard count + 2 <= maxLength else { break }
                line.append(" ")
                count += 1
                isSpaceDue = false
            }
            guard count < maxLength else { break }
            line.append(scalar)
            count += 1
        }
        return String(line)
    }
}
