import PostroomCore

/// EmailSubmission/get, /changes, /query and /queryChanges (RFC 8621 §7).
enum SubmissionMethods {
    static let properties = [
        "id", "identityId", "emailId", "threadId", "envelope", "sendAt", "undoStatus", "deliveryStatus", "dsnBlobIds", "mdnBlobIds",
    ]

    static func get(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try GetCall(object, context)
        let properties = try call.properties(of: properties)
        let state = try await call.account.state(of: .submission)
        let wanted = call.ids?.compactMap(JMAPID.submission)
        let found = try await context.mail.submissions(wanted, of: call.account.id)
        guard found.count <= context.limits.maxObjectsInGet else { throw MethodError("requestTooLarge") }
        let known = Set(found.map(\.id.jmap))
        return call.response(state: state, list: found, notFound: call.ids?.filter { !known.contains($0) } ?? []) {
            write($0, properties, to: &$1)
        }
    }

    static func write(_ submission: Submission, _ properties: [String], to json: inout JSONWriter) {
        json.beginObject()
        for property in properties {
            switch property {
            case "id": json.member("id", submission.id.jmap)
            case "identityId": json.member("identityId", submission.identityID.jmap)
            case "emailId": json.member("emailId", (submission.emailID ?? EmailID(0)).jmap)
            case "threadId": json.member("threadId", (submission.threadID ?? ThreadID(0)).jmap)
            case "envelope":
                json.key("envelope")
                json.beginObject()
                json.key("mailFrom")
                writeAddress(submission.mailFrom, held: submission.sendAt.seconds - submission.createdAt.seconds, to: &json)
                json.key("rcptTo")
                json.beginArray()
                for recipient in submission.recipients { writeAddress(recipient.address, to: &json) }
                json.endArray()
                json.endObject()
            case "sendAt": json.member("sendAt", submission.sendAt.description)
            case "undoStatus": json.member("undoStatus", undoStatus(submission))
            case "deliveryStatus":
                json.key("deliveryStatus")
                writeDelivery(submission, to: &json)
            case "dsnBlobIds": json.member(property, reports(.delivery, submission))
            case "mdnBlobIds": json.member(property, reports(.disposition, submission))
            default: break
            }
        }
        json.endObject()
    }

    /// `held`: the seconds of FUTURERELEASE, the one parameter that is taken.
    private static func writeAddress(_ address: String, held: Int64 = 0, to json: inout JSONWriter) {
        json.beginObject()
        json.member("email", address)
        json.key("parameters")
        if held > 0 {
            json.beginObject()
            json.member("HOLDFOR", String(held))
            json.endObject()
        } else {
            json.null()
        }
        json.endObject()
    }

    /// Only what no sender holds yet can be taken back.
    static func undoStatus(_ submission: Submission) -> String {
        switch submission.state {
        case .queued: "pending"
        case .canceled: "canceled"
        case .sending, .finalDot, .sent, .refused, .unknown: "final"
        }
    }

    /// By their content: they stay when the message in the mailbox goes.
    private static func reports(_ kind: SubmissionReport.Kind, _ submission: Submission) -> [String] {
        submission.reports.filter { $0.kind == kind }.map { $0.blobID.jmap }
    }

    private static func writeDelivery(_ submission: Submission, to json: inout JSONWriter) {
        let deliveries = submission.deliveries
        json.beginObject()
        var seen: Set<String> = []
        for recipient in submission.recipients where seen.insert(recipient.address).inserted {
            let delivery = deliveries[recipient.address]
            json.key(recipient.address)
            json.beginObject()
            json.member("smtpReply", delivery?.reply ?? recipient.reply)
            json.member("delivered", (delivery?.delivered ?? .unknown).rawValue)
            json.member("displayed", delivery?.isDisplayed == true ? "yes" : "unknown")
            json.endObject()
        }
        json.endObject()
    }

    static func changes(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        try await ChangesCall.run(object, context, type: .submission)
    }

    static func query(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try QueryCall(object, context)
        let query = try SubmissionQuery(filter: call.filter, sort: call.sort, context)
        let state = try await call.account.state(of: .submission)
        let ids = query.run(try await context.mail.submissions(nil, of: call.account.id)).map(\.id.jmap)
        return try call.response(ids: ids, queryState: state)
    }

