import MailMIME

/// Writes EmailBodyPart objects (RFC 8621 §4.1.4).
struct BodyPartWriter {
    let message: MIMEMessage
    let properties: [BodyProperty]
    let blob: (Int) -> BlobName

    func write(_ name: String, _ indices: [Int], to json: inout JSONWriter) {
        json.key(name)
        json.beginArray()
        for index in indices { write(index, withSubParts: false, to: &json) }
        json.endArray()
    }

    /// The parts that JMAP sees: what is inside an embedded message is that message's own affair.
    static func id(of part: MIMEPart) -> String? { part.isMultipart ? nil : String(part.index) }

    func write(_ index: Int, withSubParts: Bool, to json: inout JSONWriter) {
        let part = message.parts[index]
        json.beginObject()
        for property in properties {
            switch property {
            case .partId: json.member("partId", Self.id(of: part))
            case .blobId: json.member("blobId", part.isMultipart ? nil : blob(index).text)
            case .size: json.member("size", size(of: part))
            case .headers:
                json.key("headers")
                Self.write(part.headers, to: &json)
            case .name: json.member("name", part.filename?.withoutNUL)
            case .type: json.member("type", part.mediaType.description)
            case .charset:
                // RFC 8621 §4.1.4: us-ascii is implied for text, and wherever there is no Content-Type.
                let isImplied = part.mediaType.type == "text" || part.headers.first("Content-Type") == nil
                json.member("charset", part.charset ?? (isImplied ? "us-ascii" : nil))
            case .disposition: json.member("disposition", part.disposition)
            case .cid: json.member("cid", part.contentID)
            case .language:
                if part.contentLanguage.isEmpty {
                    json.member("language", nil as String?)
                } else {
                    json.member("language", part.contentLanguage)
                }
            case .location: json.member("location", part.contentLocation)
            case .subParts:
                guard withSubParts, part.isMultipart else {
                    json.member("subParts", nil as String?)
                    continue
                }
                writeSubParts(of: part, to: &json)
            case .header(let header): header.write(part.headers, to: &json)
            }
        }
        if withSubParts, part.isMultipart, !properties.contains(.subParts) { writeSubParts(of: part, to: &json) }
        json.endObject()
    }

    private func writeSubParts(of part: MIMEPart, to json: inout JSONWriter) {
        json.key("subParts")
        json.beginArray()
        for child in part.children { write(child, withSubParts: true, to: &json) }
        json.endArray()
    }

    /// Octets after transfer decoding; without decoding where the content is as it is.
    private func size(of part: MIMEPart) -> Int {
        if part.isMultipart { return part.bodyRange.count }
        return part.transferEncoding.isIdentity ? part.bodyRange.count : message.decodedSize(of: part.index)
    }

    static func write(_ headers: HeaderList, to json: inout JSONWriter) {
        json.beginArray()
        for field in headers.fields {
            json.beginObject()
            json.member("name", field.name)
            json.member("value", field.asRaw.withoutNUL)
            json.endObject()
        }
        json.endArray()
    }
}

/// Writes `bodyValues` (RFC 8621 §4.1.4).
struct BodyValueWriter {
    let message: MIMEMessage
    let options: BodyOptions

    func write(to json: inout JSONWriter) {
        var wanted: [Int] = []
        let views = message.bodyViews
        if options.fetchText || options.fetchAll { wanted += views.textBody }
        if options.fetchHTML || options.fetchAll { wanted += views.htmlBody }
        if options.fetchAll { wanted += leaves(0) }
        var seen: Set<Int> = []
        json.key("bodyValues")
        json.beginObject()
        for index in wanted where message.parts[index].mediaType.type == "text" && seen.insert(index).inserted {
            guard let id = BodyPartWriter.id(of: message.parts[index]) else { continue }
            let decoded = message.text(of: index)
            let (value, isTruncated) = truncated(decoded.text.withoutNUL, isHTML: message.parts[index].mediaType.subtype == "html")
            json.key(id)
            json.beginObject()
            json.member("value", value)
            let isUnknown = message.parts[index].transferEncoding == .unknown
            json.member("isEncodingProblem", decoded.isEncodingProblem || isUnknown)
            json.member("isTruncated", isTruncated)
            json.endObject()
        }
        json.endObject()
    }

    /// Every leaf of the structure, but those inside embedded messages.
    private func leaves(_ index: Int) -> [Int] {
        let part = message.parts[index]
        return part.isMultipart ? part.children.flatMap(leaves) : [index]
    }

    /// At most `maxBytes` octets, never half a character, never half a tag of HTML.
    private func truncated(_ text: String, isHTML: Bool) -> (String, Bool) {
        guard options.maxBytes > 0, text.utf8.count > options.maxBytes else { return (text, false) }
        let units = text.utf8
        var end = units.index(units.startIndex, offsetBy: options.maxBytes)
        while end.samePosition(in: text.unicodeScalars) == nil { end = units.index(before: end) }
        var result = text[..<end]
        if isHTML, let open = result.lastIndex(of: "<"), !result[open...].contains(">") { result = result[..<open] }
        return (String(result), true)
    }
}
