import Foundation
import MailMIME
import PostroomCore

/// Blob/copy (RFC 8620 §6.3) and Blob/upload, /get, /lookup (RFC 9404).
enum BlobMethods {
    static let maxDataSources = 64

    static func copy(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: ["fromAccountId", "accountId", "blobIds"])
        let origin = try context.account(arguments, "fromAccountId")
        let account = try context.account(arguments, for: .write)
        guard origin.id != account.id else { throw MethodError.invalidArguments("\"fromAccountId\" and \"accountId\" must differ.") }
        guard let ids = try arguments.distinctIDs("blobIds", context) else { throw MethodError.invalidArguments("\"blobIds\" is missing.") }
        guard ids.count <= context.limits.maxObjectsInSet else { throw MethodError("requestTooLarge") }
        let reader = BlobReader(context, account: origin.id)
        var copied: [(String, String)] = []
        var notCopied: [(String, SetError)] = []
        for id in ids {
            guard let bytes = try await reader.bytes(id) else {
                notCopied.append((id, SetError("notFound", "There is no such blob.")))
                continue
            }
            copied.append((id, BlobName.content(try await keep(bytes, "application/octet-stream", account, context)).text))
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("fromAccountId", origin.jmap)
        json.member("accountId", account.jmap)
        json.key("copied")
        SetOutcome.map(copied, &json) { $1.string($0) }
        json.key("notCopied")
        SetOutcome.map(notCopied, &json) { $0.write(to: &$1) }
        json.endObject()
        return json.bytes
    }

    private static func keep(_ bytes: [UInt8], _ type: String, _ account: AccountContext, _ context: RequestContext) async throws -> BlobID
    {
        try await context.mail.addUpload(
            bytes, type: type, expiresAt: context.ports.clock.now().adding(seconds: context.limits.uploadLifetime), of: account.id,
            by: context.user.id)
    }

    /// RFC 9404 §4.1.
    static func upload(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: ["accountId", "create"])
        let account = try context.account(arguments, for: .write)
        let create = try arguments.objects("create")
        guard create.count <= context.limits.maxObjectsInSet else { throw MethodError("requestTooLarge") }
        var created: [(String, [UInt8])] = []
        var notCreated: [(String, SetError)] = []
        for (key, value) in create {
            do {
                guard JMAPID.isValid(key) else { throw MethodError.invalidArguments("\"\(key)\" is no creation id.") }
                let bytes = try await assemble(value, account, context)
                let type = value["type"]?.string
                let id = BlobName.content(try await keep(bytes, type ?? "application/octet-stream", account, context)).text
                context.createdIDs[key] = id
                var json = JSONWriter()
                json.beginObject()
                json.member("id", id)
                json.member("type", type)
                json.member("size", bytes.count)
                json.endObject()
                created.append((key, json.bytes))
            } catch {
                notCreated.append((key, try MailboxMethods.setError(error)))
            }
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("accountId", account.jmap)
        json.key("created")
        SetOutcome.map(created, &json) { $1.raw($0) }
        json.key("notCreated")
        SetOutcome.map(notCreated, &json) { $0.write(to: &$1) }
        json.endObject()
        return json.bytes
    }

    /// Joins an upload's data sources. Throws `SetError`.
    private static func assemble(_ object: JSONObject, _ account: AccountContext, _ context: RequestContext) async throws -> [UInt8] {
        func wrong(_ description: String) -> SetError { .invalidProperties(["data"], description) }
        let unknown = object.entries.map(\.key).filter { !["data", "type"].contains($0) }
        guard unknown.isEmpty else { throw SetError.invalidProperties(unknown, "There are no such properties.") }
        if let type = object["type"], !type.isNull, type.string == nil {
            throw SetError.invalidProperties(["type"], "It must be a string.")
        }
        guard let items = object["data"]?.array, items.count <= maxDataSources else {
            throw wrong("\"data\" has up to \(maxDataSources) sources.")
        }
        var bytes: [UInt8] = []
        for item in items {
            guard let source = item.object else { throw wrong("A source is an object.") }
            let kinds = source.entries.map(\.key)
            if let text = source["data:asText"]?.string, kinds.count == 1 {
                bytes += text.utf8
            } else if let text = source["data:asBase64"]?.string, kinds.count == 1 {
                guard let decoded = Base64.decode(text) else { throw wrong("That is no base64.") }
                bytes += decoded
            } else if let id = source["blobId"]?.string, kinds.allSatisfy({ ["blobId", "offset", "length"].contains($0) }) {
                let reader = BlobReader(context, account: account.id)
                guard let blob = context.resolve(id), let content = try await reader.bytes(blob) else {
                    throw SetError("blobNotFound", "There is no such blob.", details: [("notFound", .array([.string(id)]))])
                }
                let offset = source["offset"]?.integer ?? 0
                let length = source["length"]?.integer ?? max(0, content.count - offset)
                guard offset >= 0, length >= 0, offset + length <= content.count else { throw wrong("The range is not within the blob.") }
                bytes += content[offset..<offset + length]
            } else {
                throw wrong("A source has \"data:asText\", \"data:asBase64\" or \"blobId\".")
            }
            guard bytes.count <= context.limits.maxSizeUpload else {
                throw SetError("tooLarge", "The blob is too large.", details: [("maxSize", .int(Int64(context.limits.maxSizeUpload)))])
            }
        }
        return bytes
    }

