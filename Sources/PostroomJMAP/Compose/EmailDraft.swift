import MailMIME
import PostroomCore

/// A message as an Email/set create describes it (RFC 8621 §4.6), made into RFC 5322 bytes.
struct EmailDraft {
    let object: JSONObject
    let account: AccountContext
    let context: RequestContext
    private var wrong: [String] = []
    private var missingBlobs: [String] = []
    private var attachedOctets = 0
    private var values: [String: String] = [:]

    init(_ object: JSONObject, account: AccountContext, context: RequestContext) {
        self.object = object
        self.account = account
        self.context = context
    }

    private static let bodyProperties: Set<String> = ["bodyStructure", "bodyValues", "textBody", "htmlBody", "attachments"]

    /// The source. `mailboxIds`, `keywords` and `receivedAt` are read elsewhere. Throws `SetError`.
    mutating func build() async throws -> [UInt8] {
        var header = HeaderDraft()
        for property in HeaderDraft.order { if let value = object[property] { header.set(property, value) } }
        for (property, value) in object.entries {
            if HeaderDraft.knows(property) || Self.bodyProperties.contains(property) { continue }
            if ["mailboxIds", "keywords", "receivedAt"].contains(property) { continue }
            // "headers" as a whole and "Content-" fields may not be set (§4.6).
            guard let field = try? HeaderProperty(property), !field.name.lowercased().hasPrefix("content-") else {
                wrong.append(property)
                continue
            }
            header.set(field, value)
        }
        try readBodyValues()
        let body = try await body()
        if !body.ownFields.isDisjoint(with: header.names) { wrong.append("bodyStructure") }
        wrong += header.wrong
        guard missingBlobs.isEmpty else {
            throw SetError("blobNotFound", "Some blobs do not exist.", details: [("notFound", .array(missingBlobs.map { .string($0) }))])
        }
        guard wrong.isEmpty else { throw SetError.invalidProperties(wrong, "These properties are unknown, doubled, or of a wrong form.") }
        guard attachedOctets <= context.limits.maxSizeAttachmentsPerEmail else {
            throw SetError(
                "tooLarge", "The attachments are too large.", details: [("maxSize", .int(Int64(context.limits.maxSizeAttachmentsPerEmail)))]
            )
        }
        let now = context.ports.clock.now()
        header.addUnlessGiven("Date") { $0.raw("Date", " " + MailDate(secondsSince1970: now.seconds).rfc5322) }
        let domain = Self.domain(header.from.first?.address ?? account.account.address)
        header.addUnlessGiven("Message-ID") { $0.messageIDs("Message-ID", [Random.token(26) + "@" + domain]) }
        header.addUnlessGiven("MIME-Version") { $0.raw("MIME-Version", " 1.0") }
        var message = header.writer.bytes
        body.write(into: &message)
        return message
    }

