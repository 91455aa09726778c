import MailMIME

/// What `postroom inspect mime --json` prints of one message: one JSON object on one line.
///
/// The fields are those of the test corpora: `subject`, address lists, `date`, ids, `parts` with hashes of what they
/// contain, the three views of RFC 8621, and `defects`.
struct InspectMIMEReport {
    let message: MIMEMessage

    /// SHA-256 as lower-case hexadecimal digits.
    let sha256: ([UInt8]) -> String

    /// The object, `file` being the name as it was given.
    func json(file: String) -> String {
        var object = JSONText()
        object.open("{")
        object.field("file", file)
        object.field("subject", message.subject.map(collapsed))
        for (name, field) in [("from", "From"), ("to", "To"), ("cc", "Cc"), ("bcc", "Bcc"), ("replyTo", "Reply-To"), ("sender", "Sender")] {
            addresses(name, of: field, to: &object)
        }
        object.field("date", message.date?.utc)
        object.field("messageId", message.messageID)
        object.list("inReplyTo", message.inReplyTo) { $0.value($1) }
        object.list("references", message.references) { $0.value($1) }
        object.list("parts", message.parts) { part(in: &$0, $1) }
        let views = message.bodyViews(listsShownMedia: true)
        object.list("textBody", views.textBody) { $0.value($1) }
        object.list("htmlBody", views.htmlBody) { $0.value($1) }
        object.list("attachments", views.attachments) { $0.value($1) }
        object.list("defects", message.allDefects()) { json, defect in
            json.open("{")
            json.field("kind", defect.kind.rawValue)
            json.field("position", defect.position)
            json.field("part", defect.part)
            json.close("}")
        }
        object.close("}")
        return object.text
    }

    private func addresses(_ name: String, of field: String, to object: inout JSONText) {
        guard let header = message.headers.first(field) else { return }
        object.list(name, header.asMailboxes) { json, address in
            json.open("{")
            json.field("name", address.name.map(collapsed))
            json.field("address", address.address)
            json.close("}")
        }
    }

    private func part(in json: inout JSONText, _ part: MIMEPart) {
        json.open("{")
        json.field("depth", part.depth)
        json.field("type", part.mediaType.description)
        if let disposition = part.disposition { json.field("disposition", disposition) }
        if let filename = part.filename { json.field("filename", filename) }
        if let contentID = part.contentID { json.field("contentId", contentID) }
        if !part.isMultipart {
            let content = message.decodedBody(of: part)
            json.field("bytes", content.count)
            json.field("sha256", sha256(content))
            json.field("lfSha256", sha256(Self.normalised(content)))
            if part.mediaType.type == "text" || part.mediaType.type == "multipart" {
                let text = Self.normalised([UInt8](message.text(of: part.index).text.utf8))
                let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
                json.name("text")
                json.open("{")
                json.field("chars", scalars.count)
                json.field("sha256", sha256(text))
                json.field("head", String(String.UnicodeScalarView(scalars.prefix(80))))
                json.close("}")
            }
        }
        json.close("}")
    }

    /// CRLF and CR made LF, all LF at the end taken off.
    static func normalised(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == 13 { result.append(10) } else if byte != 10 || previous != 13 { result.append(byte) }
            previous = byte
        }
        while result.last == 10 { result.removeLast() }
        return result
    }

    /// Runs of white space made one space, none at the ends.
    private func collapsed(_ text: String) -> String {
        text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }.joined(separator: " ")
    }
}

/// A JSON text while it is written. Keys come in the order in which they are added.
struct JSONText {
    private(set) var text = ""
    private var needsComma = false

    mutating func open(_ bracket: String) {
        separate()
        text += bracket
        needsComma = false
    }

    mutating func close(_ bracket: String) {
        text += bracket
        needsComma = true
    }

    mutating func name(_ name: String) {
        value(name)
        text += ": "
        needsComma = false
    }

    mutating func field(_ name: String, _ value: String?) {
        self.name(name)
        if let value { self.value(value) } else { raw("null") }
    }

    mutating func field(_ name: String, _ value: Int) {
        self.name(name)
        self.value(value)
    }

    mutating func list<Element>(_ name: String, _ elements: [Element], _ write: (inout JSONText, Element) -> Void) {
        self.name(name)
        open("[")
        for element in elements { write(&self, element) }
        close("]")
    }

    mutating func value(_ value: Int) { raw(String(value)) }

    mutating func value(_ value: String) {
        separate()
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
        needsComma = true
    }

    private mutating func raw(_ value: String) {
        separate()
        text += value
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { text += ", " }
        needsComma = false
    }
}
