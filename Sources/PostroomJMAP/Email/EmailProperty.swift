/// A property of an Email that a client may ask for (RFC 8621 §4.1).
enum EmailProperty: Hashable {
    case id, blobId, threadId, mailboxIds, keywords, size, receivedAt
    case messageId, inReplyTo, references, sender, from, to, cc, bcc, replyTo, subject, sentAt
    case hasAttachment, preview
    case headers, bodyStructure, bodyValues, textBody, htmlBody, attachments
    case header(HeaderProperty)

    private static let byName: [String: EmailProperty] = [
        "id": .id, "blobId": .blobId, "threadId": .threadId, "mailboxIds": .mailboxIds, "keywords": .keywords, "size": .size,
        "receivedAt": .receivedAt, "messageId": .messageId, "inReplyTo": .inReplyTo, "references": .references, "sender": .sender,
        "from": .from, "to": .to, "cc": .cc, "bcc": .bcc, "replyTo": .replyTo, "subject": .subject, "sentAt": .sentAt,
        "hasAttachment": .hasAttachment, "preview": .preview, "headers": .headers, "bodyStructure": .bodyStructure,
        "bodyValues": .bodyValues, "textBody": .textBody, "htmlBody": .htmlBody, "attachments": .attachments,
    ]

    /// Throws invalidArguments for a name that no Email has.
    init(_ name: String) throws {
        if let known = Self.byName[name] {
            self = known
        } else if let header = try HeaderProperty(name) {
            self = .header(header)
        } else {
            throw MethodError.invalidArguments("There is no property \"\(name)\".")
        }
    }

    static func names(_ property: String) -> Bool { byName[property] != nil }

    /// What only the source tells; everything else is in the store's row.
    var needsSource: Bool {
        switch self {
        case .headers, .bodyStructure, .bodyValues, .textBody, .htmlBody, .attachments, .header: true
        default: false
        }
    }

    /// What an Email/get without `properties` gives (RFC 8621 §4.2).
    static let defaults: [EmailProperty] =
        [.id, .blobId, .threadId, .mailboxIds, .keywords, .size, .receivedAt] + parseDefaults

    /// What an Email/parse without `properties` gives (RFC 8621 §4.9).
    static let parseDefaults: [EmailProperty] = [
        .messageId, .inReplyTo, .references, .sender, .from, .to, .cc, .bcc, .replyTo, .subject, .sentAt, .hasAttachment, .preview,
        .bodyValues, .textBody, .htmlBody, .attachments,
    ]
}

/// A property of an EmailBodyPart (RFC 8621 §4.1.4).
enum BodyProperty: Hashable {
    case partId, blobId, size, headers, name, type, charset, disposition, cid, language, location, subParts
    case header(HeaderProperty)

    private static let byName: [String: BodyProperty] = [
        "partId": .partId, "blobId": .blobId, "size": .size, "headers": .headers, "name": .name, "type": .type, "charset": .charset,
        "disposition": .disposition, "cid": .cid, "language": .language, "location": .location, "subParts": .subParts,
    ]

    init(_ name: String) throws {
        if let known = Self.byName[name] {
            self = known
        } else if let header = try HeaderProperty(name) {
            self = .header(header)
        } else {
            throw MethodError.invalidArguments("There is no property \"\(name)\" of a body part.")
        }
    }

    static let defaults: [BodyProperty] = [
        .partId, .blobId, .size, .name, .type, .charset, .disposition, .cid, .language, .location,
    ]
}

/// Which body values to send, and how much of each (RFC 8621 §4.2).
struct BodyOptions {
    var properties: [BodyProperty]
    var fetchText: Bool
    var fetchHTML: Bool
    var fetchAll: Bool
    /// Octets; 0: no limit.
    var maxBytes: Int

    static let names: Set<String> = [
        "bodyProperties", "fetchTextBodyValues", "fetchHTMLBodyValues", "fetchAllBodyValues", "maxBodyValueBytes",
    ]

    /// As if nothing were asked for.
    init() {
        properties = BodyProperty.defaults
        fetchText = false
        fetchHTML = false
        fetchAll = false
        maxBytes = 0
    }

    init(_ arguments: Arguments) throws {
        properties = try arguments.strings("bodyProperties")?.map(BodyProperty.init) ?? BodyProperty.defaults
        fetchText = try arguments.bool("fetchTextBodyValues")
        fetchHTML = try arguments.bool("fetchHTMLBodyValues")
        fetchAll = try arguments.bool("fetchAllBodyValues")
        maxBytes = try arguments.unsigned("maxBodyValueBytes") ?? 0
    }
}
