import Crypto
import Foundation
import MailProtocol

/// One response as `inspect imap` shows it.
struct InspectIMAPReport {
    let fields: [String: Any]

    init(_ frame: IMAP.Frame, at offset: Int, limits: IMAP.Limits, utf8: Bool) {
        var fields: [String: Any] = ["offset": offset, "bytes": frame.bytes.count]
        do throws(IMAP.ParseError) {
            fields.merge(Self.fields(of: try IMAP.Parser.parse(frame, limits: limits, utf8Names: utf8))) { $1 }
        } catch {
            fields["error"] = ["code": "malformed", "expected": error.expected, "offset": offset + error.offset] as [String: Any]
            fields["line"] = String(decoding: frame.bytes.prefix(200), as: UTF8.self).trimmingCharacters(in: .newlines)
        }
        self.fields = fields
    }

    /// The file ends in the middle of a response.
    init(at offset: Int, unfinished count: Int) {
        fields = [
            "offset": offset, "bytes": count,
            "error": ["code": "incomplete", "expected": "more bytes", "offset": offset + count] as [String: Any],
        ]
    }

    /// The bytes can't be cut into responses from here on.
    init(at offset: Int, error: any Error) {
        fields = ["offset": offset, "error": ["code": "limit", "expected": "\(error)", "offset": offset] as [String: Any]]
    }

