import Crypto
import PostroomCore

/// PushSubscription/get and /set (RFC 8620 §7.2).
enum PushMethods {
    private static let properties = ["id", "deviceClientId", "verificationCode", "expires", "types"]

    static func get(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: ["ids", "properties"])
        let ids = try arguments.ids("ids")?.map { context.resolve($0) ?? $0 }
        var wanted = properties
        if let names = try arguments.strings("properties") {
            for name in names where !properties.contains(name) {
                // They are secrets of the client's push service.
                if name == "url" || name == "keys" { throw MethodError("forbidden", "\"\(name)\" is never given out.") }
                throw MethodError.invalidArguments("There is no property \"\(name)\".")
            }
            wanted = properties.filter { $0 == "id" || names.contains($0) }
        }
        let all = try await context.server.push?.subscriptions(of: context.user.id) ?? []
        let list = ids.map { ids in ids.compactMap { id in all.first { $0.id == id } } } ?? all
        var json = JSONWriter()
        json.beginObject()
        json.key("list")
        json.beginArray()
        for subscription in list {
            json.beginObject()
            for name in wanted {
                switch name {
                case "id": json.member("id", subscription.id)
                case "deviceClientId": json.member(name, subscription.deviceClientID)
                case "verificationCode": json.member(name, subscription.verificationCode)
                case "expires": json.member(name, subscription.expires.description)
                default: if let types = subscription.types { json.member(name, types) } else { json.member(name, nil as String?) }
                }
            }
            json.endObject()
        }
        json.endArray()
        json.member("notFound", ids?.filter { id in !all.contains { $0.id == id } } ?? [])
        json.endObject()
        return json.bytes
    }

    static func set(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: ["create", "update", "destroy"])
        let create = try arguments.objects("create")
        let update = try arguments.objects("update")
        let destroy = try arguments.ids("destroy") ?? []
        guard create.count + update.count + destroy.count <= context.limits.maxObjectsInSet else { throw MethodError("requestTooLarge") }
        var outcome = SetOutcome()
        for (key, value) in create {
            do {
                guard JMAPID.isValid(key) else { throw MethodError.invalidArguments("\"\(key)\" is no creation id.") }
                guard let push = context.server.push else { throw SetError("forbidden", "This server sends no push messages.") }
                let subscription = try await make(value, push)
                try await push.add(subscription, of: context.user.id)
                context.createdIDs[key] = subscription.id
                var json = JSONWriter()
                json.beginObject()
                json.member("id", subscription.id)
                json.member("expires", subscription.expires.description)
                if value["types"] == nil { json.member("types", nil as String?) }
                if value["keys"] == nil { json.member("keys", nil as String?) }
                json.endObject()
                outcome.created.append((key, json.bytes))
            } catch {
                outcome.notCreated.append((key, try MailboxMethods.setError(error)))
            }
        }
        for (key, patch) in update {
            let id = context.resolve(key) ?? key
            do {
                guard let push = context.server.push else { throw SetError.notFound }
                outcome.updated.append((id, try await change(id, patch, push, context.user.id)))
            } catch {
                outcome.notUpdated.append((id, try MailboxMethods.setError(error)))
            }
        }
        for key in destroy {
            let id = context.resolve(key) ?? key
            if try await context.server.push?.remove(id, of: context.user.id) == true {
                outcome.destroyed.append(id)
            } else {
                outcome.notDestroyed.append((id, .notFound))
            }
        }
        var json = JSONWriter()
        json.beginObject()
        outcome.write(to: &json)
        json.endObject()
        return json.bytes
    }

    /// Throws `SetError`.
    private static func make(_ object: JSONObject, _ push: PushService) async throws -> PushSubscription {
        var wrong = object.entries.map(\.key).filter { !["deviceClientId", "url", "keys", "expires", "types"].contains($0) }
        let device = object["deviceClientId"]?.string
        if device == nil { wrong.append("deviceClientId") }
        let url = object["url"]?.string.flatMap { $0.lowercased().hasPrefix("https://") && $0.utf8.count > 8 ? $0 : nil }
        if url == nil { wrong.append("url") }
        var keys: PushSubscription.Keys?
        if let value = object["keys"], !value.isNull {
            if let p256dh = value.object?["p256dh"]?.string, let auth = value.object?["auth"]?.string,
                (try? PushEncryption.seal([], p256dh: p256dh, auth: auth)) != nil
            {
                keys = PushSubscription.Keys(p256dh: p256dh, auth: auth)
            } else {
                wrong.append("keys")
            }
        }
        let expires = expiry(object["expires"], &wrong)
        let types = types(object["types"], &wrong)
        guard wrong.isEmpty, let device, let url else {
            throw SetError.invalidProperties(wrong, "The URL must begin with https://; the others must be of the right form.")
        }
        return PushSubscription(
            id: "p" + Random.token(20), deviceClientID: device, url: url, keys: keys, secretCode: Random.token(32),
            expires: await push.expiry(expires), types: types)
    }

    private static func expiry(_ value: JSONValue?, _ wrong: inout [String]) -> Timestamp? {
        guard let value, !value.isNull else { return nil }
        let date = value.string.flatMap(DateText.utc)
        if date == nil { wrong.append("expires") }
        return date
    }

    private static func types(_ value: JSONValue?, _ wrong: inout [String]) -> [String]? {
        guard let value, !value.isNull else { return nil }
        let names = value.array?.compactMap(\.string)
        if names == nil || names?.count != value.array?.count { wrong.append("types") }
        return names
    }

    /// What the server set otherwise than asked, nil where nothing.
    private static func change(_ id: String, _ patch: JSONObject, _ push: PushService, _ user: UserID) async throws -> [UInt8]? {
        guard var subscription = try await push.subscriptions(of: user).first(where: { $0.id == id }) else { throw SetError.notFound }
        var wrong: [String] = []
        var answer: [UInt8]?
        for (property, value) in patch.entries {
            switch property {
            case "verificationCode":
                guard value.string == subscription.secretCode else {
                    wrong.append(property)
                    continue
                }
                subscription.verificationCode = value.string
            case "expires":
                let wanted = expiry(value, &wrong)
                subscription.expires = await push.expiry(wanted)
                if subscription.expires != wanted {
                    var json = JSONWriter()
                    json.beginObject()
                    json.member("expires", subscription.expires.description)
                    json.endObject()
                    answer = json.bytes
                }
            case "types": subscription.types = types(value, &wrong)
            default: wrong.append(property)
            }
        }
        guard wrong.isEmpty else { throw SetError.invalidProperties(wrong, "These can't change, or not to that.") }
        try await push.update(subscription, of: user)
        return answer
    }
}
