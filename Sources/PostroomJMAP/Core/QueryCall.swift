import PostroomCore

/// The parts that every /query has (RFC 8620 §5.5).
struct QueryCall {
    let arguments: Arguments
    let account: AccountContext
    let filter: JSONObject?
    let sort: [Comparator]
    let position: Int
    let anchor: String?
    let anchorOffset: Int
    let limit: Int?
    let calculateTotal: Bool

    static let names: Set<String> = [
        "accountId", "filter", "sort", "position", "anchor", "anchorOffset", "limit", "calculateTotal",
    ]

    init(_ object: JSONObject, _ context: RequestContext, also names: Set<String> = []) throws {
        arguments = try Arguments(object, allowing: Self.names.union(names))
        account = try context.account(arguments)
        filter = try Self.filter(arguments)
        sort = try Comparator.list(arguments)
        position = try arguments.integer("position") ?? 0
        anchor = try arguments.string("anchor").map { context.resolve($0) ?? $0 }
        anchorOffset = try arguments.integer("anchorOffset") ?? 0
        limit = try arguments.unsigned("limit")
        calculateTotal = try arguments.bool("calculateTotal")
    }

    static func filter(_ arguments: Arguments) throws -> JSONObject? {
        guard let value = arguments["filter"] else { return nil }
        guard let object = value.object else { throw MethodError.invalidArguments("\"filter\" must be an object.") }
        return object
    }

    /// The response where all matching ids, in order, are known here.
    func response(ids: [String], queryState: Int64, canCalculateChanges: Bool = true) throws -> [UInt8] {
        var start = position < 0 ? max(0, ids.count + position) : position
        if let anchor {
            guard let place = ids.firstIndex(of: anchor) else { throw MethodError("anchorNotFound") }
            start = max(0, place + anchorOffset)
        }
        let page = Array(ids.dropFirst(start).prefix(limit ?? ids.count))
        return response(
            page: page, position: page.isEmpty && start >= ids.count && limit != 0 ? min(start, ids.count) : start, total: ids.count,
            queryState: queryState, canCalculateChanges: canCalculateChanges, enforcedLimit: nil)
    }

    func response(
        page: [String], position: Int, total: Int?, queryState: Int64, canCalculateChanges: Bool, enforcedLimit: Int?
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 256 + 12 * page.count)
        json.beginObject()
        json.member("accountId", account.jmap)
        json.member("queryState", String(queryState))
        json.member("canCalculateChanges", canCalculateChanges)
        json.member("position", position)
        json.member("ids", page)
        if calculateTotal, let total { json.member("total", total) }
        if let enforcedLimit { json.member("limit", enforcedLimit) }
        json.endObject()
        return json.bytes
    }
}

/// One comparator of a sort, still by names (RFC 8620 §5.5).
struct Comparator {
    var property: String
    var isAscending: Bool
    var keyword: String?

    static let collations: Set<String> = ["i;ascii-numeric", "i;ascii-casemap", "i;unicode-casemap"]

    static func list(_ arguments: Arguments) throws -> [Comparator] {
        guard let value = arguments["sort"] else { return [] }
        guard let items = value.array else { throw MethodError.invalidArguments("\"sort\" must be an array of comparators.") }
        return try items.map { item in
            guard let object = item.object else { throw MethodError.invalidArguments("\"sort\" must be an array of comparators.") }
            // Members that are not known are passed over: jmapc sends the query's own arguments in each comparator.
            let members = Arguments(object)
            if let collation = try members.string("collation"), !collations.contains(collation) {
                throw MethodError("unsupportedSort", "There is no collation \"\(collation)\".")
            }
            return Comparator(
                property: try members.requiredString("property"), isAscending: try members.bool("isAscending", default: true),
                keyword: try members.string("keyword"))
        }
    }
}

/// A filter tree over any condition (RFC 8620 §5.5).
indirect enum FilterTree<Condition> {
    case all([FilterTree])
    case any([FilterTree])
    case none([FilterTree])
    case condition(Condition)

    /// Reads operators here and conditions by `condition`.
    static func parse(_ object: JSONObject, depth: Int = 0, condition: (JSONObject) throws -> Condition) throws -> FilterTree {
        guard depth < 50 else { throw MethodError("unsupportedFilter", "The filter is nested too deep.") }
        guard let name = object["operator"] else { return .condition(try condition(object)) }
        guard let name = name.string, let items = object["conditions"]?.array, object.count == 2 else {
            throw MethodError.invalidArguments("A filter operator has \"operator\" and \"conditions\".")
        }
        let branches = try items.map { item in
            guard let object = item.object else { throw MethodError.invalidArguments("\"conditions\" must be an array of filters.") }
            return try parse(object, depth: depth + 1, condition: condition)
        }
        switch name {
        case "AND": return .all(branches)
        case "OR": return .any(branches)
        case "NOT": return .none(branches)
        default: throw MethodError.invalidArguments("There is no filter operator \"\(name)\".")
        }
    }

    func matches(_ test: (Condition) -> Bool) -> Bool {
        switch self {
        case .all(let branches): branches.allSatisfy { $0.matches(test) }
        case .any(let branches): branches.contains { $0.matches(test) }
        case .none(let branches): !branches.contains { $0.matches(test) }
        case .condition(let condition): test(condition)
        }
    }
}
