import PostroomCore

/// The parts that every /set has (RFC 8620 §5.3).
struct SetCall {
    let arguments: Arguments
    let account: AccountContext
    let ifInState: Int64?
    let create: [(key: String, value: JSONObject)]
    /// By id, creation ids resolved; what can't be resolved is in `outcome` already.
    let update: [(key: String, value: JSONObject)]
    let destroy: [String]
    var outcome = SetOutcome()

    static let names: Set<String> = ["accountId", "ifInState", "create", "update", "destroy"]

    /// Also reads the old state and compares it with ifInState.
    init(
        _ object: JSONObject, _ context: RequestContext, type: DataType, need: AccountNeed = .write, also names: Set<String> = []
    ) async throws {
        arguments = try Arguments(object, allowing: Self.names.union(names))
        account = try context.account(arguments, for: need)
        create = try arguments.objects("create")
        let updates = try arguments.objects("update")
        let destroys = try arguments.ids("destroy") ?? []
        guard create.count + updates.count + destroys.count <= context.limits.maxObjectsInSet else {
            throw MethodError("requestTooLarge", "A /set may change \(context.limits.maxObjectsInSet) objects.")
        }
        for (key, _) in create where !JMAPID.isValid(key) {
            throw MethodError.invalidArguments("\"\(key)\" is no creation id.")
        }
        for (key, _) in updates where !JMAPID.isValidReference(key) {
            throw MethodError.invalidArguments("\"\(key)\" is no id.")
        }
        let current = try await account.state(of: type)
        outcome.oldState = current
        if let text = try arguments.string("ifInState") {
            guard State.number(text) == current else { throw MethodError("stateMismatch") }
            ifInState = current
        } else {
            ifInState = nil
        }
        // References to what this very call creates are resolved once it is created, so these stay as given.
        update = updates
        var seen: Set<String> = []
        destroy = destroys.filter { seen.insert($0).inserted }
    }

    /// Updates with their ids resolved, but those of objects that the same call destroys (RFC 8620 §5.3 willDestroy).
    mutating func resolvedUpdates(_ context: RequestContext) -> [(key: String, id: String, value: JSONObject)] {
        let doomed = Set(destroy.compactMap { context.resolve($0) })
        var resolved: [(key: String, id: String, value: JSONObject)] = []
        for (key, value) in update {
            guard let id = context.resolve(key) else {
                outcome.notUpdated.append((key, .notFound))
                continue
            }
            if doomed.contains(id) {
                outcome.notUpdated.append((id, SetError("willDestroy")))
            } else {
                resolved.append((key, id, value))
            }
        }
        return resolved
    }

    mutating func resolvedDestroys(_ context: RequestContext) -> [String] {
        var ids: [String] = []
        for key in destroy {
            if let id = context.resolve(key) {
                ids.append(id)
            } else {
                outcome.notDestroyed.append((key, .notFound))
            }
        }
        return ids
    }

    mutating func created(_ key: String, id: String, _ context: RequestContext, properties: (inout JSONWriter) -> Void = { _ in }) {
        context.createdIDs[key] = id
        var json = JSONWriter()
        json.beginObject()
        json.member("id", id)
        properties(&json)
        json.endObject()
        outcome.created.append((key, json.bytes))
    }

    /// What the call asks for as one transaction. `body` puts what became of each object into the outcome; what it throws is the whole
    /// call's, and then nothing was done. `isFirst`: nothing of the call was stored before.
    mutating func edit<Value: Sendable>(
        _ type: DataType, _ context: RequestContext, isDurable: Bool, isFirst: Bool = true,
        _ body: @escaping @Sendable (inout SetCall, any AccountEditing) throws -> Value
    ) async throws -> (state: Int64, value: Value) {
        let start = self
        let names = context.createdIDs
        do {
            let edited = try await context.mail.edit(account.id, type, ifInState: isFirst ? ifInState : nil, isDurable: isDurable) {
                editing -> (SetOutcome, Value) in
                var call = start
                let value = try body(&call, editing)
                return (call.outcome, value)
            }
            outcome = edited.value.0
            if isFirst { outcome.oldState = edited.oldState }
            return (edited.newState, edited.value.1)
        } catch {
            // Nothing that was given an id in it is there.
            context.createdIDs = names
            throw error
        }
    }

    var isEmpty: Bool { create.isEmpty && update.isEmpty && destroy.isEmpty }

    func response(newState: Int64) -> [UInt8] { outcome.json(accountID: account.jmap, newState: newState) }
}

/// What became of each object of a /set.
struct SetOutcome {
    var oldState: Int64 = 0
    var created: [(String, [UInt8])] = []
    /// nil: everything is as the client asked for.
    var updated: [(String, [UInt8]?)] = []
    var destroyed: [String] = []
    var notCreated: [(String, SetError)] = []
    var notUpdated: [(String, SetError)] = []
    var notDestroyed: [(String, SetError)] = []

    func json(accountID: String, newState: Int64) -> [UInt8] {
        var json = JSONWriter(reserving: 256 + 64 * (created.count + updated.count + destroyed.count))
        json.beginObject()
        json.member("accountId", accountID)
        json.member("oldState", String(oldState))
        json.member("newState", String(newState))
        write(to: &json)
        json.endObject()
        return json.bytes
    }

    func write(to json: inout JSONWriter) {
        json.key("created")
        Self.map(created, &json) { $1.raw($0) }
        json.key("updated")
        Self.map(updated, &json) { object, json in
            if let object { json.raw(object) } else { json.null() }
        }
        json.key("destroyed")
        if destroyed.isEmpty {
            json.null()
        } else {
            json.beginArray()
            for id in destroyed { json.string(id) }
            json.endArray()
        }
        for (name, errors) in [("notCreated", notCreated), ("notUpdated", notUpdated), ("notDestroyed", notDestroyed)] {
            json.key(name)
            Self.map(errors, &json) { $0.write(to: &$1) }
        }
    }

    /// A map, or null where there is nothing in it.
    static func map<Value>(_ entries: [(String, Value)], _ json: inout JSONWriter, _ write: (Value, inout JSONWriter) -> Void) {
        guard !entries.isEmpty else { return json.null() }
        json.beginObject()
        for (key, value) in entries {
            json.key(key)
            write(value, &json)
        }
        json.endObject()
    }
}
