/// Lays a message out: its header, and its content as a tree of parts.
struct MessageWriter {
    /// A part to be written.
    private indirect enum Part {
        case leaf(header: [UInt8], body: MessageChunks.Segment)
        case multipart(subtype: String, parameters: [(String, String)], parts: [Part])
    }

    let builder: MessageBuilder
    let form: MessageBuilder.Form

    func segments() -> [MessageChunks.Segment] {
        var segments: [MessageChunks.Segment] = [.bytes(header())]
        var boundaries: [String] = []
        write(content(), into: &segments, boundaries: &boundaries)
        return segments
    }

    // MARK: Header

    private func header() -> [UInt8] {
        var writer = HeaderWriter(encoding: builder.headerEncoding)
        writer.text("Date", builder.date.rfc5322)
        writer.addresses("From", builder.from)
        if let sender = builder.sender { writer.addresses("Sender", [sender]) }
        writer.addresses("Reply-To", builder.replyTo)
        writer.addresses("To", builder.to)
        writer.addresses("Cc", builder.cc)
        if form == .stored { writer.addresses("Bcc", builder.bcc) }
        writer.text("Subject", builder.subject)
        writer.messageIDs("Message-ID", [builder.messageID])
        writer.messageIDs("In-Reply-To", builder.inReplyTo)
        writer.messageIDs("References", Self.bounded(builder.references))
        for field in builder.fields where !field.name.equalsIgnoringCase("Bcc") { writer.text(field.name, field.value) }
        writer.text("MIME-Version", "1.0")
        return writer.bytes
    }

    /// A long thread keeps its first message and the newest ones: some servers refuse very long fields.
    private static func bounded(_ ids: [String]) -> [String] {
        ids.count <= 50 ? ids : [ids[0]] + ids.suffix(49)
    }

    // MARK: Content

    private func content() -> Part {
        var forms: [Part] = []
        if let text = builder.textBody { forms.append(textPart(text, subtype: "plain", isFlowed: builder.isFlowed)) }
        if let html = builder.htmlBody {
            let page = textPart(html, subtype: "html", isFlowed: false)
            let inline = builder.inlineParts.map { attachmentPart($0, disposition: "inline") }
            forms.append(
                inline.isEmpty ? page : .multipart(subtype: "related", parameters: [("type", "text/html")], parts: [page] + inline))
        }
        forms += builder.alternatives.map { attachmentPart($0, disposition: nil) }
        var parts: [Part] = []
        switch forms.count {
        case 0: if builder.attachments.isEmpty { parts.append(textPart("", subtype: "plain", isFlowed: false)) }
        case 1: parts.append(forms[0])
        default: parts.append(.multipart(subtype: "alternative", parameters: [], parts: forms))
        }
        // Without HTML nothing shows inline parts: they are attachments then.
        let unshown = builder.htmlBody == nil ? builder.inlineParts : []
        parts += (unshown + builder.attachments).map { attachmentPart($0, disposition: "attachment") }
        let isAlone = parts.count == 1 && builder.attachments.isEmpty && unshown.isEmpty
        return isAlone ? parts[0] : .multipart(subtype: "mixed", parameters: [], parts: parts)
    }

    private func textPart(_ text: String, subtype: String, isFlowed: Bool) -> Part {
        var lines = text.withLineFeeds
        if isFlowed { lines = FlowedText.wrap(lines) }
        let body = TextBody(lines, allows8Bit: builder.allows8Bit)
        var writer = HeaderWriter(encoding: builder.headerEncoding)
        var parameters = [("charset", body.charset)]
        if isFlowed { parameters.append(("format", "flowed")) }
        writer.structured("Content-Type", "text/" + subtype, parameters)
        writer.text("Content-Transfer-Encoding", body.encoding.rawValue)
        return .leaf(header: writer.bytes, body: .bytes(body.bytes))
    }

    private func attachmentPart(_ attachment: Attachment, disposition: String?) -> Part {
        var writer = HeaderWriter(encoding: builder.headerEncoding)
        var (type, parameters) = HeaderWriter.split(mediaType: attachment.mediaType)
        var body = MessageChunks.Segment.base64(attachment.content)
        var encoding = TransferEncoding.base64
        if type == "message/rfc822" || type == "message/global" {
            if let identity = identityEncoding(of: attachment.content) {
                (body, encoding) = (.verbatim(attachment.content), identity)
            } else {
                // A message must not be encoded (RFC 2046 section 5.2.1): it goes as a file.
                type = "application/octet-stream"
            }
        }
        if let name = attachment.fileName { parameters.append(("name", name)) }
        writer.structured("Content-Type", type, parameters)
        writer.text("Content-Transfer-Encoding", encoding.rawValue)
        if let disposition {
            writer.structured("Content-Disposition", disposition, attachment.fileName.map { [("filename", $0)] } ?? [])
        }
        if let id = attachment.contentID { writer.messageIDs("Content-ID", [id]) }
        return .leaf(header: writer.bytes, body: body)
    }

    /// How a message can travel as it is; nil where the server would not take its bytes.
    private func identityEncoding(of content: Attachment.Content) -> TransferEncoding? {
        guard case .bytes(let bytes) = content else { return builder.allows8Bit ? .eightBit : nil }
        return bytes.withUnsafeBufferPointer { bytes in
            guard TextBody.hasShortLines(bytes) else { return nil }
            if bytes.isASCII { return .sevenBit }
            return builder.allows8Bit ? .eightBit : nil
        }
    }

    // MARK: Writing

    private func write(_ part: Part, into segments: inout [MessageChunks.Segment], boundaries: inout [String]) {
        switch part {
        case .leaf(let header, let body):
            segments.append(.bytes(header + [13, 10]))
            segments.append(body)
        case .multipart(let subtype, let parameters, let parts):
            let boundary = Self.cleaned(boundary: builder.makeBoundary(boundaries.count), used: boundaries)
            boundaries.append(boundary)
            var writer = HeaderWriter(encoding: builder.headerEncoding)
            writer.structured("Content-Type", "multipart/" + subtype, parameters + [("boundary", boundary)])
            segments.append(.bytes(writer.bytes))
            for part in parts {
                segments.append(.bytes(Array("\r\n--\(boundary)\r\n".utf8)))
                write(part, into: &segments, boundaries: &boundaries)
            }
            segments.append(.bytes(Array("\r\n--\(boundary)--\r\n".utf8)))
        }
    }

    /// A boundary that is legal without quotes and that no other multipart of the message has.
    private static func cleaned(boundary: String, used: [String]) -> String {
        let legal = boundary.unicodeScalars.filter {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_=.+".unicodeScalars.contains($0))
        }
        let name = String(String.UnicodeScalarView(legal.prefix(60)))
        return name.isEmpty || used.contains(name) ? name + "_\(used.count)" : name
    }
}
