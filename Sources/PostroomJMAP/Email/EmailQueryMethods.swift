import PostroomCore

/// Email/query and Email/queryChanges (RFC 8621 §4.4, §4.5).
extension EmailMethods {
    static func query(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try QueryCall(object, context, also: ["collapseThreads"])
        var query = try EmailQueryParser.query(
            filter: call.filter, sort: call.sort, collapseThreads: try call.arguments.bool("collapseThreads"), context)
        query.filter = try await HeaderScan(context: context, account: call.account.id).resolved(query.filter)
        var window = QueryWindow(calculateTotal: call.calculateTotal)
        let limit = min(call.limit ?? Int.max, context.limits.maxIdsInQuery)
        window.limit = limit
        if let anchor = call.anchor {
            guard let id = JMAPID.email(anchor) else { throw MethodError("anchorNotFound") }
            window.start = .anchor(id.value, offset: call.anchorOffset)
        } else {
            window.start = .position(call.position)
        }
        let page = try await context.mail.query(query, window: window, of: call.account.id)
        // RFC 8620 §5.5: also where no limit was asked for, the one that is used is told.
        let isEnforced = call.limit.map { $0 > limit } ?? true
        return call.response(
            page: page.ids.map(\.jmap), position: page.position, total: page.total, queryState: page.queryState, canCalculateChanges: true,
            enforcedLimit: isEnforced ? limit : nil)
    }

    static func queryChanges(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try QueryChangesCall(object, context, also: ["collapseThreads"])
        var query = try EmailQueryParser.query(
            filter: call.filter, sort: call.sort, collapseThreads: try call.arguments.bool("collapseThreads"), context)
        let account = call.account.id
        query.filter = try await HeaderScan(context: context, account: account).resolved(query.filter)
        let changes = try await context.mail.changes(of: account, type: .email, since: call.since, limit: nil)
        // Where nothing that is filtered or sorted by can change, only what came and went has moved anything (RFC 8620 §5.6).
        let isFixed = EmailQueryParser.isFixed(query)
        var changed = changes.created + (isFixed ? [] : changes.updated) + changes.destroyed
        if changed.isEmpty, !call.calculateTotal { return try call.response(changed: [], results: [], newState: changes.newState) }
        if EmailQueryParser.dependsOnThreads(query) {
            // Another email of the thread may have moved this one in or out.
            let threads = try await context.mail.changes(of: account, type: .thread, since: call.since, limit: nil)
            let touched = try await context.mail.emails((changes.created + changes.updated).map { EmailID($0) }, of: account).map(
                \.threadID)
            let ids = Set(threads.created.map { ThreadID($0) } + threads.updated.map { ThreadID($0) } + touched)
            let members = try await context.mail.threads(Array(ids), of: account).values.joined().map(\.value)
            let known = Set(changed)
            changed += Set(members).subtracting(known).sorted()
        }
        let page = try await context.mail.query(query, window: QueryWindow(), of: account)
        return try call.response(
            changed: changed.map { EmailID($0).jmap }, created: Set(changes.created.map { EmailID($0).jmap }),
            results: page.ids.map(\.jmap), newState: changes.newState, isFixed: isFixed)
    }
}
