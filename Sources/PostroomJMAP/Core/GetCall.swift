import PostroomCore

/// The parts that every /get has (RFC 8620 §5.1).
struct GetCall {
    let arguments: Arguments
    let account: AccountContext
    /// nil: all there are.
    let ids: [String]?
    /// nil: the type's default.
    let properties: [String]?

    static let names: Set<String> = ["accountId", "ids", "properties"]

    init(_ object: JSONObject, _ context: RequestContext, also names: Set<String> = []) throws {
        arguments = try Arguments(object, allowing: Self.names.union(names))
        account = try context.account(arguments)
        ids = try arguments.ids("ids").map { given in
            guard given.count <= context.limits.maxObjectsInGet else {
                throw MethodError("requestTooLarge", "A /get may ask for \(context.limits.maxObjectsInGet) objects.")
            }
            var seen: Set<String> = []
            return given.map { context.resolve($0) ?? $0 }.filter { seen.insert($0).inserted }
        }
        properties = try arguments.strings("properties")
    }

    /// The properties that were asked for, "id" with them, in a fixed order; all of `known` where none were named.
    func properties(of known: [String]) throws -> [String] {
        guard let properties else { return known }
        for name in properties where !known.contains(name) {
            throw MethodError.invalidArguments("There is no property \"\(name)\".")
        }
        return known.filter { $0 == "id" || properties.contains($0) }
    }

    /// The response for a type of which an account has a few: `all` of them, or those that were asked for in the order asked.
    func response<Object>(
        state: Int64, of all: [Object], id: (Object) -> String, write: (Object, inout JSONWriter) throws -> Void
    ) rethrows -> [UInt8] {
        guard let ids else { return try response(state: state, list: all, notFound: [], write: write) }
        let known = Dictionary(uniqueKeysWithValues: all.map { (id($0), $0) })
        return try response(
            state: state, list: ids.compactMap { known[$0] }, notFound: ids.filter { known[$0] == nil }, write: write)
    }

    /// The response: each object written by `write`.
    func response<Object>(
        state: Int64, list: [Object], notFound: [String], write: (Object, inout JSONWriter) throws -> Void
    ) rethrows -> [UInt8] {
        var json = JSONWriter(reserving: 512 + list.count * 256)
        json.beginObject()
        json.member("accountId", account.jmap)
        json.member("state", String(state))
        json.key("list")
        json.beginArray()
        for object in list { try write(object, &json) }
        json.endArray()
        json.member("notFound", notFound)
        json.endObject()
        return json.bytes
    }
}

/// Every /changes is the same but for the type (RFC 8620 §5.2).
struct ChangesCall {
    static func run(
        _ object: JSONObject, _ context: RequestContext, type: DataType,
        extra: (ChangeSet, inout JSONWriter) -> Void = { _, _ in }
    ) async throws -> [UInt8] {
        let arguments = try Arguments(object, allowing: ["accountId", "sinceState", "maxChanges"])
        let account = try context.account(arguments)
        let since = try arguments.requiredString("sinceState")
        let limit = try arguments.unsigned("maxChanges")
        if limit == 0 { throw MethodError.invalidArguments("\"maxChanges\" must be greater than 0.") }
        guard let since = State.number(since) else { throw MethodError("cannotCalculateChanges") }
        let changes = try await context.mail.changes(of: account.id, type: type, since: since, limit: limit)
        var json = JSONWriter(reserving: 256 + 10 * (changes.created.count + changes.updated.count + changes.destroyed.count))
        json.beginObject()
        json.member("accountId", account.jmap)
        json.member("oldState", String(changes.oldState))
        json.member("newState", String(changes.newState))
        json.member("hasMoreChanges", changes.hasMoreChanges)
        json.member("created", changes.created.map { "\(type.letter)\($0)" })
        json.member("updated", changes.updated.map { "\(type.letter)\($0)" })
        json.member("destroyed", changes.destroyed.map { "\(type.letter)\($0)" })
        extra(changes, &json)
        json.endObject()
        return json.bytes
    }
}

/// State strings: the change log's number.
enum State {
    static func number(_ text: String) -> Int64? {
        guard let number = Int64(text), String(number) == text, number >= 0 else { return nil }
        return number
    }
}
