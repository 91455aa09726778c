import PostroomCore

/// The parts that every /queryChanges has (RFC 8620 §5.6).
struct QueryChangesCall {
    let arguments: Arguments
    let account: AccountContext
    let filter: JSONObject?
    let sort: [Comparator]
    let since: Int64
    let maxChanges: Int?
    let calculateTotal: Bool
    /// The last id that the client has.
    let upToID: String?

    static let names: Set<String> = ["accountId", "filter", "sort", "sinceQueryState", "maxChanges", "upToId", "calculateTotal"]

    init(_ object: JSONObject, _ context: RequestContext, also names: Set<String> = []) throws {
        arguments = try Arguments(object, allowing: Self.names.union(names))
        account = try context.account(arguments)
        filter = try QueryCall.filter(arguments)
        sort = try Comparator.list(arguments)
        let text = try arguments.requiredString("sinceQueryState")
        maxChanges = try arguments.unsigned("maxChanges")
        upToID = try arguments.string("upToId").map { context.resolve($0) ?? $0 }
        calculateTotal = try arguments.bool("calculateTotal")
        guard let since = State.number(text) else { throw MethodError("cannotCalculateChanges") }
        self.since = since
    }

    /// - Parameters:
    ///   - changed: every id that may stand in another place than before, or not at all.
    ///   - results: the ids that match now, in order.
    ///   - isFixed: nothing that is filtered or sorted by can change, so that what lies beyond `upToId` need not be told (§5.6).
    func response(
        changed: [String], created: Set<String> = [], results: [String], newState: Int64, isFixed: Bool = false
    ) throws -> [UInt8] {
        var added: [(String, Int)] = []
        let moved = Set(changed)
        if !moved.isEmpty {
            let last = isFixed ? upToID.flatMap(results.firstIndex(of:)) : nil
            for (index, id) in results.prefix(last.map { $0 + 1 } ?? results.count).enumerated() where moved.contains(id) {
                added.append((id, index))
            }
        }
        // What was made since then was not in the old result.
        let removed = changed.filter { !created.contains($0) }
        if let maxChanges, removed.count + added.count > maxChanges { throw MethodError("tooManyChanges") }
        var json = JSONWriter(reserving: 256 + 24 * (removed.count + added.count))
        json.beginObject()
        json.member("accountId", account.jmap)
        json.member("oldQueryState", String(since))
        json.member("newQueryState", String(newState))
        if calculateTotal { json.member("total", results.count) }
        json.member("removed", removed)
        json.key("added")
        json.beginArray()
        for (id, index) in added {
            json.beginObject()
            json.member("id", id)
            json.member("index", index)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