    private static let properties: Set<String> = [
        "id", "data", "data:asText", "data:asBase64", "size", "isEncodingProblem", "isTruncated", "digest:sha", "digest:sha-256",
        "digest:sha-512",
    ]

    /// RFC 9404 §4.2.
    static func get(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: ["accountId", "ids", "properties", "offset", "length"])
        let account = try context.account(arguments)
        guard let ids = try arguments.distinctIDs("ids", context) else { throw MethodError.invalidArguments("\"ids\" is missing.") }
        guard ids.count <= context.limits.maxObjectsInGet else { throw MethodError("requestTooLarge") }
        let wanted = try arguments.strings("properties") ?? ["data", "size"]
        for name in wanted where !properties.contains(name) { throw MethodError.invalidArguments("There is no property \"\(name)\".") }
        let offset = try arguments.unsigned("offset") ?? 0
        let length = try arguments.unsigned("length")
        let reader = BlobReader(context, account: account.id)
        var notFound: [String] = []
        var json = JSONWriter()
        json.beginObject()
        json.member("accountId", account.jmap)
        json.key("list")
        json.beginArray()
        for id in ids {
            guard let bytes = try await reader.bytes(id) else {
                notFound.append(id)
                continue
            }
            let start = min(offset, bytes.count)
            let end = length.map { min(bytes.count, start + $0) } ?? bytes.count
            let isTruncated = offset > bytes.count || length.map { offset + $0 > bytes.count } ?? false
            write(Array(bytes[start..<end]), id: id, size: bytes.count, isTruncated: isTruncated, wanted, to: &json)
        }
        json.endArray()
        json.member("notFound", notFound)
        json.endObject()
        return json.bytes
    }

    private static func write(
        _ bytes: [UInt8], id: String, size: Int, isTruncated: Bool, _ wanted: [String], to json: inout JSONWriter
    ) {
        let text = String(validating: bytes, as: UTF8.self)
        json.beginObject()
        json.member("id", id)
        for name in wanted {
            switch name {
            case "data": if let text { json.member("data:asText", text) } else { json.member("data:asBase64", Base64.encode(bytes)) }
            case "data:asText": json.member(name, text)
            case "data:asBase64": json.member(name, Base64.encode(bytes))
            case "size": json.member("size", size)
            case "digest:sha", "digest:sha-256", "digest:sha-512": json.member(name, Base64.encode(Digest.of(bytes, name)))
            default: break
            }
        }
        // The octets are no UTF-8 where text was asked for (§4.2).
        if text == nil, wanted.contains("data") || wanted.contains("data:asText") { json.member("isEncodingProblem", true) }
        if isTruncated { json.member("isTruncated", true) }
        json.endObject()
    }

    /// RFC 9404 §4.3. Only a message's own blobs lead to emails.
    static func lookup(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: ["accountId", "typeNames", "ids"])
        let account = try context.account(arguments)
        guard let types = try arguments.strings("typeNames"), let ids = try arguments.distinctIDs("ids", context) else {
            throw MethodError.invalidArguments("\"typeNames\" and \"ids\" are needed.")
        }
        // Types of a capability that the request does not use are as unknown as those that there are not (§4.3).
        for type in types where !["Email", "Thread", "Mailbox"].contains(type) || !context.using.contains(.mail) {
            throw MethodError("unknownDataType", "Blobs of \"\(type)\" can't be looked up.")
        }
        var notFound: [String] = []
        var json = JSONWriter()
        json.beginObject()
        json.member("accountId", account.jmap)
        json.key("list")
        json.beginArray()
        for id in ids {
            let emails: [EmailRecord]
            switch BlobName(id) {
            case .message(let email), .part(let email, _):
                emails = try await context.mail.emails([email], of: account.id)
                if emails.isEmpty { notFound.append(id); continue }
            case .content(let blob), .contentPart(let blob, _):
                guard try await context.mail.holdsBlob(blob, account: account.id, for: context.user.id) else {
                    notFound.append(id)
                    continue
                }
                emails = []
            case nil:
                notFound.append(id)
                continue
            }
            json.beginObject()
            json.member("id", id)
            json.key("matchedIds")
            json.beginObject()
            for type in types {
                switch type {
                case "Email": json.member(type, emails.map(\.id.jmap))
                case "Thread": json.member(type, emails.map(\.threadID.jmap))
                default: json.member(type, emails.flatMap { $0.mailboxIDs.map(\.jmap) })
                }
            }
            json.endObject()
            json.endObject()
        }
        json.endArray()
        json.member("notFound", notFound)
        json.endObject()
        return json.bytes
    }
}