    private static func domain(_ address: String) -> String {
        let domain =
            address.split(separator: "@").last.map { $0.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") } }
            ?? ""
        return domain.isEmpty || !address.contains("@") ? "localhost" : domain
    }

    private mutating func readBodyValues() throws {
        guard let value = object["bodyValues"], !value.isNull else { return }
        guard let map = value.object else { return wrong.append("bodyValues") }
        for (id, item) in map.entries {
            guard let body = item.object, let text = body["value"]?.string,
                body.entries.allSatisfy({ ["value", "isEncodingProblem", "isTruncated"].contains($0.key) }),
                body["isEncodingProblem"]?.bool != true, body["isTruncated"]?.bool != true
            else {
                wrong.append("bodyValues/\(id)")
                continue
            }
            values[id] = text
        }
    }

    private mutating func body() async throws -> ComposedPart {
        if let structure = object["bodyStructure"], !structure.isNull {
            for property in ["textBody", "htmlBody", "attachments"] where object[property] != nil { wrong.append(property) }
            guard let part = structure.object else {
                wrong.append("bodyStructure")
                return ComposedPart(type: "text/plain", content: .text(""))
            }
            return try await self.part(part, "bodyStructure", fallback: nil)
        }
        let text = try await only("textBody", "text/plain")
        let html = try await only("htmlBody", "text/html")
        var inline: [ComposedPart] = []
        var attached: [ComposedPart] = []
        if let value = object["attachments"], !value.isNull {
            guard let items = value.array else {
                wrong.append("attachments")
                return ComposedPart(type: "text/plain", content: .text(""))
            }
            for (place, item) in items.enumerated() {
                guard let object = item.object else {
                    wrong.append("attachments/\(place)")
                    continue
                }
                var part = try await part(object, "attachments/\(place)", fallback: "application/octet-stream")
                if part.disposition == nil { part.disposition = part.contentID != nil && html != nil ? "inline" : "attachment" }
                if part.disposition == "inline", part.contentID != nil, html != nil { inline.append(part) } else { attached.append(part) }
            }
        }
        return Self.arrange(text: text, html: html, inline: inline, attached: attached)
    }

    /// The usual shape: mixed(alternative(text, related(html, images)), files), without the shells that hold one part.
    private static func arrange(text: ComposedPart?, html: ComposedPart?, inline: [ComposedPart], attached: [ComposedPart]) -> ComposedPart
    {
        func wrap(_ type: String, _ parts: [ComposedPart]) -> ComposedPart {
            parts.count == 1 ? parts[0] : ComposedPart(type: "multipart/" + type, content: .parts(parts))
        }
        var views: [ComposedPart] = []
        if let text { views.append(text) }
        if let html { views.append(wrap("related", [html] + inline)) }
        guard !views.isEmpty else {
            return attached.isEmpty
                ? ComposedPart(type: "text/plain", content: .text("")) : ComposedPart(type: "multipart/mixed", content: .parts(attached))
        }
        return wrap("mixed", [wrap("alternative", views)] + attached)
    }

    /// `textBody` and `htmlBody` hold exactly one part of their type (§4.6).
    private mutating func only(_ property: String, _ type: String) async throws -> ComposedPart? {
        guard let value = object[property], !value.isNull else { return nil }
        guard let items = value.array, items.count == 1, let object = items[0].object else {
            wrong.append(property)
            return nil
        }
        let part = try await part(object, property, fallback: type)
        if !part.type.isEmpty, part.type != type { wrong.append(property) }
        return part
    }

    private mutating func part(_ object: JSONObject, _ path: String, fallback: String?) async throws -> ComposedPart {
        let subParts = object["subParts"] ?? .null
        let partID = object["partId"] ?? .null
        let blobID = object["blobId"] ?? .null
        var fields = HeaderDraft()
        var part = ComposedPart(type: "", content: .text(""))
        func text(_ name: String) -> String? {
            guard let value = object[name], !value.isNull else { return nil }
            guard let text = value.string else {
                wrong.append(path + "/" + name)
                return nil
            }
            return text
        }
        if let type = text("type") {
            if Self.isMediaType(type) { part.type = type.lowercased() } else { wrong.append(path + "/type") }
        }
        part.charset = text("charset")
        part.name = text("name")
        part.disposition = text("disposition").flatMap { value in
            guard Self.isToken(value) else {
                wrong.append(path + "/disposition")
                return nil
            }
            return value.lowercased()
        }
        part.contentID = text("cid").flatMap { value in
            guard !value.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }) else {
                wrong.append(path + "/cid")
                return nil
            }
            return value
        }
        part.location = text("location")
        if let value = object["language"], !value.isNull {
            let tags = value.array?.compactMap(\.string) ?? []
            if tags.count == value.array?.count, tags.allSatisfy(Self.isToken) {
                part.language = tags
            } else {
                wrong.append(path + "/language")
            }
        }
        let known: Set<String> = [
            "partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location", "subParts",
        ]
        for (property, value) in object.entries where !known.contains(property) {
            guard let field = try? HeaderProperty(property), field.name.lowercased() != "content-transfer-encoding" else {
                wrong.append(path + "/" + property)
                continue
            }
            fields.set(field, value)
        }
        wrong += fields.wrong.map { path + "/" + $0 }
        part.fields = fields.writer.bytes
        part.ownFields = fields.names
        // One property a field (§4.6).
        let doubles: [(String, Bool)] = [
            ("content-type", object["type"]?.isNull == false || part.charset != nil || part.name != nil || subParts.array != nil),
            ("content-disposition", part.disposition != nil || part.name != nil), ("content-id", part.contentID != nil),
            ("content-language", !part.language.isEmpty), ("content-location", part.location != nil),
        ]
        for (name, isSet) in doubles where isSet && fields.names.contains(name) { wrong.append(path + "/header:" + name) }
        try await fill(&part, object, path, fallback: fallback, subParts: subParts, partID: partID, blobID: blobID)
        return part
    }

    private mutating func fill(
        _ part: inout ComposedPart, _ object: JSONObject, _ path: String, fallback: String?, subParts: JSONValue, partID: JSONValue,
        blobID: JSONValue
    ) async throws {
        if part.type.hasPrefix("multipart/") || part.type.isEmpty && !subParts.isNull {
            if part.type.isEmpty { part.type = "multipart/mixed" }
            guard let items = subParts.array, !items.isEmpty, partID.isNull, blobID.isNull else { return wrong.append(path + "/subParts") }
            var parts: [ComposedPart] = []
            for (place, item) in items.enumerated() {
                guard let object = item.object else {
                    wrong.append(path + "/subParts/\(place)")
                    continue
                }
                parts.append(try await self.part(object, path + "/subParts/\(place)", fallback: nil))
            }
            part.content = .parts(parts)
            return
        }
        guard subParts.isNull else { return wrong.append(path + "/subParts") }
        if !partID.isNull {
            guard blobID.isNull, let id = partID.string, let text = values[id] else { return wrong.append(path + "/partId") }
            // §4.6: the server chooses the charset and knows the size.
            if part.charset != nil { wrong.append(path + "/charset") }
            if let size = object["size"], !size.isNull { wrong.append(path + "/size") }
            if part.type.isEmpty { part.type = fallback == "application/octet-stream" ? "text/plain" : fallback ?? "text/plain" }
            part.content = .text(text)
        } else if let reference = blobID.string, let id = context.resolve(reference) {
            if part.type.isEmpty { part.type = fallback ?? "application/octet-stream" }
            let reader = BlobReader(context, account: account.id)
            guard let bytes = try await reader.bytes(id) else { return missingBlobs.append(reference) }
            attachedOctets += bytes.count
            part.content = .bytes(bytes)
        } else if let reference = blobID.string {
            missingBlobs.append(reference)
        } else {
            wrong.append(path + "/partId")
        }
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`{|}~".utf8.contains(byte)
                }
            }
    }

    private static func isMediaType(_ text: String) -> Bool {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        return halves.count == 2 && halves.allSatisfy { isToken(String($0)) }
    }
}