    func json(file: String?) -> String {
        var fields = fields
        if let file { fields["file"] = file }
        let data = try? JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    var text: String {
        let offset = fields["offset"] as? Int ?? 0
        if let error = fields["error"] as? [String: Any] {
            return "\(offset): \(error["code"] ?? ""): expected \(error["expected"] ?? "") at byte \(error["offset"] ?? 0)"
        }
        var rest = fields
        for key in ["offset", "bytes", "type"] { rest[key] = nil }
        let data = try? JSONSerialization.data(withJSONObject: rest, options: [.sortedKeys, .withoutEscapingSlashes])
        return "\(offset): \(fields["type"] ?? "") \(data.map { String(decoding: $0, as: UTF8.self) } ?? "")"
    }

    // MARK: Responses

    private static func fields(of response: IMAP.Response) -> [String: Any] {
        switch response {
        case .continuation(let text): ["type": "continuation", "text": text.string]
        case .tagged(let tag, let value): status(value, ["type": "tagged", "tag": tag])
        case .untagged(.status(let value)): status(value, ["type": "status"])
        case .untagged(let untagged): data(untagged)
        }
    }

    private static func status(_ status: IMAP.Status, _ fields: [String: Any]) -> [String: Any] {
        var fields = fields
        fields["condition"] = status.condition.rawValue
        fields["text"] = status.text
        if let code = status.code { fields["code"] = self.code(code) }
        return fields
    }

    private static func code(_ code: IMAP.ResponseCode) -> [String: Any] {
        var fields: [String: Any] = ["name": code.name]
        switch code {
        case .badCharset(let names): fields["charsets"] = names
        case .referral(let url), .webAlert(let url): fields["url"] = url
        case .capability(let capabilities): fields["capabilities"] = capabilities.names.sorted()
        case .permanentFlags(let flags): fields["flags"] = flags.map(\.rawValue)
        case .uidNext(let value), .uidValidity(let value), .unseen(let value): fields["value"] = value
        case .highestModSeq(let value), .metadataLongEntries(let value), .metadataMaxSize(let value): fields["value"] = value
        case .mailboxID(let id): fields["id"] = id
        case .appendUID(let validity, let uids):
            fields["uidValidity"] = validity
            fields["uids"] = uids.description
        case .copyUID(let validity, let source, let destination):
            fields["uidValidity"] = validity
            fields["source"] = UIDSet(ranges: source).description
            fields["destination"] = UIDSet(ranges: destination).description
        case .modified(let set): fields["set"] = set.description
        case .other(_, let argument): if let argument { fields["argument"] = argument }
        default: break
        }
        return fields
    }

    private static func data(_ untagged: IMAP.Untagged) -> [String: Any] {
        switch untagged {
        case .status(let value): status(value, ["type": "status"])
        case .capability(let capabilities): ["type": "capability", "capabilities": capabilities.names.sorted()]
        case .enabled(let names): ["type": "enabled", "names": names]
        case .flags(let flags): ["type": "flags", "flags": flags.map(\.rawValue)]
        case .list(let mailbox, let kind): listed(mailbox, kind)
        case .mailboxStatus(let name, let status): mailboxStatus(name, status)
        case .search(let result): search(result, "search")
        case .sort(let result): search(result, "sort")
        case .thread(let members):
            ["type": "thread", "members": members.map { ["id": $0.id ?? NSNull(), "parent": $0.parent ?? NSNull()] as [String: Any] }]
        case .exists(let count): ["type": "exists", "count": count]
        case .recent(let count): ["type": "recent", "count": count]
        case .expunge(let sequence): ["type": "expunge", "sequence": sequence]
        case .vanished(let uids, let earlier): ["type": "vanished", "uids": uids.description, "earlier": earlier]
        case .fetch(let message): InspectIMAPMessage.fields(of: message)
        case .namespace(let spaces):
            [
                "type": "namespace", "personal": spaces.personal.map(namespace), "otherUsers": spaces.otherUsers.map(namespace),
                "shared": spaces.shared.map(namespace),
            ]
        case .id(let fields): ["type": "id", "fields": fields]
        case .quota(let quota):
            [
                "type": "quota", "root": quota.root,
                "resources": quota.resources.map { ["name": $0.name, "usage": $0.usage, "limit": $0.limit] as [String: Any] },
            ]
        case .quotaRoot(let name, let roots): ["type": "quotaroot", "mailbox": name.path, "roots": roots]
        case .acl(let name, let entries):
            ["type": "acl", "mailbox": name.path, "entries": entries.map { ["identifier": $0.identifier, "rights": $0.rights] }]
        case .myRights(let name, let rights): ["type": "myrights", "mailbox": name.path, "rights": rights]
        case .listRights(let name, let identifier, let rights):
            ["type": "listrights", "mailbox": name.path, "identifier": identifier, "rights": rights]
        case .metadata(let name, let entries):
            [
                "type": "metadata", "mailbox": name.path,
                "entries": entries.map { ["name": $0.name, "value": $0.value?.string ?? NSNull()] as [String: Any] },
            ]
        case .language(let tags): ["type": "language", "tags": tags]
        case .comparator(let names): ["type": "comparator", "names": names]
        case .jmapAccess(let url): ["type": "jmapaccess", "url": url]
        case .genURLAuth(let urls): ["type": "genurlauth", "urls": urls.map(\.string)]
        case .urlFetch(let urls):
            [
                "type": "urlfetch",
                "urls": urls.map { ["url": $0.url.string, "size": $0.content?.bytes.count ?? NSNull()] as [String: Any] },
            ]
        case .uidBatches(let tag, let ranges):
            ["type": "uidbatches", "tag": tag ?? NSNull(), "ranges": ranges.map { "\($0.upperBound):\($0.lowerBound)" }]
        case .other(let name, let text): ["type": "other", "name": name, "text": text.string]
        }
    }

    private static func listed(_ mailbox: IMAP.ListedMailbox, _ kind: IMAP.ListKind) -> [String: Any] {
        var fields: [String: Any] = [
            "type": kind.rawValue.lowercased(), "mailbox": mailbox.name.path, "raw": String(decoding: mailbox.name.raw, as: UTF8.self),
            "delimiter": mailbox.delimiter.map(String.init) ?? NSNull(), "attributes": mailbox.attributes.map(\.name).sorted(),
        ]
        if let use = mailbox.specialUse { fields["specialUse"] = use.rawValue }
        if let old = mailbox.oldName { fields["oldName"] = old.path }
        if !mailbox.childInfo.isEmpty { fields["childInfo"] = mailbox.childInfo }
        return fields
    }

    private static func mailboxStatus(_ name: IMAP.MailboxName, _ status: IMAP.MailboxStatus) -> [String: Any] {
        var fields: [String: Any] = ["type": "mailboxstatus", "mailbox": name.path]
        fields["messages"] = status.messages
        fields["recent"] = status.recent
        fields["unseen"] = status.unseen
        fields["deleted"] = status.deleted
        fields["uidNext"] = status.uidNext
        fields["uidValidity"] = status.uidValidity
        fields["highestModSeq"] = status.highestModSeq
        fields["size"] = status.size
        fields["mailboxID"] = status.mailboxID
        fields["appendLimit"] = status.appendLimit
        fields["deletedStorage"] = status.deletedStorage
        return fields
    }

    private static func search(_ result: IMAP.SearchResult, _ type: String) -> [String: Any] {
        var fields: [String: Any] = ["type": type, "uid": result.isUID]
        fields["all"] = result.all?.description
        if type == "sort" { fields["order"] = result.sorted }
        fields["count"] = result.count
        fields["min"] = result.min
        fields["max"] = result.max
        fields["modSeq"] = result.modSeq
        fields["tag"] = result.tag
        fields["partial"] = result.partial?.description
        return fields
    }

    private static func namespace(_ space: IMAP.Namespaces.Namespace) -> [String: Any] {
        ["prefix": space.prefix.path, "delimiter": space.delimiter.map(String.init) ?? NSNull()]
    }
}

/// A FETCH response as `inspect imap` shows it.
enum InspectIMAPMessage {
    static func fields(of message: IMAP.FetchedMessage) -> [String: Any] {
        var fields: [String: Any] = ["type": "fetch", "sequence": message.sequence]
        fields["uid"] = message.uid
        fields["flags"] = message.flags?.map(\.rawValue)
        fields["modSeq"] = message.modSeq
        fields["internalDate"] = message.internalDate
        fields["size"] = message.size
        fields["envelope"] = message.envelope.map(envelope)
        fields["bodyStructure"] = message.bodyStructure.map(structure)
        fields["emailID"] = message.emailID
        fields["threadID"] = message.threadID
        // As text: JSON numbers of 64 bits lose digits in many readers.
        fields["gmailMessageID"] = message.gmailMessageID.map { "\($0)" }
        fields["gmailThreadID"] = message.gmailThreadID.map { "\($0)" }
        fields["gmailLabels"] = message.gmailLabels?.map(\.string)
        fields["preview"] = message.preview?.string
        fields["saveDate"] = message.saveDate
        if !message.bodies.isEmpty { fields["bodies"] = message.bodies.map(body) }
        if !message.binarySizes.isEmpty {
            fields["binarySizes"] = message.binarySizes.map { ["part": $0.part, "size": $0.size] as [String: Any] }
        }
        if !message.defects.isEmpty {
            fields["defects"] = message.defects.map {
                ["attribute": $0.attribute, "expected": $0.error.expected, "offset": $0.error.offset] as [String: Any]
            }
        }
        return fields
    }

