import PostroomCore

/// Mailbox/query and Mailbox/queryChanges (RFC 8621 §2.3, §2.4).
extension MailboxMethods {
    private static let treeArguments: Set<String> = ["sortAsTree", "filterAsTree"]

    static func query(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try QueryCall(object, context, also: treeArguments)
        let query = try MailboxQuery(filter: call.filter, sort: call.sort, arguments: call.arguments, context: context)
        let state = try await call.account.state(of: .mailbox)
        let ids = query.run(try await call.account.mailboxes()).map(\.id.jmap)
        return try call.response(ids: ids, queryState: state)
    }

    static func queryChanges(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try QueryChangesCall(object, context, also: treeArguments)
        let query = try MailboxQuery(filter: call.filter, sort: call.sort, arguments: call.arguments, context: context)
        let changes = try await context.mail.changes(of: call.account.id, type: .mailbox, since: call.since, limit: nil)
        let results = query.run(try await call.account.mailboxes()).map(\.id.jmap)
        // Counts move nothing. Anything else may move others too: a parent's name moves its children.
        guard !changes.onlyCountsChanged || !changes.created.isEmpty || !changes.destroyed.isEmpty else {
            return try call.response(changed: [], results: results, newState: changes.newState)
        }
        var changed = changes.updated + changes.created + changes.destroyed
        let created = Set(changes.created.map { MailboxID($0).jmap })
        if query.isTree {
            let known = Set(changed)
            changed += results.compactMap(JMAPID.mailbox).map(\.value).filter { !known.contains($0) }
        }
        return try call.response(
            changed: changed.map { MailboxID($0).jmap }, created: created, results: results, newState: changes.newState)
    }
}

/// A mailbox query as a value, run over the account's mailboxes in memory: there are some hundreds at most.
struct MailboxQuery {
    enum Condition {
        case parent(MailboxID?)
        case name(String)
        case role(String?)
        case hasAnyRole(Bool)
        case isSubscribed(Bool)
        /// Names something that does not exist.
        case nothing
    }

    var filter: FilterTree<[Condition]>?
    var sort: [Comparator]
    var sortAsTree: Bool
    var filterAsTree: Bool

    var isTree: Bool { sortAsTree || filterAsTree }

    init(filter object: JSONObject?, sort: [Comparator], arguments: Arguments, context: RequestContext) throws {
        filter = try object.map { try FilterTree.parse($0) { try Self.conditions($0, context) } }
        for comparator in sort where !["sortOrder", "name", "parentId"].contains(comparator.property) {
            throw MethodError("unsupportedSort", "Mailboxes can't be sorted by \"\(comparator.property)\".")
        }
        self.sort =
            sort.isEmpty
            ? [Comparator(property: "sortOrder", isAscending: true), Comparator(property: "name", isAscending: true)] : sort
        sortAsTree = try arguments.bool("sortAsTree")
        filterAsTree = try arguments.bool("filterAsTree")
    }

    private static func conditions(_ object: JSONObject, _ context: RequestContext) throws -> [Condition] {
        try object.entries.map { name, value in
            func wrong(_ type: String) -> MethodError { .invalidArguments("\"\(name)\" must be \(type).") }
            switch name {
            case "parentId":
                if value.isNull { return .parent(nil) }
                guard let text = value.string else { throw wrong("an id or null") }
                return context.resolve(text).flatMap(JMAPID.mailbox).map { .parent($0) } ?? .nothing
            case "name":
                guard let text = value.string else { throw wrong("a string") }
                return .name(text.lowercased())
            case "role":
                if value.isNull { return .role(nil) }
                guard let text = value.string else { throw wrong("a string or null") }
                return .role(text)
            case "hasAnyRole":
                guard let flag = value.bool else { throw wrong("a boolean") }
                return .hasAnyRole(flag)
            case "isSubscribed":
                guard let flag = value.bool else { throw wrong("a boolean") }
                return .isSubscribed(flag)
            default:
                throw MethodError("unsupportedFilter", "Mailboxes can't be filtered by \"\(name)\".")
            }
        }
    }

    func run(_ mailboxes: [Mailbox]) -> [Mailbox] {
        let byID = Dictionary(uniqueKeysWithValues: mailboxes.map { ($0.id, $0) })
        var sorted = mailboxes.sorted { isBefore($0, $1) }
        if sortAsTree { sorted = asTree(sorted, byID) }
        return sorted.filter { mailbox in
            guard matches(mailbox) else { return false }
            guard filterAsTree else { return true }
            var parent = mailbox.parentID
            while let id = parent, let ancestor = byID[id] {
                guard matches(ancestor) else { return false }
                parent = ancestor.parentID
            }
            return true
        }
    }

    private func matches(_ mailbox: Mailbox) -> Bool {
        filter?.matches { conditions in
            conditions.allSatisfy { condition in
                switch condition {
                case .parent(let id): mailbox.parentID == id
                case .name(let text): mailbox.name.lowercased().contains(text)
                case .role(let role): mailbox.role?.rawValue == role
                case .hasAnyRole(let flag): (mailbox.role != nil) == flag
                case .isSubscribed(let flag): mailbox.isSubscribed == flag
                case .nothing: false
                }
            }
        } ?? true
    }

    private func isBefore(_ left: Mailbox, _ right: Mailbox) -> Bool {
        for comparator in sort {
            let isLess: Bool
            switch comparator.property {
            case "sortOrder":
                guard left.sortOrder != right.sortOrder else { continue }
                isLess = left.sortOrder < right.sortOrder
            case "name":
                let (first, second) = (left.name.lowercased(), right.name.lowercased())
                guard first != second else { continue }
                isLess = first < second
            default:
                let (first, second) = (left.parentID?.value ?? 0, right.parentID?.value ?? 0)
                guard first != second else { continue }
                isLess = first < second
            }
            return isLess == comparator.isAscending
        }
        return left.id < right.id
    }

    /// Depth first, siblings in the order they come in.
    private func asTree(_ sorted: [Mailbox], _ byID: [MailboxID: Mailbox]) -> [Mailbox] {
        var children: [MailboxID?: [Mailbox]] = [:]
        for mailbox in sorted { children[mailbox.parentID.flatMap { byID[$0]?.id }, default: []].append(mailbox) }
        var result: [Mailbox] = []
        var stack = Array((children[nil] ?? []).reversed())
        while let mailbox = stack.popLast() {
            result.append(mailbox)
            stack += (children[mailbox.id] ?? []).reversed()
        }
        return result
    }
}
