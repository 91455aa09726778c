import MailMIME
import PostroomCore

/// Identity/get, /changes and /set (RFC 8621 §6).
enum IdentityMethods {
    static let properties = ["id", "name", "email", "replyTo", "bcc", "textSignature", "htmlSignature", "mayDelete"]

    static func get(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try GetCall(object, context)
        let properties = try call.properties(of: properties)
        let state = try await call.account.state(of: .identity)
        let all = try await context.mail.identities(of: call.account.id)
        return call.response(state: state, of: all, id: \.id.jmap) { write($0, properties, to: &$1) }
    }

    private static func write(_ identity: Identity, _ properties: [String], to json: inout JSONWriter) {
        json.beginObject()
        for property in properties {
            switch property {
            case "id": json.member("id", identity.id.jmap)
            case "name": json.member("name", identity.name)
            case "email": json.member("email", identity.email)
            case "replyTo", "bcc":
                let list = property == "bcc" ? identity.bcc : identity.replyTo
                json.key(property)
                if list.isEmpty { json.null() } else { AddressJSON.write(list, to: &json) }
            case "textSignature": json.member("textSignature", identity.textSignature)
            case "htmlSignature": json.member("htmlSignature", identity.htmlSignature)
            case "mayDelete": json.member("mayDelete", identity.mayDelete)
            default: break
            }
        }
        json.endObject()
    }

    static func changes(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        try await ChangesCall.run(object, context, type: .identity)
    }

    static func set(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        var call = try await SetCall(object, context, type: .identity, need: .manageSending)
        guard !call.isEmpty else { return call.response(newState: call.outcome.oldState) }
        let (newState, _) = try await call.edit(.identity, context, isDurable: true) { call, editing in
            try create(&call, editing, context)
            try update(&call, editing, context)
            try destroy(&call, editing, context)
        }
        return call.response(newState: newState)
    }

    private static func create(_ call: inout SetCall, _ editing: any AccountEditing, _ context: RequestContext) throws {
        for (key, value) in call.create {
            do {
                var identity = Identity(id: IdentityID(0), name: "", email: "")
                try apply(value, to: &identity, isNew: true)
                let new = identity
                let added = try editing.attempt { try editing.addIdentity(new) }
                call.created(key, id: added.id.jmap, context) { json in
                    json.member("mayDelete", added.mayDelete)
                    // Defaults that the client did not name (RFC 8620 §5.3).
                    let defaults = properties.filter { $0 != "id" && $0 != "mayDelete" && value[$0] == nil }
                    var object = JSONWriter()
                    write(added, defaults, to: &object)
                    for (name, value) in (try? JSONParser.parse(object.bytes).object?.entries) ?? [] {
                        json.key(name)
                        json.value(value)
                    }
                }
            } catch {
                call.outcome.notCreated.append((key, try MailboxMethods.setError(error)))
            }
        }
    }

    private static func update(_ call: inout SetCall, _ editing: any AccountEditing, _ context: RequestContext) throws {
        for (_, id, patch) in call.resolvedUpdates(context) {
            do {
                guard let number = JMAPID.identity(id), var identity = try editing.identities().first(where: { $0.id == number }) else {
                    throw SetError.notFound
                }
                try SetError.checkPaths(of: patch, properties: properties)
                try apply(patch, to: &identity, isNew: false)
                let changed = identity
                try editing.attempt { try editing.updateIdentity(changed) }
                call.outcome.updated.append((id, nil))
            } catch {
                call.outcome.notUpdated.append((id, try MailboxMethods.setError(error)))
            }
        }
    }

    private static func destroy(_ call: inout SetCall, _ editing: any AccountEditing, _ context: RequestContext) throws {
        for id in call.resolvedDestroys(context) {
            do {
                let number = JMAPID.identity(id)
                guard let identity = try editing.identities().first(where: { $0.id == number }) else { throw SetError.notFound }
                guard identity.mayDelete else { throw SetError("forbidden", "This is the account's own address.") }
                guard try editing.removeIdentity(identity.id) else { throw SetError.notFound }
                call.outcome.destroyed.append(id)
            } catch {
                call.outcome.notDestroyed.append((id, try MailboxMethods.setError(error)))
            }
        }
    }

    /// Throws `SetError`.
    private static func apply(_ object: JSONObject, to identity: inout Identity, isNew: Bool) throws {
        var wrong: [String] = []
        for (property, value) in object.entries {
            switch property {
            case "name", "textSignature", "htmlSignature":
                // null is the default, the empty string (RFC 8620 §5.3).
                guard value.isNull && !isNew || value.string != nil else {
                    wrong.append(property)
                    continue
                }
                let text = value.string ?? ""
                switch property {
                case "name": identity.name = text
                case "textSignature": identity.textSignature = text
                default: identity.htmlSignature = text
                }
            case "email":
                guard let text = value.string, isNew ? isAddress(text) : text == identity.email else {
                    wrong.append(property)
                    continue
                }
                identity.email = text
            case "replyTo", "bcc":
                guard let list = value.isNull ? [] : AddressJSON.parse(value), list.allSatisfy({ isAddress($0.address) }) else {
                    wrong.append(property)
                    continue
                }
                if property == "bcc" { identity.bcc = list } else { identity.replyTo = list }
            case "id" where !isNew && value.string == identity.id.jmap, "mayDelete" where !isNew && value.bool == identity.mayDelete:
                continue
            default: wrong.append(property)
            }
        }
        if isNew, identity.email.isEmpty, !wrong.contains("email") { wrong.append("email") }
        guard wrong.isEmpty else {
            throw SetError.invalidProperties(wrong, "These properties are unknown, set once or by the server, or of a wrong type.")
        }
    }

    /// `local@domain` without anything that could end a header line or an SMTP command.
    static func isAddress(_ text: String) -> Bool {
        guard let at = text.lastIndex(of: "@"), at != text.startIndex, text.index(after: at) != text.endIndex, text.utf8.count <= 320 else {
            return false
        }
        return !text.utf8.contains { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
    }
}
