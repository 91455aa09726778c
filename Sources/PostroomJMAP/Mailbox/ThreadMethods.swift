import PostroomCore

/// Thread/get and Thread/changes (RFC 8621 §3).
enum ThreadMethods {
    static func get(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try GetCall(object, context)
        let properties = try call.properties(of: ["id", "emailIds"])
        let state = try await call.account.state(of: .thread)
        let ids: [String]
        if let given = call.ids {
            ids = given
        } else {
            ids = try await all(of: call.account, context)
        }
        let known = try await context.mail.threads(ids.compactMap(JMAPID.thread), of: call.account.id)
        let list = ids.compactMap { id in JMAPID.thread(id).flatMap { thread in known[thread].map { (id, $0) } } }
        let notFound = ids.filter { JMAPID.thread($0).flatMap { known[$0] } == nil }
        return call.response(state: state, list: list, notFound: notFound) { thread, json in
            json.beginObject()
            json.member("id", thread.0)
            if properties.contains("emailIds") { json.member("emailIds", thread.1.map(\.jmap)) }
            json.endObject()
        }
    }

    /// Every thread, where there are few enough of them for one answer.
    private static func all(of account: AccountContext, _ context: RequestContext) async throws -> [String] {
        let limit = context.limits.maxObjectsInGet
        let page = try await context.mail.query(EmailQuery(collapseThreads: true), window: QueryWindow(limit: limit + 1), of: account.id)
        guard page.ids.count <= limit else {
            throw MethodError("requestTooLarge", "There are more than \(limit) threads. Ask for them by id.")
        }
        return try await context.mail.emails(page.ids, of: account.id).map(\.threadID.jmap)
    }

    static func changes(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        try await ChangesCall.run(object, context, type: .thread)
    }
}
