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
        // RFC 8620 §7.2: those that were made with the credentials that ask, and no others.
        let credential = try await context.credential.name(of: context.user.id, in: context.ports.directory)
        let all = try await (context.server.push?.subscriptions(of: context.user.id) ?? []).filter { $0.belongs(to: credential) }
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
                case "expires": json.member(name, subscription.expires?.description)
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
        for (key, _) in create where !JMAPID.isValid(key) { throw MethodError.invalidArguments("\"\(key)\" is no creation id.") }
        for (key, _) in update where !JMAPID.isValidReference(key) { throw MethodError.invalidArguments("\"\(key)\" is no id.") }
        guard let push = context.server.push else { throw MethodError("forbidden", "This server sends no push messages.") }
        let credential = try await context.credential.name(of: context.user.id, in: context.ports.directory)
        let isTimed = try await context.credential.isTimed(in: context.ports.directory)
        let names = context.createdIDs
        do {
            let outcome = try await push.edit(of: context.user.id) { all, allowance in
                try edit(
                    &all, create: create, update: update, destroy: destroy, allowance: allowance, by: credential, isTimed: isTimed, push,
                    context)
            }
            var json = JSONWriter()
            json.beginObject()
            outcome.write(to: &json)
            json.endObject()
            return json.bytes
        } catch {
            context.createdIDs = names
            throw error
        }
    }

    private static func edit(
        _ all: inout [PushSubscription], create: [(key: String, value: JSONObject)], update: [(key: String, value: JSONObject)],
        destroy: [String], allowance: Int, by credential: String, isTimed: Bool, _ push: PushService, _ context: RequestContext
    ) throws -> SetOutcome {
        var outcome = SetOutcome()
        for (key, value) in create {
            do {
                var subscription = try make(value, isTimed: isTimed, push)
                subscription.credential = credential
                // One a device: a client that lost its state subscribes again.
                let (device, url) = (subscription.deviceClientID, subscription.url)
                let others = all.filter { $0.deviceClientID != device || $0.url != url }
                guard others.count < PushService.mostPerUser else {
                    throw SetError("overQuota", "A user may have \(PushService.mostPerUser) push subscriptions.")
                }
                guard outcome.created.count < allowance else {
                    throw SetError("rateLimit", "Too many push subscriptions were made in the last hour.")
                }
                all = others + [subscription]
                context.createdIDs[key] = subscription.id
                var json = JSONWriter()
                json.beginObject()
                json.member("id", subscription.id)
                json.member("expires", subscription.expires?.description)
                if value["types"] == nil { json.member("types", nil as String?) }
                if value["keys"] == nil { json.member("keys", nil as String?) }
                json.endObject()
                outcome.created.append((key, json.bytes))
            } catch {
                outcome.notCreated.append((key, try MailboxMethods.setError(error)))
            }
        }
        let doomed = Set(destroy.compactMap { context.resolve($0) })
        for (key, patch) in update {
            let id = context.resolve(key) ?? key
            do {
                guard !doomed.contains(id) else { throw SetError("willDestroy") }
                guard let place = all.firstIndex(where: { $0.id == id && $0.belongs(to: credential) }) else { throw SetError.notFound }
                outcome.updated.append((id, try change(&all[place], patch, isTimed: isTimed, push)))
            } catch {
                outcome.notUpdated.append((id, try MailboxMethods.setError(error)))
            }
        }
        var seen: Set<String> = []
        for key in destroy where seen.insert(key).inserted {
            let id = context.resolve(key) ?? key
            if let place = all.firstIndex(where: { $0.id == id && $0.belongs(to: credential) }) {
                all.remove(at: place)
                outcome.destroyed.append(id)
            } else {
                outcome.notDestroyed.append((id, .notFound))
            }
        }
        return outcome
    }

    /// Throws `SetError`.
    private static func make(_ object: JSONObject, isTimed: Bool, _ push: PushService) throws -> PushSubscription {
        // A verification code may be named, as null (§7.2).
        var wrong = object.entries.filter { name, value in
            !["deviceClientId", "url", "keys", "expires", "types"].contains(name) && !(name == "verificationCode" && value.isNull)
        }.map(\.key)
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
            expires: push.expiry(expires, isTimed: isTimed), types: types)
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
    private static func change(
        _ stored: inout PushSubscription, _ patch: JSONObject, isTimed: Bool, _ push: PushService
    ) throws -> [UInt8]? {
        try SetError.checkPaths(of: patch, properties: properties + ["url", "keys"])
        var subscription = stored
        var wrong: [String] = []
        var answer: [UInt8]?
        for (property, value) in patch.entries {
            switch property {
            case "verificationCode":
                // A whole object that is sent back has what it had.
                guard value.string == subscription.secretCode || value.isNull && !subscription.isVerified else {
                    wrong.append(property)
                    continue
                }
                if let code = value.string { subscription.verificationCode = code }
            case "id" where value.string == subscription.id, "deviceClientId" where value.string == subscription.deviceClientID,
                "url" where value.string == subscription.url:
                continue
            case "expires":
                let wanted = expiry(value, &wrong)
                subscription.expires = push.expiry(wanted, isTimed: isTimed)
                if subscription.expires != wanted {
                    var json = JSONWriter()
                    json.beginObject()
                    json.member("expires", subscription.expires?.description)
                    json.endObject()
                    answer = json.bytes
                }
            case "types": subscription.types = types(value, &wrong)
            default: wrong.append(property)
            }
        }
        guard wrong.isEmpty else { throw SetError.invalidProperties(wrong, "These can't change, or not to that.") }
        stored = subscription
        return answer
    }
}
