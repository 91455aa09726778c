import PostroomCore

/// Quota/get, /changes, /query and /queryChanges (RFC 9425).
enum QuotaMethods {
    static let properties = [
        "id", "resourceType", "used", "hardLimit", "scope", "name", "types", "warnLimit", "softLimit", "description",
    ]

    static func get(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try GetCall(object, context)
        let properties = try call.properties(of: properties)
        let state = try await call.account.state(of: .quota)
        let all = try await context.mail.quotas(of: call.account.id)
        return call.response(state: state, of: all, id: \.id.jmap) { write($0, properties, to: &$1) }
    }

    private static func write(_ quota: Quota, _ properties: [String], to json: inout JSONWriter) {
        json.beginObject()
        for property in properties {
            switch property {
            case "id": json.member("id", quota.id.jmap)
            case "resourceType": json.member("resourceType", quota.limit.resource.rawValue)
            case "used": json.member("used", Int(quota.limit.used))
            case "hardLimit": json.member("hardLimit", Int(quota.limit.hardLimit))
            // One mailbox at its server is one account here.
            case "scope": json.member("scope", scope)
            case "name": json.member("name", quota.limit.name)
            case "types": json.member("types", types)
            default: json.member(property, nil as String?)
            }
        }
        json.endObject()
    }

    fileprivate static let scope = "account"
    fileprivate static let types = ["Email"]

    static func changes(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        try await ChangesCall.run(object, context, type: .quota) { changes, json in
            json.key("updatedProperties")
            guard changes.onlyCountsChanged else { return json.null() }
            json.beginArray()
            json.string("used")
            json.endArray()
        }
    }

    static func query(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try QueryCall(object, context)
        let query = try QuotaQuery(filter: call.filter, sort: call.sort)
        let state = try await call.account.state(of: .quota)
        return try call.response(ids: query.run(try await context.mail.quotas(of: call.account.id)).map(\.id.jmap), queryState: state)
    }

    static func queryChanges(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try QueryChangesCall(object, context)
        let query = try QuotaQuery(filter: call.filter, sort: call.sort)
        let changes = try await context.mail.changes(of: call.account.id, type: .quota, since: call.since, limit: nil)
        let ids = query.run(try await context.mail.quotas(of: call.account.id)).map(\.id.jmap)
        let changed = (changes.created + changes.updated + changes.destroyed).map { ID<Quota>($0).jmap }
        return try call.response(
            changed: changed, created: Set(changes.created.map { ID<Quota>($0).jmap }), results: ids, newState: changes.newState)
    }
}

extension ID<Quota> { public var jmap: String { "q\(value)" } }

/// A query over an account's quotas, run in memory: there are two or three (RFC 9425 §4.4).
struct QuotaQuery {
    enum Condition {
        case name(String)
        case scope(String)
        case resource(String)
        case type(String)
    }

    var filter: FilterTree<[Condition]>?
    var sort: [Comparator]

    init(filter object: JSONObject?, sort: [Comparator]) throws {
        filter = try object.map { try FilterTree.parse($0, condition: Self.conditions) }
        for comparator in sort where !["name", "used"].contains(comparator.property) {
            throw MethodError("unsupportedSort", "Quotas can't be sorted by \"\(comparator.property)\".")
        }
        self.sort = sort
    }

    private static func conditions(_ object: JSONObject) throws -> [Condition] {
        try object.entries.map { name, value in
            guard ["name", "scope", "resourceType", "type"].contains(name) else {
                throw MethodError("unsupportedFilter", "Quotas can't be filtered by \"\(name)\".")
            }
            guard let text = value.string else { throw MethodError.invalidArguments("\"\(name)\" must be a string.") }
            switch name {
            case "name": return .name(text.lowercased())
            case "scope": return .scope(text)
            case "resourceType": return .resource(text)
            default: return .type(text)
            }
        }
    }

    func run(_ quotas: [Quota]) -> [Quota] { quotas.filter(matches).sorted(by: isBefore) }

    private func matches(_ quota: Quota) -> Bool {
        filter?.matches { conditions in
            conditions.allSatisfy { condition in
                switch condition {
                case .name(let text): quota.limit.name.lowercased().contains(text)
                case .scope(let scope): scope == QuotaMethods.scope
                case .resource(let resource): quota.limit.resource.rawValue == resource
                case .type(let type): QuotaMethods.types.contains(type)
                }
            }
        } ?? true
    }

    private func isBefore(_ left: Quota, _ right: Quota) -> Bool {
        for comparator in sort {
            if comparator.property == "name" {
                let (first, second) = (left.limit.name.lowercased(), right.limit.name.lowercased())
                if first != second { return (first < second) == comparator.isAscending }
            } else if left.limit.used != right.limit.used {
                return (left.limit.used < right.limit.used) == comparator.isAscending
            }
        }
        return left.id < right.id
    }
}