    private static func body(_ body: IMAP.FetchedBody) -> [String: Any] {
        var fields: [String: Any] = ["section": body.section.description, "binary": body.isBinary]
        fields["origin"] = body.origin
        switch body.content {
        case .missing: fields["missing"] = true
        case .streamed(let size): fields["size"] = size
        case .bytes(let bytes):
            fields["size"] = bytes.count
            fields["sha256"] = SHA256.hash(data: Array(bytes)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        return fields
    }

    private static func envelope(_ envelope: IMAP.Envelope) -> [String: Any] {
        func addresses(_ list: [IMAP.Envelope.Address]) -> [[String: Any]] {
            list.map { address in
                [
                    "name": address.name?.string ?? NSNull(), "mailbox": address.mailbox?.string ?? NSNull(),
                    "host": address.host?.string ?? NSNull(),
                ]
            }
        }
        var fields: [String: Any] = [
            "from": addresses(envelope.from), "sender": addresses(envelope.sender), "replyTo": addresses(envelope.replyTo),
            "to": addresses(envelope.to), "cc": addresses(envelope.cc), "bcc": addresses(envelope.bcc),
        ]
        fields["date"] = envelope.date?.string
        fields["subject"] = envelope.subject?.string
        fields["inReplyTo"] = envelope.inReplyTo?.string
        fields["messageID"] = envelope.messageID?.string
        return fields
    }

    private static func structure(_ structure: IMAP.BodyStructure) -> [String: Any] {
        func parameters(_ list: [IMAP.BodyStructure.Parameter]) -> [String: String] {
            Dictionary(list.map { ($0.name, $0.value.string) }) { first, _ in first }
        }
        func extras(_ extras: IMAP.BodyStructure.Extras, _ fields: inout [String: Any]) {
            if let disposition = extras.disposition {
                fields["disposition"] = ["type": disposition.type, "parameters": parameters(disposition.parameters)] as [String: Any]
            }
            if !extras.languages.isEmpty { fields["languages"] = extras.languages.map(\.string) }
            fields["location"] = extras.location?.string
            fields["md5"] = extras.md5?.string
        }
        var fields: [String: Any]
        switch structure {
        case .multipart(let multipart):
            fields = ["type": "multipart/\(multipart.subtype)", "parts": multipart.parts.map(self.structure)]
            fields["parameters"] = parameters(multipart.parameters)
            extras(multipart.extras, &fields)
        case .part(let part):
            fields = ["type": "\(part.type)/\(part.subtype)", "encoding": part.encoding, "size": part.size]
            fields["parameters"] = parameters(part.parameters)
            fields["lines"] = part.lines
            fields["contentID"] = part.contentID?.string
            fields["description"] = part.description?.string
            fields["envelope"] = part.envelope.map(envelope)
            fields["message"] = part.message.map(self.structure)
            extras(part.extras, &fields)
        }
        return fields
    }
}