    static func queryChanges(_ object: JSONObject, _ context: RequestContext) async throws -> [UInt8] {
        let call = try QueryChangesCall(object, context)
        let query = try SubmissionQuery(filter: call.filter, sort: call.sort, context)
        let changes = try await context.mail.changes(of: call.account.id, type: .submission, since: call.since, limit: nil)
        let ids = query.run(try await context.mail.submissions(nil, of: call.account.id)).map(\.id.jmap)
        let changed = (changes.created + changes.updated + changes.destroyed).map { SubmissionID($0).jmap }
        return try call.response(
            changed: changed, created: Set(changes.created.map { SubmissionID($0).jmap }), results: ids, newState: changes.newState)
    }
}

/// A query over the account's submissions, run in memory.
struct SubmissionQuery {
    enum Condition {
        case identities(Set<IdentityID>)
        case emails(Set<EmailID>)
        case threads(Set<ThreadID>)
        case undoStatus(String)
        case before(Timestamp)
        case after(Timestamp)
    }

    var filter: FilterTree<[Condition]>?
    var sort: [Comparator]

    init(filter object: JSONObject?, sort: [Comparator], _ context: RequestContext) throws {
        filter = try object.map { try FilterTree.parse($0) { try Self.conditions($0, context) } }
        for comparator in sort where !["emailId", "threadId", "sentAt", "sendAt"].contains(comparator.property) {
            throw MethodError("unsupportedSort", "Submissions can't be sorted by \"\(comparator.property)\".")
        }
        self.sort = sort
    }

    private static func conditions(_ object: JSONObject, _ context: RequestContext) throws -> [Condition] {
        try object.entries.compactMap { name, value in
            func wrong(_ type: String) -> MethodError { .invalidArguments("\"\(name)\" must be \(type).") }
            func ids<Value: Hashable>(_ read: (String) -> Value?) throws -> Set<Value> {
                guard let items = value.array else { throw wrong("an array of ids") }
                return Set(
                    try items.compactMap { item in
                        guard let text = item.string else { throw wrong("an array of ids") }
                        return context.resolve(text).flatMap(read)
                    })
            }
            func date() throws -> Timestamp {
                guard let date = value.string.flatMap(DateText.utc) else { throw wrong("a UTCDate") }
                return date
            }
            if value.isNull { return nil }
            switch name {
            case "identityIds": return .identities(try ids(JMAPID.identity))
            case "emailIds": return .emails(try ids(JMAPID.email))
            case "threadIds": return .threads(try ids(JMAPID.thread))
            case "undoStatus":
                guard let text = value.string else { throw wrong("a string") }
                return .undoStatus(text)
            case "before": return .before(try date())
            case "after": return .after(try date())
            default: throw MethodError("unsupportedFilter", "Submissions can't be filtered by \"\(name)\".")
            }
        }
    }

    func run(_ submissions: [Submission]) -> [Submission] {
        submissions.filter(matches).sorted(by: isBefore)
    }

    private func matches(_ submission: Submission) -> Bool {
        filter?.matches { conditions in
            conditions.allSatisfy { condition in
                switch condition {
                case .identities(let ids): ids.contains(submission.identityID)
                case .emails(let ids): submission.emailID.map(ids.contains) ?? false
                case .threads(let ids): submission.threadID.map(ids.contains) ?? false
                case .undoStatus(let status): SubmissionMethods.undoStatus(submission) == status
                case .before(let date): submission.sendAt < date
                case .after(let date): submission.sendAt >= date
                }
            }
        } ?? true
    }

    private func isBefore(_ left: Submission, _ right: Submission) -> Bool {
        for comparator in sort {
            let (first, second): (Int64, Int64) =
                switch comparator.property {
                case "emailId": (left.emailID?.value ?? 0, right.emailID?.value ?? 0)
                case "threadId": (left.threadID?.value ?? 0, right.threadID?.value ?? 0)
                default: (left.sendAt.milliseconds, right.sendAt.milliseconds)
                }
            if first != second { return (first < second) == comparator.isAscending }
        }
        return left.id > right.id
    }
}
